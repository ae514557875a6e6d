package consent_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// isPending checks that a signature was received, and that what comes of it is still open.
func isPending(t *testing.T, a portaltest.Answer) {
	t.Helper()
	if a.Status != http.StatusAccepted || strings.TrimSpace(a.Body) != `{"location":"/nes/e-onay/sonuc","pending":true}` {
		t.Errorf("got %d %s, want a signature that is received", a.Status, a.Body)
	}
}

// away is a network in which nobody answers.
func away(context.Context) error { return fault.New(fault.RevocationUnavailable, nil) }

// hanging is a network that tells once that it is asked, and then says nothing.
func hanging() (network func(ctx context.Context) error, asked chan struct{}) {
	asked = make(chan struct{}, 16)
	return func(ctx context.Context) error {
		asked <- struct{}{}
		<-ctx.Done()
		return fault.New(fault.RevocationUnavailable, ctx.Err())
	}, asked
}

// anotherProcess is another one on the same database; the one before goes on.
func anotherProcess(s *portaltest.Site) *portaltest.Site {
	s.T.Helper()
	other := &portaltest.Site{T: s.T, Settings: s.Settings, Clock: s.Clock, Log: s.Log, Database: s.Database}
	other.Verifier = &portaltest.Verifier{Now: s.Clock.Now}
	other.Open()
	other.Serve(other.Verifier, nil)
	return other
}

// TestSignatureWaitsForTheNetwork: a signature arrives while nobody can be asked about its certificate. The person is told that it
// arrived, signs nothing again, and finds the result once there is an answer.
func TestSignatureWaitsForTheNetwork(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person, elsewhere := s.Person(portaltest.Ayse), s.Person(portaltest.Ayse)
	shown, other := person.ToCode(), elsewhere.ToCode()
	s.Verifier.SetNetwork(away)
	arrived := s.Clock.Now()
	isPending(t, person.Sign(shown.Reference, []byte("imza")))
	s.Recorded(portaltest.Ayse, "")
	if m, err := s.Store.Measure(t.Context()); err != nil || m.OpenReceipts != 1 || m.Bytes == 0 {
		t.Errorf("the store has %+v, %v", m, err)
	}

	received := message.Text(message.Turkish, "portal.result.pending")
	for _, path := range []string{"/", "/nes/e-onay", "/nes/e-onay/sonuc"} {
		for _, b := range []*portaltest.Browser{person, elsewhere} {
			if a := b.Get(path); !strings.Contains(a.Body, received) || strings.Contains(a.Body, `name="onay"`) {
				t.Errorf("%s does not say that the signature arrived:\n%s", path, a.Body)
			}
		}
	}
	if a := person.Get("/nes/e-onay/sonuc/durum"); strings.TrimSpace(a.Body) != `{"pending":true}` {
		t.Errorf("the page's script is told %d %s", a.Status, a.Body)
	}
	if a := elsewhere.Post("/nes/e-onay", consentForm(person, "give")); a.Status != http.StatusConflict || !strings.Contains(a.Body, received) {
		t.Errorf("a code for another signature: %d", a.Status)
	}
	if a := elsewhere.Get("/nes/e-onay/imza"); a.Location() != "/nes/e-onay/sonuc" {
		t.Errorf("screen 2/2: %d %q", a.Status, a.Location())
	}
	portaltest.Refused(t, elsewhere.Sign(other.Reference, []byte("öteki")), http.StatusConflict, refusal.SignaturePending)
	isPending(t, person.Sign(shown.Reference, []byte("imza"))) // its answer was lost

	s.Verifier.SetNetwork(nil)
	s.Clock.Pass(5 * time.Hour) // the session has ended, and the code
	s.Log.Await(t, "act recorded", 1)
	s.Counted(`eonay_acts_total{kind="give",result="recorded"}`, 1)
	s.Recorded(portaltest.Ayse, store.Give)
	person = s.Person(portaltest.Ayse)
	if a := person.Get("/nes/e-onay/sonuc/durum"); strings.TrimSpace(a.Body) != `{"pending":false}` {
		t.Errorf("the page's script is told %d %s", a.Status, a.Body)
	}
	for _, path := range []string{"/nes/e-onay/sonuc", "/nes/e-onay"} {
		a := person.Get(path)
		if !strings.Contains(a.Body, "23 Kasım 2026, 12:00") || strings.Contains(a.Body, received) {
			t.Errorf("%s does not give the time of arrival, %v:\n%s", path, arrived, a.Body)
		}
	}
}

