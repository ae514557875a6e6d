package certificatestatus_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// real is a portal beside the sandbox's authority, with a card of Ayşe's that an application has led to.
func real(t *testing.T, state application.State) (*portaltest.Outside, *portaltest.Site, portaltest.Card, application.Application) {
	t.Helper()
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.PUKKeyFile, o.PUKWithoutSecondChannel = portaltest.PUKKey(t, 1), true })
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	a := s.ApplicationIn(state, func(a *application.Application) { a.Certificate = application.NewCertificate(card.Certificate) })
	return o, s, card, a
}

// logsIn logs in with a card.
func logsIn(s *portaltest.Site, card portaltest.Card) portaltest.Answer {
	s.T.Helper()
	b := s.Anybody()
	return b.PostLogin(portaltest.ESignature, b.Login(card, b.Nonce(portaltest.ESignature)))
}

// TestCountsAtOnce: while the authority knows of nothing, the portal refuses the certificate by name for logins, E-Onay and new PINs;
// another site, which does not know either, does not.
func TestCountsAtOnce(t *testing.T) {
	o, s, card, a := real(t, application.Active)
	o.Misbehave("status", "down")
	d, b := portaltest.RealDesk(s, card), s.Person(portaltest.Ayse)
	for _, test := range []struct {
		act, reason string
		login       int
		other       int
		code        fault.Code
	}{
		{"askiya-al", "", http.StatusForbidden, http.StatusForbidden, refusal.CertificateSuspended},
		{"iptal", "stolen", http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, fault.CertificateRevoked},
	} {
		if answer := does(b, own, a, test.act, test.reason); answer.Location() != own {
			t.Fatalf("%s: %d %s", test.act, answer.Status, answer.Code())
		}
		portaltest.Refused(t, logsIn(s, card), test.login, test.code)
		shown := b.ToCode()
		portaltest.Refused(t, b.Sign(shown.Reference, card.Sign(t, b.Get("/nes/e-onay/imza/belge").Body, time.Now())), test.other, test.code)
		d.NothingGiven(d.Send(d.Claim(nil)), test.other, test.code)
	}
	if answer := logsIn(o.Site(), card); answer.Status != http.StatusOK {
		t.Errorf("at another site: %d %s", answer.Status, answer.Code())
	}
}

// TestWithTheAuthority: what is changed here is what the authority publishes, though an answer is lost on the way; another site, which
// knows only that, refuses and takes the certificate accordingly. The revocation needs a login just now at the real gateway.
func TestWithTheAuthority(t *testing.T) {
	o, s, card, a := real(t, application.Active)
	elsewhere, b := o.Site(), s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	o.Misbehave("status", "lost")
	b.Post(own+"/"+a.Reference+"/askiya-al", nil)
	s.Log.Await(t, `"msg":"job failed"`, 1)
	lists(b, own, "suspended", "no", "resume", "revoke")
	o.Misbehave("status", "ok")
	s.Clock.Pass(10 * time.Second)
	published(s, 1)
	lists(b, own, "suspended", "yes", "resume", "revoke")
	portaltest.Refused(t, logsIn(elsewhere, card), http.StatusUnprocessableEntity, fault.CertificateRevoked) // on hold is revoked for a while

	for i, act := range []string{"aski-kaldir", "iptal"} {
		at := own + "/" + a.Reference + "/" + act
		if i == 0 {
			asked := b.Post(at, nil)
			if answer := b.Through(asked, url.Values{"person": {"p1"}, "action": {"login"}}); answer.Location() != at {
				t.Fatalf("%s: back at %d %q", act, answer.Status, answer.Location())
			}
		}
		if answer := b.Post(at, url.Values{"neden": {"lost"}}); answer.Location() != own {
			t.Fatalf("%s: %d %q %s", act, answer.Status, answer.Location(), answer.Code())
		}
		published(s, i+2)
		if answer := logsIn(elsewhere, card); (answer.Status == http.StatusOK) != (act == "aski-kaldir") {
			t.Errorf("after %s another site answers %d %s", act, answer.Status, answer.Code())
		}
	}
	lists(b, own, "revoked", "yes")
}

// TestRevokedWhileInNewPIN: a card that was given its PUK, and is revoked before it has its PIN, does not become active.
func TestRevokedWhileInNewPIN(t *testing.T) {
	_, s, card, a := real(t, application.Delivered)
	d := portaltest.RealDesk(s, card)
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	if answer := does(d.Browser, own, a, "iptal", "lost"); answer.Location() != own {
		t.Fatalf("%d %s", answer.Status, answer.Code())
	}
	if answer := d.Tell(d.Report(c, "done", nil)); answer.Status != http.StatusOK {
		t.Fatalf("the report: %d %s", answer.Status, answer.Code())
	}
	now, err := s.Store.Application(t.Context(), a.Reference)
	if err != nil || now.State != application.Revoked {
		t.Errorf("%s, %v", now.State, err)
	}
	portaltest.Refused(t, d.Send(c), http.StatusConflict, refusal.CodeUsed)
}
