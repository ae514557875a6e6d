package login_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

func TestLogin(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	b := s.Anybody()
	if a := b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}}); a.Status != http.StatusSeeOther || a.Location() != "/" {
		t.Fatalf("login: %d %q %q", a.Status, a.Location(), a.Code())
	}
	page := b.Get("/").Body
	if !strings.Contains(page, "Ayşe Yılmaz") || !strings.Contains(page, "100*****146") || strings.Contains(page, portaltest.Ayse) {
		t.Errorf("the page does not show who is logged in:\n%s", page)
	}
	before := b.Cookies["oturum"]
	if a := b.Get("/giris"); a.Location() != "/" {
		t.Errorf("the login page, logged in: %d", a.Status)
	}
	if a := b.LogIn(url.Values{"person": {"p2"}, "action": {"login"}}); a.Location() != "/" {
		t.Fatalf("second login: %d %q", a.Status, a.Code())
	}
	old := s.Anybody()
	old.Cookies["oturum"] = before
	if a := old.Get("/nes"); a.Status == http.StatusOK {
		t.Error("the session before the second login lives")
	}
}

// TestLogout ends the gateway's session with the portal's, as the settings and the gateway have it, and comes back.
func TestLogout(t *testing.T) {
	person := url.Values{"person": {"p1"}, "action": {"login"}}
	for _, test := range []struct {
		name    string
		change  func(*portal.Settings)
		conduct string
		there   bool
	}{
		{"usual", func(*portal.Settings) {}, "ok", true},
		{"left alone", func(o *portal.Settings) { o.KeepGatewaySession = true }, "ok", false},
		{"gateway down", func(*portal.Settings) {}, "down", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := portaltest.NewOutside(t)
			s := o.Site(test.change)
			b := s.Anybody()
			b.LogIn(maps.Clone(person))
			secret := b.Cookies["oturum"]
			if test.conduct == "down" {
				s = o.Site(test.change) // a process that has not spoken with the gateway
				b.Site = s
				o.Misbehave("login", test.conduct)
			}
			a := b.Post("/cikis", nil)
			if b.Cookies["oturum"] != "" || b.Cookies["gecit"] != "" {
				t.Errorf("cookies are left: %v", b.Cookies)
			}
			b.Cookies["oturum"] = secret
			if page := b.Get("/nes"); page.Status == http.StatusOK {
				t.Error("the session lives after the logout")
			}
			if !test.there {
				if a.Location() != "/" {
					t.Errorf("sent to %q", a.Location())
				}
				return
			}
			if !strings.HasPrefix(a.Location(), s.Settings.Issuer+"/end_session?") || !strings.Contains(a.Location(), "id_token_hint=") {
				t.Fatalf("sent to %q", a.Location())
			}
			if back := b.Do("GET", a.Location(), "", nil); back.Location() != s.URL+"/" {
				t.Errorf("the gateway sends on to %q: %d %s", back.Location(), back.Status, back.Body)
			}
		})
	}
}