// consentForm is the form of screen 1/2 for an act, as it was before.
func consentForm(b *portaltest.Browser, kind string) map[string][]string {
	return map[string][]string{"onay": {"evet"}, "islem": {kind}, "metin": {"f00d"}}
}

// TestBrowserGone closes the connection while the network is asked: the signature is judged to its end.
func TestBrowserGone(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	s.Verifier.SetNetwork(func(ctx context.Context) error {
		leave()
		<-left
		return ctx.Err()
	})
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/nes/e-onay/imza",
		strings.NewReader(fmt.Sprintf(`{"act":%q,"signature":"AAAA"}`, shown.Reference)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "oturum", Value: person.Cookies["oturum"]})
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Fatal("the browser did not go")
	}
	s.Server.Close() // waits for the request, which ends without the outcome
	close(left)
	s.Log.Await(t, "act recorded", 1)
	s.Recorded(portaltest.Ayse, store.Give)
}

// TestStoppedProcessGivesBack stops a process while the network is asked: the next one goes on at once.
func TestStoppedProcessGivesBack(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	network, asked := hanging()
	s.Verifier.SetNetwork(network)
	answered := make(chan portaltest.Answer, 1)
	go func() { answered <- person.Sign(shown.Reference, []byte("imza")) }()
	<-asked
	s.StopJudging()
	isPending(t, <-answered)
	anotherProcess(s)
	s.Log.Await(t, "act recorded", 1)
	s.Recorded(portaltest.Ayse, store.Give)
}

// TestKilledProcessIsReplaced leaves a receipt as a process does that was killed: others take it once its time is over.
func TestKilledProcessIsReplaced(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	now := s.Clock.Now()
	lease := now.Add(10 * time.Second)
	if _, err := s.Store.Receive(t.Context(), store.Arrival{
		Reference: shown.Reference, Session: store.HashOf(person.Cookies["oturum"]), SessionIdle: time.Hour,
		ReceivedAt: now, Signature: []byte("imza"), DueAt: lease,
	}); err != nil {
		t.Fatal(err)
	}
	if due, err := s.Store.TakeDue(t.Context(), lease.Add(-time.Millisecond), now, 9); err != nil || len(due) > 0 {
		t.Errorf("due too early: %d, %v", len(due), err)
	}
	anotherProcess(s)
	s.Clock.Pass(10 * time.Second)
	s.Log.Await(t, "act recorded", 1)
	s.Recorded(portaltest.Ayse, store.Give)
}

// TestSlowJudgeKeepsItsReceipt: a process that judges for long keeps others from judging too.
func TestSlowJudgeKeepsItsReceipt(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	network, asked := hanging()
	s.Verifier.SetNetwork(network)
	answered := make(chan portaltest.Answer, 1)
	go func() { answered <- person.Sign(shown.Reference, []byte("imza")) }()
	<-asked
	s.Clock.Pass(9 * time.Second)
	beside := anotherProcess(s)
	beside.Verifier.SetNetwork(func(context.Context) error {
		t.Error("another process judges it too")
		return away(t.Context())
	})
	db, began := s.Raw(), time.Now()
	for due := int64(0); due < s.Clock.Now().Add(10*time.Second).UnixMilli(); { // until it is renewed
		if err := db.QueryRow(`SELECT due_at FROM receipt`).Scan(&due); err != nil || time.Since(began) > time.Minute {
			t.Fatalf("due at %d, %v", due, err)
		}
	}
	s.Clock.Pass(9 * time.Second)
	beside.StopJudging()
	s.StopJudging()
	isPending(t, <-answered)
}

