package portal_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// isPending checks that a signature was received, and that what comes of it is still open.
func isPending(t *testing.T, a answer) {
	t.Helper()
	if a.status != http.StatusAccepted || strings.TrimSpace(a.body) != `{"location":"/nes/e-onay/sonuc","pending":true}` {
		t.Errorf("got %d %s, want a signature that is received", a.status, a.body)
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

// process is another one on the same database; the one before goes on.
func (s *site) process() *site {
	s.t.Helper()
	other := &site{t: s.t, settings: s.settings, clock: s.clock, log: s.log, database: s.database}
	other.verifier = &verifier{now: s.clock.now}
	other.open()
	other.serve(other.verifier, nil)
	return other
}

// raw opens the database as another program would.
func (s *site) raw() *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// TestSignatureWaitsForTheNetwork: a signature arrives while nobody can be asked about its certificate. The person is told that it
// arrived, signs nothing again, and finds the result once there is an answer.
func TestSignatureWaitsForTheNetwork(t *testing.T) {
	s := newSite(t, nil)
	person, elsewhere := s.person(ayse), s.person(ayse)
	shown, other := person.toCode(), elsewhere.toCode()
	s.verifier.setNetwork(away)
	arrived := s.clock.now()
	isPending(t, person.sign(shown.reference, []byte("imza")))
	s.recorded(ayse, "")

	received := message.Text(message.Turkish, "portal.result.pending")
	for _, path := range []string{"/", "/nes/e-onay", "/nes/e-onay/sonuc"} {
		for _, b := range []*browser{person, elsewhere} {
			if a := b.get(path); !strings.Contains(a.body, received) || strings.Contains(a.body, `name="onay"`) {
				t.Errorf("%s does not say that the signature arrived:\n%s", path, a.body)
			}
		}
	}
	if a := person.get("/nes/e-onay/sonuc/durum"); strings.TrimSpace(a.body) != `{"pending":true}` {
		t.Errorf("the page's script is told %d %s", a.status, a.body)
	}
	if a := elsewhere.post("/nes/e-onay", person.consentForm("give")); a.status != http.StatusConflict || !strings.Contains(a.body, received) {
		t.Errorf("a code for another signature: %d", a.status)
	}
	if a := elsewhere.get("/nes/e-onay/imza"); a.location() != "/nes/e-onay/sonuc" {
		t.Errorf("screen 2/2: %d %q", a.status, a.location())
	}
	refused(t, elsewhere.sign(other.reference, []byte("öteki")), http.StatusConflict, refusal.SignaturePending)
	isPending(t, person.sign(shown.reference, []byte("imza"))) // its answer was lost

	s.verifier.setNetwork(nil)
	s.clock.pass(5 * time.Hour) // the session has ended, and the code
	s.log.await(t, "act recorded", 1)
	s.recorded(ayse, store.Give)
	person = s.person(ayse)
	if a := person.get("/nes/e-onay/sonuc/durum"); strings.TrimSpace(a.body) != `{"pending":false}` {
		t.Errorf("the page's script is told %d %s", a.status, a.body)
	}
	for _, path := range []string{"/nes/e-onay/sonuc", "/nes/e-onay"} {
		a := person.get(path)
		if !strings.Contains(a.body, "23 Kasım 2026, 12:00") || strings.Contains(a.body, received) {
			t.Errorf("%s does not give the time of arrival, %v:\n%s", path, arrived, a.body)
		}
	}
}

// consentForm is the form of screen 1/2 for an act, as it was before.
func (b *browser) consentForm(kind string) map[string][]string {
	return map[string][]string{"onay": {"evet"}, "islem": {kind}, "metin": {"f00d"}}
}

// TestBrowserGone closes the connection while the network is asked: the signature is judged to its end.
func TestBrowserGone(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	s.verifier.setNetwork(func(ctx context.Context) error {
		leave()
		<-left
		return ctx.Err()
	})
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+"/nes/e-onay/imza",
		strings.NewReader(fmt.Sprintf(`{"act":%q,"signature":"AAAA"}`, shown.reference)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "oturum", Value: person.cookies["oturum"]})
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Fatal("the browser did not go")
	}
	s.server.Close() // waits for the request, which ends without the outcome
	close(left)
	s.log.await(t, "act recorded", 1)
	s.recorded(ayse, store.Give)
}

// TestStoppedProcessGivesBack stops a process while the network is asked: the next one goes on at once.
func TestStoppedProcessGivesBack(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	network, asked := hanging()
	s.verifier.setNetwork(network)
	answered := make(chan answer, 1)
	go func() { answered <- person.sign(shown.reference, []byte("imza")) }()
	<-asked
	s.stopJudging()
	isPending(t, <-answered)
	s.process()
	s.log.await(t, "act recorded", 1)
	s.recorded(ayse, store.Give)
}

// TestKilledProcessIsReplaced leaves a receipt as a process does that was killed: others take it once its time is over.
func TestKilledProcessIsReplaced(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	now := s.clock.now()
	lease := now.Add(10 * time.Second)
	if _, err := s.store.Receive(t.Context(), store.Arrival{
		Reference: shown.reference, Session: store.HashOf(person.cookies["oturum"]), SessionIdle: time.Hour,
		ReceivedAt: now, Signature: []byte("imza"), DueAt: lease,
	}); err != nil {
		t.Fatal(err)
	}
	if due, err := s.store.TakeDue(t.Context(), lease.Add(-time.Millisecond), now, 9); err != nil || len(due) > 0 {
		t.Errorf("due too early: %d, %v", len(due), err)
	}
	s.process()
	s.clock.pass(10 * time.Second)
	s.log.await(t, "act recorded", 1)
	s.recorded(ayse, store.Give)
}

