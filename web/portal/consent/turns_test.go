package consent_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// accepting is a judge to whom every signature is good, of this person, made ahead of the clock.
func accepting(s *portaltest.Site, citizenNumber string, ahead time.Duration) func([]byte) (*relyingparty.Evidence, error) {
	return func([]byte) (*relyingparty.Evidence, error) { return s.Verifier.Accept(citizenNumber, ahead), nil }
}

// TestNetworkIsAskedLast refuses without the network what can be refused so: a signature of another person, or of
// another time, must not keep responders busy.
func TestNetworkIsAskedLast(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	s.Verifier.OnProve = func() error {
		t.Error("the network was asked")
		return nil
	}
	s.Verifier.Judge = accepting(s, portaltest.Mehmet, 0)
	portaltest.Refused(t, person.Sign(shown.Reference, []byte("imza")), http.StatusUnprocessableEntity, fault.CertificateOfAnother)
	s.Verifier.Judge = accepting(s, portaltest.Ayse, -400*time.Second)
	portaltest.Refused(t, person.Sign(shown.Reference, []byte("imza")), http.StatusUnprocessableEntity, fault.SignatureTime)
}

// TestOnePersonWaitsForThemselves: while the responders hang for one session, its further requests wait and are bounded,
// and other people's signatures are recorded.
func TestOnePersonWaitsForThemselves(t *testing.T) {
	t.Parallel()
	const turns = 8
	s := portaltest.NewSite(t, nil)
	person, other := s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	shown, others := person.ToCode(), other.ToCode()
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var first sync.Once
	s.Verifier.OnProve = func() error {
		hang := false
		first.Do(func() { hang = true })
		if hang {
			entered <- struct{}{}
			<-release
		}
		return nil
	}
	var sending sync.WaitGroup
	answers := make(chan portaltest.Answer, turns+1)
	send := func() { answers <- person.Another().Sign(shown.Reference, []byte("imza")) }
	sending.Go(send)
	<-entered
	for range turns {
		sending.Go(send)
	}
	full := <-answers // one is too many: the others wait
	portaltest.Refused(t, full, http.StatusServiceUnavailable, fault.Unavailable)
	if full.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.Verifier.Judge = accepting(s, portaltest.Mehmet, 0)
	if a := other.Sign(others.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Errorf("somebody else: %d %q", a.Status, a.Code())
	}
	s.Verifier.Judge = nil
	close(release)
	sending.Wait()
	close(answers)
	won := 0
	for a := range answers {
		if a.Status == http.StatusOK {
			won++
		} else {
			portaltest.Refused(t, a, http.StatusConflict, refusal.CodeUsed)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
	s.Recorded(portaltest.Ayse, store.Give)
	s.Recorded(portaltest.Mehmet, store.Give)
}
