package portal_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// accepting is a judge to whom every signature is good, of this person, made ahead of the clock.
func accepting(s *site, citizenNumber string, ahead time.Duration) func([]byte) (*relyingparty.Evidence, error) {
	return func([]byte) (*relyingparty.Evidence, error) { return s.verifier.accept(citizenNumber, ahead), nil }
}

// TestNetworkIsAskedLast refuses without the network what can be refused so: a signature of another person, or of
// another time, must not keep responders busy.
func TestNetworkIsAskedLast(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	s.verifier.prove = func() error {
		t.Error("the network was asked")
		return nil
	}
	s.verifier.judge = accepting(s, mehmet, 0)
	refused(t, person.sign(shown.reference, []byte("imza")), http.StatusUnprocessableEntity, fault.CertificateOfAnother)
	s.verifier.judge = accepting(s, ayse, -400*time.Second)
	refused(t, person.sign(shown.reference, []byte("imza")), http.StatusUnprocessableEntity, fault.SignatureTime)
}

// TestOnePersonWaitsForThemselves: while the responders hang for one session, its further requests wait and are bounded,
// and other people's signatures are recorded.
func TestOnePersonWaitsForThemselves(t *testing.T) {
	const turns = 8
	s := newSite(t, nil)
	person, other := s.person(ayse), s.person(mehmet)
	shown, others := person.toCode(), other.toCode()
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var first sync.Once
	s.verifier.prove = func() error {
		hang := false
		first.Do(func() { hang = true })
		if hang {
			entered <- struct{}{}
			<-release
		}
		return nil
	}
	var sending sync.WaitGroup
	answers := make(chan answer, turns+1)
	send := func() { answers <- person.another().sign(shown.reference, []byte("imza")) }
	sending.Go(send)
	<-entered
	for range turns {
		sending.Go(send)
	}
	full := <-answers // one is too many: the others wait
	refused(t, full, http.StatusServiceUnavailable, fault.Unavailable)
	if full.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.verifier.judge = accepting(s, mehmet, 0)
	if a := other.sign(others.reference, []byte("imza")); a.status != http.StatusOK {
		t.Errorf("somebody else: %d %q", a.status, a.code())
	}
	s.verifier.judge = nil
	close(release)
	sending.Wait()
	close(answers)
	won := 0
	for a := range answers {
		if a.status == http.StatusOK {
			won++
		} else {
			refused(t, a, http.StatusConflict, refusal.CodeUsed)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
	s.recorded(ayse, store.Give)
	s.recorded(mehmet, store.Give)
}