// TestSlowJudgeKeepsItsReceipt: a process that judges for long keeps others from judging too.
func TestSlowJudgeKeepsItsReceipt(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	network, asked := hanging()
	s.verifier.setNetwork(network)
	answered := make(chan answer, 1)
	go func() { answered <- person.sign(shown.reference, []byte("imza")) }()
	<-asked
	s.clock.pass(9 * time.Second)
	beside := s.process()
	beside.verifier.setNetwork(func(context.Context) error {
		t.Error("another process judges it too")
		return away(t.Context())
	})
	db, began := s.raw(), time.Now()
	for due := int64(0); due < s.clock.now().Add(10*time.Second).UnixMilli(); { // until it is renewed
		if err := db.QueryRow(`SELECT due_at FROM receipt`).Scan(&due); err != nil || time.Since(began) > time.Minute {
			t.Fatalf("due at %d, %v", due, err)
		}
	}
	s.clock.pass(9 * time.Second)
	beside.stopJudging()
	s.stopJudging()
	isPending(t, <-answered)
}

// TestLateRefusal: the answers come late, and are a refusal; or they never come within the time that the settings name.
func TestLateRefusal(t *testing.T) {
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
			s := newSite(t, func(o *portal.Settings) { o.JudgeWithinSeconds = 3600 })
			person := s.person(ayse)
			shown := person.toCode()
			s.verifier.setNetwork(away)
			isPending(t, person.sign(shown.reference, []byte("imza")))
			s.clock.pass(59 * time.Second)
			s.log.await(t, "signature waits", 2)
			s.verifier.setNetwork(test.network)
			s.clock.pass(test.after - 59*time.Second)
			s.log.await(t, "signature refused", 1)
			s.recorded(ayse, "")
			r, err := s.store.NewestReceipt(t.Context(), ayse)
			if err != nil || r.Code != test.code || string(r.Signature) != "imza" {
				t.Errorf("kept is %+v, %v", r, err)
			}
			person = s.person(ayse)
			for _, path := range []string{"/nes/e-onay/sonuc", "/nes/e-onay"} {
				if a := person.get(path); !strings.Contains(a.body, message.Text(message.Turkish, "error."+string(test.code))) {
					t.Errorf("%s does not say why:\n%s", path, a.body)
				}
			}
			s.verifier.setNetwork(nil)
			again := person.toCode()
			if a := person.sign(again.reference, []byte("imza")); a.status != http.StatusOK {
				t.Errorf("a new signature: %d %q", a.status, a.code())
			}
			if a := person.get("/nes/e-onay/sonuc"); strings.Contains(a.body, `id="refused"`) {
				t.Error("the result of the new signature is hidden by the old one's")
			}
		})
	}
}

// TestRefusedAtOnce sends a signature again whose refusal was lost: it is told the same. Another one can be sent.
func TestRefusedAtOnce(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	s.verifier.setNetwork(func(context.Context) error { return fault.New(fault.CertificateRevoked, nil) })
	for range 2 {
		refused(t, person.sign(shown.reference, []byte("iptal")), http.StatusUnprocessableEntity, fault.CertificateRevoked)
	}
	s.verifier.setNetwork(nil)
	if a := person.sign(shown.reference, []byte("imza")); a.status != http.StatusOK {
		t.Errorf("%d %q", a.status, a.code())
	}
}

// TestOwnFaultIsNoRefusal: what goes wrong in the portal itself, a panic too, costs nobody their signature.
func TestOwnFaultIsNoRefusal(t *testing.T) {
	for name, network := range map[string]func(context.Context) error{
		"an error without a code": func(context.Context) error { return fmt.Errorf("broken") },
		"a panic":                 func(context.Context) error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(o *portal.Settings) { o.JudgeWithinSeconds = 1 })
			s.mayPanic = true
			person := s.person(ayse)
			shown := person.toCode()
			s.verifier.setNetwork(network)
			isPending(t, person.sign(shown.reference, []byte("imza")))
			s.verifier.setNetwork(nil)
			s.clock.pass(time.Minute)
			s.log.await(t, "act recorded", 1)
			s.recorded(ayse, store.Give)
		})
	}
}

// TestRealAnswersLate signs while the authority's answers are missing or wrong, and records the act when they have come.
func TestRealAnswersLate(t *testing.T) {
	o := newOutside(t)
	card := o.card(ecKey(t), ayse, "valid")
	for _, test := range []struct{ part, how string }{
		{"ocsp", "down"}, {"ocsp", "hang"}, {"ocsp", "wrong-nonce"}, {"ocsp", "wrong-signer"}, {"crl", "down"}, {"crl", "stale"},
	} {
		t.Run(test.part+" "+test.how, func(t *testing.T) {
			s := o.site()
			s.t = t
			person := s.person(ayse)
			shown := person.toCode()
			signature := card.sign(t, person.get("/nes/e-onay/imza/belge").body, time.Now())
			o.misbehave(test.part, test.how)
			isPending(t, person.sign(shown.reference, signature))
			s.recorded(ayse, "")
			s.log.await(t, "signature waits", 1)
			o.misbehave(test.part, "ok")
			s.clock.pass(2 * time.Minute)
			s.log.await(t, "act recorded", 1)
			s.recorded(ayse, store.Give)
		})
	}
}
