package login_test

import (
	"bytes"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestCardLogin has people log in with each kind of card that the portal takes.
func TestCardLogin(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	page := s.Anybody().Get("/giris").Body
	for path, kind := range map[string]string{portaltest.ESignature: "valid", portaltest.IdentityCard: "identity-card"} {
		b, c := s.Anybody(), o.Card(portaltest.ECKey(t), portaltest.Ayse, kind)
		if !strings.Contains(page, `href="`+path+`"`) || !strings.Contains(b.Get(path).Body, `data-post="`+path+`"`) {
			t.Errorf("%s is not offered", path)
		}
		if a := b.PostLogin(path, b.Login(c, b.Nonce(path))); a.Status != http.StatusOK || a.Body != `{"location":"/"}`+"\n" {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
		home := b.Get("/").Body
		if !strings.Contains(home, "Ayşe Yılmaz") || !strings.Contains(home, "100*****146") || strings.Contains(home, portaltest.Ayse) {
			t.Errorf("%s: the page does not show who is logged in:\n%s", path, home)
		}
		if b.Cookies["kart"] != "" {
			t.Errorf("%s: the login's own cookie is left", path)
		}
		b.ToCode() // the session is as good as one from the gateway
		session, err := s.Store.Session(t.Context(), store.HashOf(b.Cookies["oturum"]), s.Clock.Now(), time.Hour)
		if err != nil || session.AMR != "sc pin" || session.ACR != "" || !session.AuthenticatedAt.IsZero() {
			t.Errorf("%s: the session says %+v, %v, want smart card and PIN, and nothing of a gateway", path, session, err)
		}
		if a := b.Get(path); a.Location() != "/" {
			t.Errorf("%s, logged in: %d", path, a.Status)
		}

		before := b.Cookies["oturum"]
		if a := b.PostLogin(path, b.Login(o.Card(portaltest.ECKey(t), portaltest.Mehmet, kind), b.Nonce(path))); a.Status != http.StatusOK {
			t.Fatalf("%s, another person: %d %s", path, a.Status, a.Body)
		}
		old := s.Anybody()
		old.Cookies["oturum"] = before
		if a := old.Get("/nes"); a.Status == http.StatusOK {
			t.Errorf("%s: the session before the second login lives", path)
		}
	}
}

// TestCardLoginRefused has what the portal does not take; nobody is logged in.
func TestCardLoginRefused(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	good, identity := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), o.Card(portaltest.ECKey(t), portaltest.Ayse, "identity-card")
	revoked := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	o.Post("/ca/revoke", map[string]string{"serial": revoked.Serial}, nil)
	for name, test := range map[string]struct {
		path   string
		card   portaltest.Card
		change func(b *portaltest.Browser, login *[]byte) // between challenge and login
		status int
		code   fault.Code
	}{
		"an identity card as E-İmza": {portaltest.ESignature, identity, nil, 422, "certificate_not_qualified"},
		"an E-İmza as identity card": {portaltest.IdentityCard, good, nil, 422, "certificate_not_for_login"},
		"of another policy":          {portaltest.ESignature, o.Card(portaltest.ECKey(t), portaltest.Ayse, "other-policy"), nil, 422, "certificate_not_qualified"},
		"of another authority":       {portaltest.ESignature, o.Card(portaltest.ECKey(t), portaltest.Ayse, "untrusted"), nil, 422, "certificate_untrusted"},
		"a company's seal":           {portaltest.ESignature, o.Card(portaltest.ECKey(t), portaltest.Ayse, "seal"), nil, 422, "certificate_not_qualified"},
		"expired":                    {portaltest.ESignature, o.Card(portaltest.ECKey(t), portaltest.Ayse, "expired"), nil, 422, "certificate_expired"},
		"revoked":                    {portaltest.ESignature, revoked, nil, 422, "certificate_revoked"},
		"the responder is down":      {portaltest.ESignature, good, func(*portaltest.Browser, *[]byte) { o.Misbehave("ocsp", "down") }, 503, "revocation_unavailable"},
		"without a login under way":  {portaltest.ESignature, good, func(b *portaltest.Browser, _ *[]byte) { delete(b.Cookies, "kart") }, 403, "form_expired"},
		"another browser's challenge": {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) {
			*login = b.Login(good, s.Anybody().Nonce(portaltest.ESignature))
		}, 403, "form_expired"},
		"the other way's challenge": {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) { *login = b.Login(good, b.Nonce(portaltest.IdentityCard)) }, 403, "form_expired"},
		"a challenge of no portal":  {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) { *login = b.Login(good, strings.Repeat("A", 96)) }, 403, "form_expired"},
		"for another challenge": {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) {
			*login = portaltest.Answered(t, b.Nonce(portaltest.ESignature), pkitest.LoginToken(t, good.Certificate, good.Key, b.URL, b.Nonce(portaltest.ESignature)))
		}, 403, "login_failed"},
		"for another site": {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) {
			nonce := b.Nonce(portaltest.ESignature)
			*login = portaltest.Answered(t, nonce, pkitest.LoginToken(t, good.Certificate, good.Key, "https://baska.example", nonce))
		}, 403, "login_failed"},
		"no token": {portaltest.ESignature, good, func(b *portaltest.Browser, login *[]byte) {
			*login = portaltest.Answered(t, b.Nonce(portaltest.ESignature), []byte("{}"))
		}, 403, "login_failed"},
		"no form of ours": {portaltest.ESignature, good, func(_ *portaltest.Browser, login *[]byte) { *login = []byte("{}") }, 400, "request_invalid"},
		"too large": {portaltest.ESignature, good, func(_ *portaltest.Browser, login *[]byte) {
			*login = bytes.Repeat([]byte(" "), relyingparty.MaxLogin+1)
		}, 413, "request_too_large"},
		"from another site":              {portaltest.ESignature, good, func(b *portaltest.Browser, _ *[]byte) { b.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "form_expired"},
		"from another port of this host": {portaltest.ESignature, good, func(b *portaltest.Browser, _ *[]byte) { b.Header.Set("Sec-Fetch-Site", "same-site") }, 403, "form_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.Anybody()
			login := b.Login(test.card, b.Nonce(test.path))
			if test.change != nil {
				test.change(b, &login)
			}
			a := b.PostLogin(test.path, login)
			portaltest.Refused(t, a, test.status, test.code)
			if elsewhere := b.Header.Get("Sec-Fetch-Site") != ""; !elsewhere && (a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Cache-Control") != "no-store") {
				t.Errorf("the page's program gets %v", a.Header)
			}
			o.Misbehave("ocsp", "ok")
			b.Header = http.Header{}
			if a := b.Get("/nes"); b.Cookies["oturum"] != "" || a.Location() != "/giris?oturum=kapali" {
				t.Errorf("somebody is logged in: %d", a.Status)
			}
		})
	}
	b := s.Anybody()
	login := b.Login(good, b.Nonce(portaltest.ESignature))
	kept := b.Cookies["kart"]
	if a := b.PostLogin(portaltest.ESignature, login); a.Status != http.StatusOK {
		t.Fatalf("login: %d %s", a.Status, a.Body)
	}
	thief := s.Anybody()
	thief.Cookies["kart"] = kept
	portaltest.Refused(t, thief.PostLogin(portaltest.ESignature, login), http.StatusForbidden, "form_expired")
}