// TestLoginRefused answers the portal's login in every wrong way; nobody is logged in.
func TestLoginRefused(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	good := url.Values{"person": {"p1"}, "action": {"login"}}
	for _, test := range []struct {
		name, conduct string
		form          url.Values
		code          fault.Code
	}{
		{"nonce of another", "wrong-nonce", good, "login_failed"},
		{"expired", "expired-token", good, "login_failed"},
		{"unsigned", "unsigned", good, "login_failed"},
	} {
		o.Misbehave("login", test.conduct)
		b := s.Anybody()
		a := b.LogIn(test.form)
		if a.Code() != test.code || b.Cookies["oturum"] != "" {
			t.Errorf("%s: %d %q, session %q", test.name, a.Status, a.Code(), b.Cookies["oturum"])
		}
	}
	o.Misbehave("login", "ok")
	for name, change := range map[string]func(b *portaltest.Browser, answer url.Values){
		"state of another": func(_ *portaltest.Browser, a url.Values) { a.Set("state", "x") },
		"no state":         func(_ *portaltest.Browser, a url.Values) { a.Del("state") },
		"another issuer":   func(_ *portaltest.Browser, a url.Values) { a.Set("iss", "https://evil.example") },
		"another code":     func(_ *portaltest.Browser, a url.Values) { a.Set("code", "x") },
		"another browser":  func(b *portaltest.Browser, _ url.Values) { delete(b.Cookies, "giris") },
		"another cookie":   func(b *portaltest.Browser, _ url.Values) { b.Cookies["giris"] = "AAAA" },
		"too late":         func(*portaltest.Browser, url.Values) { s.Clock.Pass(11 * time.Minute) },
	} {
		b := s.Anybody()
		back := toCallback(b, good)
		query := back.Query()
		change(b, query)
		a := b.Get("/giris/donus?" + query.Encode())
		if a.Code() != fault.LoginFailed || b.Cookies["oturum"] != "" {
			t.Errorf("%s: %d %q, session %q", name, a.Status, a.Code(), b.Cookies["oturum"])
		}
	}
	b := s.Anybody()
	back, cookie := toCallback(b, good), b.Cookies["giris"]
	if a := b.Get(back.RequestURI()); a.Location() != "/" {
		t.Fatalf("the good one: %d %q", a.Status, a.Code())
	}
	again := s.Anybody()
	again.Cookies["giris"] = cookie
	if a := again.Get(back.RequestURI()); a.Code() != fault.LoginFailed {
		t.Errorf("the same answer twice: %d %q", a.Status, a.Code())
	}
	o.Misbehave("login", "down")
	portaltest.Refused(t, o.Site().Anybody().Post("/giris", nil), http.StatusServiceUnavailable, fault.Unavailable)
}

// TestLoginCancelled leads whoever cancels at the gateway back to the ways to log in, and says so; no session begins or ends.
func TestLoginCancelled(t *testing.T) {
	s := portaltest.NewOutside(t).Site()
	b := s.Anybody()
	a := b.LogIn(url.Values{"action": {"cancel"}})
	if a.Status != http.StatusSeeOther || a.Location() != "/giris?giris=vazgecildi" || b.Cookies["oturum"] != "" || b.Cookies["giris"] != "" {
		t.Fatalf("cancelled: %d %q, cookies %v", a.Status, a.Location(), b.Cookies)
	}
	if page := b.Get(a.Location()); page.Status != http.StatusOK || !strings.Contains(page.Body, `id="cancelled"`) || !strings.Contains(page.Body, `id="to-gateway"`) {
		t.Errorf("the page is %d %s", page.Status, page.Body)
	}
	back := toCallback(b, url.Values{"action": {"cancel"}})
	query := back.Query()
	query.Set("state", "x")
	if a := b.Get("/giris/donus?" + query.Encode()); a.Code() != fault.LoginFailed {
		t.Errorf("the answer to another login: %d %q", a.Status, a.Code())
	}
	person := url.Values{"person": {"p1"}, "action": {"login"}}
	b.LogIn(person)
	if a := b.LogIn(url.Values{"action": {"cancel"}}); b.Cookies["oturum"] == "" || b.Get("/nes").Status != http.StatusOK {
		t.Errorf("a second login, cancelled, ends the session: %d %q", a.Status, a.Location())
	}
}

// toCallback goes through the gateway and returns where it sends the browser, without going there.
func toCallback(b *portaltest.Browser, form url.Values) *url.URL {
	b.T.Helper()
	a := b.Post("/giris", nil)
	for {
		target, err := url.Parse(a.Location())
		if err != nil || a.Location() == "" {
			b.T.Fatalf("the gateway sends nowhere: %d %v", a.Status, err)
		}
		if target.Path == "/giris/donus" {
			return target
		}
		if target.Host == "" {
			target, err = url.Parse(b.Settings.Issuer + a.Location())
			if err != nil {
				b.T.Fatal(err)
			}
		}
		a = b.Do("GET", target.String(), "", nil)
		if m := portaltest.LoginID.FindStringSubmatch(a.Body); m != nil {
			form.Set("id", m[1])
			a = b.Do("POST", b.Settings.Issuer+"/login", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		}
	}
}