// TestLateRefusal: the answers come late, and are a refusal; or they never come within the time that the settings name.
func TestLateRefusal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		network func(context.Context) error
		after   time.Duration
		code    fault.Code
	}{
		{"revoked", func(context.Context) error { return fault.New(fault.CertificateRevoked, nil) }, 2 * time.Minute, fault.CertificateRevoked},
		{"never", away, time.Hour, fault.RevocationUnavailable},
		{"not to be believed", func(context.Context) error { return fault.New(fault.RevocationInvalid, nil) }, time.Hour, fault.RevocationInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := portaltest.NewSite(t, func(o *portal.Settings) { o.JudgeWithinSeconds = 3600 })
			person := s.Person(portaltest.Ayse)
			shown := person.ToCode()
			s.Verifier.SetNetwork(away)
			isPending(t, person.Sign(shown.Reference, []byte("imza")))
			s.Clock.Pass(59 * time.Second)
			s.Log.Await(t, "signature waits", 2)
			s.Verifier.SetNetwork(test.network)
			s.Clock.Pass(test.after - 59*time.Second)
			s.Log.Await(t, "signature refused", 1)
			s.Recorded(portaltest.Ayse, "")
			r, err := s.Store.NewestReceipt(t.Context(), portaltest.Ayse)
			if err != nil || r.Code != test.code || string(r.Signature) != "imza" {
				t.Errorf("kept is %+v, %v", r, err)
			}
			person = s.Person(portaltest.Ayse)
			for _, path := range []string{"/nes/e-onay/sonuc", "/nes/e-onay"} {
				if a := person.Get(path); !strings.Contains(a.Body, message.Text(message.Turkish, "error."+string(test.code))) {
					t.Errorf("%s does not say why:\n%s", path, a.Body)
				}
			}
			s.Verifier.SetNetwork(nil)
			again := person.ToCode()
			if a := person.Sign(again.Reference, []byte("imza")); a.Status != http.StatusOK {
				t.Errorf("a new signature: %d %q", a.Status, a.Code())
			}
			if a := person.Get("/nes/e-onay/sonuc"); strings.Contains(a.Body, `id="refused"`) {
				t.Error("the result of the new signature is hidden by the old one's")
			}
		})
	}
}

// TestRefusedAtOnce sends a signature again whose refusal was lost: it is told the same. Another one can be sent.
func TestRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	s.Verifier.SetNetwork(func(context.Context) error { return fault.New(fault.CertificateRevoked, nil) })
	for range 2 {
		portaltest.Refused(t, person.Sign(shown.Reference, []byte("iptal")), http.StatusUnprocessableEntity, fault.CertificateRevoked)
	}
	s.Verifier.SetNetwork(nil)
	if a := person.Sign(shown.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Errorf("%d %q", a.Status, a.Code())
	}
}

// TestOwnFaultIsNoRefusal: what goes wrong in the portal itself, a panic too, costs nobody their signature.
func TestOwnFaultIsNoRefusal(t *testing.T) {
	t.Parallel()
	for name, network := range map[string]func(context.Context) error{
		"an error without a code": func(context.Context) error { return fmt.Errorf("broken") },
		"a panic":                 func(context.Context) error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			s := portaltest.NewSite(t, func(o *portal.Settings) { o.JudgeWithinSeconds = 1 })
			s.MayPanic = true
			person := s.Person(portaltest.Ayse)
			shown := person.ToCode()
			s.Verifier.SetNetwork(network)
			isPending(t, person.Sign(shown.Reference, []byte("imza")))
			s.Verifier.SetNetwork(nil)
			s.Clock.Pass(time.Minute)
			s.Log.Await(t, "act recorded", 1)
			s.Recorded(portaltest.Ayse, store.Give)
		})
	}
}

// TestRealAnswersLate signs while the authority's answers are missing or wrong, and records the act when they have come.
func TestRealAnswersLate(t *testing.T) {
	t.Parallel()
	o := portaltest.NewOutside(t)
	for _, test := range []struct{ part, how string }{
		{"ocsp", "down"}, {"ocsp", "wrong-nonce"}, {"ocsp", "wrong-signer"}, {"crl", "down"}, {"crl", "stale"},
	} {
		t.Run(test.part+" "+test.how, func(t *testing.T) { answersLate(t, o, test.part, test.how) })
	}
}

// TestResponderHangs is the same with a responder that takes the request and says nothing until the portal gives up.
func TestResponderHangs(t *testing.T) {
	t.Parallel()
	answersLate(t, portaltest.NewOutside(t), "ocsp", "hang")
}

// answersLate signs while a part of the authority misbehaves, and mends it then.
func answersLate(t *testing.T, o *portaltest.Outside, part, how string) {
	t.Helper()
	s := o.Site()
	s.T = t
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	signature := card.Sign(t, person.Get("/nes/e-onay/imza/belge").Body, time.Now())
	o.Misbehave(part, how)
	isPending(t, person.Sign(shown.Reference, signature))
	s.Recorded(portaltest.Ayse, "")
	s.Log.Await(t, "signature waits", 1)
	o.Misbehave(part, "ok")
	s.Clock.Pass(2 * time.Minute)
	s.Log.Await(t, "act recorded", 1)
	s.Recorded(portaltest.Ayse, store.Give)
}
