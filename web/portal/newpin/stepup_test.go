package newpin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// stepUpSite is a portal at the sandbox's gateway, with a card of Ayşe's on record.
func stepUpSite(t *testing.T, changes ...func(*portal.Settings)) (*portaltest.Outside, *portaltest.Site, portaltest.Card) {
	t.Helper()
	o := portaltest.NewOutside(t)
	s := o.Site(changes...)
	valid := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	s.Enter(portaltest.Serial, portaltest.PUK, portaltest.Ayse, valid.Certificate)
	return o, s, valid
}

// TestStepUp goes the whole way, from a usual login to the release: the gateway is asked for a login just now, at its
// highest level, and the code comes by the sandbox's mail server.
func TestStepUp(t *testing.T) {
	o, s, valid := stepUpSite(t)
	s.RealMail()
	d := &portaltest.Desk{Browser: s.Anybody(), Machine: portaltest.NewMachine(t), Serial: portaltest.Serial, Certificate: valid.Certificate}
	d.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	before := d.Cookies["oturum"]
	if page := d.Get("/nes/pin"); !strings.Contains(page.Body, `data-next="login_weak"`) {
		t.Fatalf("screen 1 is %s", page.Body)
	}
	asked, err := url.Parse(d.Post("/nes/pin", nil).Location())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"prompt": "login", "max_age": "300", "acr_values": portaltest.Highest} {
		if got := asked.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a := d.StepUp("p1"); a.Location() != "/nes/pin" || d.Cookies["oturum"] == before {
		t.Fatalf("back at %d %q", a.Status, a.Location())
	}
	if a := d.Post("/nes/pin", nil); a.Location() != "/nes/pin/kod" {
		t.Fatalf("%d %q %q", a.Status, a.Location(), a.Code())
	}
	message := o.Message(0)
	if message.To != portaltest.MailOfAyse || message.Subject != "Tek kullanımlık kodunuz" {
		t.Errorf("the message is %+v", message)
	}
	if a := d.Confirm(portaltest.EightDigits.FindString(message.Text)); a.Location() != "/nes/pin/islem" {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	d.Read()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	if notice := o.Message(1); !strings.Contains(notice.Text, d.Shown.Reference) {
		t.Errorf("the notice is %+v", notice)
	}
}

// TestStepUpRefused has a gateway that does not do what it was asked: the session stays what it was.
func TestStepUpRefused(t *testing.T) {
	for _, test := range []struct {
		conduct string
		status  int
		code    fault.Code
	}{
		{"remembered", http.StatusForbidden, refusal.LoginStale},
		{"no-time", http.StatusForbidden, fault.LoginFailed},
		{"ahead", http.StatusForbidden, fault.LoginFailed},
		{"weak", http.StatusForbidden, refusal.LoginWeak},
		{"wrong-nonce", http.StatusForbidden, fault.LoginFailed},
	} {
		t.Run(test.conduct, func(t *testing.T) {
			o, s, _ := stepUpSite(t)
			b := s.Anybody()
			b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
			before := b.Cookies["oturum"]
			o.Misbehave("login", test.conduct)
			portaltest.Refused(t, b.StepUp("p1"), test.status, test.code)
			if b.Cookies["oturum"] != before {
				t.Error("there is another session")
			}
			if page := b.Get("/nes/pin"); !strings.Contains(page.Body, `data-next="login_weak"`) {
				t.Error("the refused login counts")
			}
		})
	}
}

// TestStepUpCancelled leads back to the act's first screen, which says so; the session goes on as it was.
func TestStepUpCancelled(t *testing.T) {
	_, s, _ := stepUpSite(t)
	b := s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	before := b.Cookies["oturum"]
	a := b.Through(b.Post("/nes/pin", nil), url.Values{"action": {"cancel"}})
	if a.Location() != "/nes/pin?giris=vazgecildi" || b.Cookies["oturum"] != before {
		t.Fatalf("back at %d %q", a.Status, a.Location())
	}
	if page := b.Get(a.Location()); !strings.Contains(page.Body, `id="cancelled"`) || !strings.Contains(page.Body, `data-next="login_weak"`) {
		t.Errorf("the page is %s", page.Body)
	}
}

// TestUsualLoginCounts takes a usual login that is just now and of a level that counts, and no other.
func TestUsualLoginCounts(t *testing.T) {
	for conduct, next := range map[string]fault.Code{
		"ok": refusal.OneTimeCodeOver, "remembered": refusal.LoginStale, "no-time": refusal.LoginStale, "ahead": refusal.LoginStale,
	} {
		o, s, _ := stepUpSite(t, func(o *portal.Settings) { o.PUKACRValues = nil })
		o.Misbehave("login", conduct)
		b := s.Anybody()
		if a := b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}}); a.Location() != "/" {
			t.Fatalf("%s: %d %q", conduct, a.Status, a.Code())
		}
		if page := b.Get("/nes/pin"); !strings.Contains(page.Body, `data-next="`+string(next)+`"`) {
			t.Errorf("%s: screen 1 does not ask for %s", conduct, next)
		}
	}
}

// TestStepUpAsAnother logs in as another person: that is their session, and they are told.
func TestStepUpAsAnother(t *testing.T) {
	_, s, _ := stepUpSite(t)
	b := s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	before := s.Anybody()
	before.Cookies["oturum"] = b.Cookies["oturum"]
	a := b.StepUp("p2")
	if a.Location() != "/nes/pin?giris=baska" {
		t.Fatalf("back at %d %q", a.Status, a.Location())
	}
	page := b.Get(a.Location())
	if !strings.Contains(page.Body, `id="other"`) || !strings.Contains(page.Body, "Mehmet Öztürk") || !strings.Contains(page.Body, `data-reason="no-card"`) {
		t.Errorf("the page is %s", page.Body)
	}
	if a := before.Get("/nes"); a.Status == http.StatusOK {
		t.Error("the session before lives")
	}
}

// TestStepUpLeadsNowhereElse: a login that was begun for something else, or at another time, is no step-up.
func TestStepUpLeadsNowhereElse(t *testing.T) {
	_, s, _ := stepUpSite(t)
	b := s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	usual := b.Through(b.Post("/giris", nil), url.Values{"person": {"p1"}, "action": {"login"}})
	if usual.Location() != "/" {
		t.Errorf("a usual login leads to %q", usual.Location())
	}
	b.Post("/nes/pin", nil)
	stepUp := b.Cookies["giris"]
	a := b.Post("/giris", nil) // another login, with the state of the step-up
	b.Cookies["giris"] = stepUp
	portaltest.Refused(t, b.Through(a, url.Values{"person": {"p1"}, "action": {"login"}}), http.StatusForbidden, fault.LoginFailed)
	a = b.Post("/nes/pin", nil)
	s.Clock.Pass(11 * time.Minute)
	portaltest.Refused(t, b.Through(a, url.Values{"person": {"p1"}, "action": {"login"}}), http.StatusForbidden, fault.LoginFailed)
}
