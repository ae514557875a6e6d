package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// stepUp presses on on screen 1, logs in at the gateway as a person, and returns the portal's answer.
func (b *browser) stepUp(person string) answer {
	b.t.Helper()
	return b.through(b.post("/nes/pin", nil), url.Values{"person": {person}, "action": {"login"}})
}

// stepUpSite is a portal at the sandbox's gateway, with a card of Ayşe's on record.
func stepUpSite(t *testing.T, changes ...func(*portal.Settings)) (*outside, *site, card) {
	t.Helper()
	o := newOutside(t)
	s := o.site(changes...)
	valid := o.card(ecKey(t), ayse, "valid")
	s.enter(serial, puk, ayse, valid.certificate)
	return o, s, valid
}

// TestStepUp goes the whole way, from a usual login to the release: the gateway is asked for a login just now, at its
// highest level, and the code comes by the sandbox's mail server.
func TestStepUp(t *testing.T) {
	o, s, valid := stepUpSite(t)
	s.realMail()
	d := &desk{browser: s.anybody(), machine: newMachine(t), serial: serial, certificate: valid.certificate}
	d.logIn(url.Values{"person": {"p1"}, "action": {"login"}})
	before := d.cookies["oturum"]
	if page := d.get("/nes/pin"); !strings.Contains(page.body, `data-next="login_weak"`) {
		t.Fatalf("screen 1 is %s", page.body)
	}
	asked, err := url.Parse(d.post("/nes/pin", nil).location())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"prompt": "login", "max_age": "300", "acr_values": highest} {
		if got := asked.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a := d.stepUp("p1"); a.location() != "/nes/pin" || d.cookies["oturum"] == before {
		t.Fatalf("back at %d %q", a.status, a.location())
	}
	if a := d.post("/nes/pin", nil); a.location() != "/nes/pin/kod" {
		t.Fatalf("%d %q %q", a.status, a.location(), a.code())
	}
	message := o.message(0)
	if message.To != mailOfAyse || message.Subject != "Tek kullanımlık kodunuz" {
		t.Errorf("the message is %+v", message)
	}
	if a := d.confirm(eightDigits.FindString(message.Text)); a.location() != "/nes/pin/islem" {
		t.Fatalf("%d %q", a.status, a.code())
	}
	d.read()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	if notice := o.message(1); !strings.Contains(notice.Text, d.shown.reference) {
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
			b := s.anybody()
			b.logIn(url.Values{"person": {"p1"}, "action": {"login"}})
			before := b.cookies["oturum"]
			o.misbehave("login", test.conduct)
			refused(t, b.stepUp("p1"), test.status, test.code)
			if b.cookies["oturum"] != before {
				t.Error("there is another session")
			}
			if page := b.get("/nes/pin"); !strings.Contains(page.body, `data-next="login_weak"`) {
				t.Error("the refused login counts")
			}
		})
	}
}

// TestUsualLoginCounts takes a usual login that is just now and of a level that counts, and no other.
func TestUsualLoginCounts(t *testing.T) {
	for conduct, next := range map[string]fault.Code{
		"ok": refusal.OneTimeCodeOver, "remembered": refusal.LoginStale, "no-time": refusal.LoginStale, "ahead": refusal.LoginStale,
	} {
		o, s, _ := stepUpSite(t, func(o *portal.Settings) { o.PUKACRValues = nil })
		o.misbehave("login", conduct)
		b := s.anybody()
		if a := b.logIn(url.Values{"person": {"p1"}, "action": {"login"}}); a.location() != "/" {
			t.Fatalf("%s: %d %q", conduct, a.status, a.code())
		}
		if page := b.get("/nes/pin"); !strings.Contains(page.body, `data-next="`+string(next)+`"`) {
			t.Errorf("%s: screen 1 does not ask for %s", conduct, next)
		}
	}
}

// TestStepUpAsAnother logs in as another person: that is their session, and they are told.
func TestStepUpAsAnother(t *testing.T) {
	_, s, _ := stepUpSite(t)
	b := s.anybody()
	b.logIn(url.Values{"person": {"p1"}, "action": {"login"}})
	before := s.anybody()
	before.cookies["oturum"] = b.cookies["oturum"]
	a := b.stepUp("p2")
	if a.location() != "/nes/pin?giris=baska" {
		t.Fatalf("back at %d %q", a.status, a.location())
	}
	page := b.get(a.location())
	if !strings.Contains(page.body, `id="other"`) || !strings.Contains(page.body, "Mehmet Öztürk") || !strings.Contains(page.body, `data-reason="no-card"`) {
		t.Errorf("the page is %s", page.body)
	}
	if a := before.get("/nes"); a.status == http.StatusOK {
		t.Error("the session before lives")
	}
}

// TestStepUpLeadsNowhereElse: a login that was begun for something else, or at another time, is no step-up.
func TestStepUpLeadsNowhereElse(t *testing.T) {
	_, s, _ := stepUpSite(t)
	b := s.anybody()
	b.logIn(url.Values{"person": {"p1"}, "action": {"login"}})
	usual := b.through(b.post("/giris", nil), url.Values{"person": {"p1"}, "action": {"login"}})
	if usual.location() != "/" {
		t.Errorf("a usual login leads to %q", usual.location())
	}
	b.post("/nes/pin", nil)
	stepUp := b.cookies["giris"]
	a := b.post("/giris", nil) // another login, with the state of the step-up
	b.cookies["giris"] = stepUp
	refused(t, b.through(a, url.Values{"person": {"p1"}, "action": {"login"}}), http.StatusForbidden, fault.LoginFailed)
	a = b.post("/nes/pin", nil)
	s.clock.pass(11 * time.Minute)
	refused(t, b.through(a, url.Values{"person": {"p1"}, "action": {"login"}}), http.StatusForbidden, fault.LoginFailed)
}