// TestChallengesWriteNothing: whoever asks for challenges without end takes no room in the database and no turn at its lock,
// and the person whose PIN takes long logs in all the same.
func TestChallengesWriteNothing(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	db := s.Raw()
	db.SetMaxOpenConns(1)
	version := func() (n int) { // of what is in the database: each commit of another connection is a new one
		t.Helper()
		if err := db.QueryRow("PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	slow := s.Anybody()
	login := slow.Login(o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), slow.Nonce(portaltest.ESignature))
	before := version()
	for range 200 {
		flood := s.Anybody()
		flood.Nonce(portaltest.ESignature)
		portaltest.Refused(t, flood.PostLogin(portaltest.ESignature, portaltest.Answered(t, flood.Nonce(portaltest.IdentityCard), []byte("{}"))), http.StatusForbidden, "form_expired")
	}
	if version() != before {
		t.Error("asking for challenges has written to the database")
	}
	if a := slow.PostLogin(portaltest.ESignature, login); a.Status != http.StatusOK {
		t.Fatalf("the person's login: %d %s", a.Status, a.Body)
	}
	if version() == before {
		t.Error("this test does not see what is written")
	}
}

// TestChallengeOfAnotherProcess: any process of the portal takes what another has given out, once.
func TestChallengeOfAnotherProcess(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.URL = "https://eonay.example" })
	b, c := s.Anybody(), o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	nonce := b.Nonce(portaltest.ESignature)
	login := portaltest.Answered(t, nonce, pkitest.LoginToken(t, c.Certificate, c.Key, s.Settings.URL, nonce))
	secret := b.Cookies["__Host-kart"]
	logins, err := portal.LoadCardLogins(s.Settings)
	if err != nil {
		t.Fatal(err)
	}
	s.Open()
	s.Serve(s.Verifier, logins)
	if a := b.PostLogin(portaltest.ESignature, login); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	b.Cookies["__Host-kart"] = secret
	portaltest.Refused(t, b.PostLogin(portaltest.ESignature, login), http.StatusForbidden, "form_expired")
}

// TestCardLoginAtOnce sends one token many times at once, from the browser that asked for it.
func TestCardLoginAtOnce(t *testing.T) {
	o := portaltest.NewOutside(t)
	b := o.Site().Anybody()
	login := b.Login(o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), b.Nonce(portaltest.ESignature))
	portaltest.OneWon(t, portaltest.AtOnce(16, func(int) portaltest.Answer {
		tab := b.Anybody()
		tab.Cookies["kart"] = b.Cookies["kart"]
		return tab.PostLogin(portaltest.ESignature, login)
	}), http.StatusForbidden, fault.FormExpired)
}

// TestCardLoginIsAsked checks that a portal offers only what its settings say.
func TestCardLoginIsAsked(t *testing.T) {
	o := portaltest.NewOutside(t)
	for offered, change := range map[string]func(*portal.CardLogin){
		portaltest.ESignature:   func(c *portal.CardLogin) { c.IdentityCard = nil },
		portaltest.IdentityCard: func(c *portal.CardLogin) { c.ESignature = false },
		"":                      func(c *portal.CardLogin) { *c = portal.CardLogin{} },
	} {
		b := o.Site(func(s *portal.Settings) { change(&s.CardLogin) }).Anybody()
		for _, path := range []string{portaltest.ESignature, portaltest.IdentityCard} {
			status := http.StatusNotFound
			if path == offered {
				status = http.StatusOK
			}
			if a := b.Get(path); a.Status != status || strings.Contains(b.Get("/giris").Body, path) != (path == offered) {
				t.Errorf("with %q: %s is %d, want %d", offered, path, a.Status, status)
			}
			if a := b.Do("POST", path+"/sorgu", "application/json", strings.NewReader("{}")); a.Status != status {
				t.Errorf("with %q: a challenge of %s is %d, want %d", offered, path, a.Status, status)
			}
			if a := b.PostLogin(path, []byte("{}")); path != offered && a.Status != status {
				t.Errorf("with %q: a login at %s is %d, want %d", offered, path, a.Status, status)
			}
		}
	}
	settings, err := portal.ReadSettings(filepath.Join(o.Dir, "portal.json"))
	if err != nil {
		t.Fatal(err)
	}
	settings.CardLogin.IdentityCard.Anchors += "x"
	if _, err := portal.LoadCardLogins(settings); err == nil {
		t.Error("anchors that are not there were read")
	}
}

// TestSessionNamesItsCardLogin: a session says which login with a card on record began it, and one from the gateway names none,
// and leads on to the card for what needs one.
func TestSessionNamesItsCardLogin(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	began := func(b *portaltest.Browser) string {
		t.Helper()
		session, err := s.Store.Session(t.Context(), store.HashOf(b.Cookies["oturum"]), s.Clock.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return session.CardLogin
	}
	b := s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	if named := began(b); named != "" {
		t.Errorf("a login at the gateway is %q", named)
	}
	if a := b.Get(portaltest.ESignature); a.Status != http.StatusOK {
		t.Errorf("the way on to the card: %d %q", a.Status, a.Location())
	}
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	if a := b.PostLogin(portaltest.ESignature, b.Login(card, b.Nonce(portaltest.ESignature))); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	var onRecord string
	if err := s.Raw().QueryRow(`SELECT reference FROM login`).Scan(&onRecord); err != nil || began(b) != onRecord {
		t.Errorf("the session names %q, on record is %q: %v", began(b), onRecord, err)
	}
}
