package portal_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	eSignature   = "/giris/kart/e-imza"
	identityCard = "/giris/kart/kimlik-karti"
)

// nonce begins a login with a card, as the page at path does.
func (b *browser) nonce(path string) string {
	b.t.Helper()
	a := b.do("POST", path+"/sorgu", "application/json", strings.NewReader("{}"))
	var body struct{ Nonce string }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK || body.Nonce == "" {
		b.t.Fatalf("challenge: %d %s", a.status, a.body)
	}
	return body.Nonce
}

// login returns what a page posts once a card has answered its challenge.
func (b *browser) login(c card, nonce string) []byte {
	b.t.Helper()
	return answered(b.t, nonce, pkitest.LoginToken(b.t, c.certificate, c.key, b.url, nonce))
}

func answered(t *testing.T, nonce string, token []byte) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]string{"nonce": nonce, "token": string(token)})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (b *browser) postLogin(path string, login []byte) answer {
	b.t.Helper()
	return b.do("POST", path, "application/json", bytes.NewReader(login))
}

// TestCardLogin has people log in with each kind of card that the portal takes.
func TestCardLogin(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	page := s.anybody().get("/giris").body
	for path, kind := range map[string]string{eSignature: "valid", identityCard: "identity-card"} {
		b, c := s.anybody(), o.card(ecKey(t), ayse, kind)
		if !strings.Contains(page, `href="`+path+`"`) || !strings.Contains(b.get(path).body, `data-post="`+path+`"`) {
			t.Errorf("%s is not offered", path)
		}
		if a := b.postLogin(path, b.login(c, b.nonce(path))); a.status != http.StatusOK || a.body != `{"location":"/"}`+"\n" {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		home := b.get("/").body
		if !strings.Contains(home, "Ayşe Yılmaz") || !strings.Contains(home, "100*****146") || strings.Contains(home, ayse) {
			t.Errorf("%s: the page does not show who is logged in:\n%s", path, home)
		}
		if b.cookies["kart"] != "" {
			t.Errorf("%s: the login's own cookie is left", path)
		}
		b.toCode() // the session is as good as one from the gateway
		if a := b.get(path); a.location() != "/" {
			t.Errorf("%s, logged in: %d", path, a.status)
		}

		before := b.cookies["oturum"]
		if a := b.postLogin(path, b.login(o.card(ecKey(t), mehmet, kind), b.nonce(path))); a.status != http.StatusOK {
			t.Fatalf("%s, another person: %d %s", path, a.status, a.body)
		}
		old := s.anybody()
		old.cookies["oturum"] = before
		if a := old.get("/nes"); a.status == http.StatusOK {
			t.Errorf("%s: the session before the second login lives", path)
		}
	}
}

// TestCardLoginRefused has what the portal does not take; nobody is logged in.
func TestCardLoginRefused(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	good, identity := o.card(ecKey(t), ayse, "valid"), o.card(ecKey(t), ayse, "identity-card")
	revoked := o.card(ecKey(t), ayse, "valid")
	o.post("/ca/revoke", map[string]string{"serial": revoked.serial}, nil)
	for name, test := range map[string]struct {
		path   string
		card   card
		change func(b *browser, login *[]byte) // between challenge and login
		status int
		code   fault.Code
	}{
		"an identity card as E-İmza":  {eSignature, identity, nil, 422, "certificate_not_qualified"},
		"an E-İmza as identity card":  {identityCard, good, nil, 422, "certificate_not_for_login"},
		"of another policy":           {eSignature, o.card(ecKey(t), ayse, "other-policy"), nil, 422, "certificate_not_qualified"},
		"of another authority":        {eSignature, o.card(ecKey(t), ayse, "untrusted"), nil, 422, "certificate_untrusted"},
		"a company's seal":            {eSignature, o.card(ecKey(t), ayse, "seal"), nil, 422, "certificate_not_qualified"},
		"expired":                     {eSignature, o.card(ecKey(t), ayse, "expired"), nil, 422, "certificate_expired"},
		"revoked":                     {eSignature, revoked, nil, 422, "certificate_revoked"},
		"the responder is down":       {eSignature, good, func(*browser, *[]byte) { o.misbehave("ocsp", "down") }, 503, "revocation_unavailable"},
		"without a login under way":   {eSignature, good, func(b *browser, _ *[]byte) { delete(b.cookies, "kart") }, 403, "form_expired"},
		"another browser's challenge": {eSignature, good, func(b *browser, login *[]byte) { *login = b.login(good, s.anybody().nonce(eSignature)) }, 403, "form_expired"},
		"the other way's challenge":   {eSignature, good, func(b *browser, login *[]byte) { *login = b.login(good, b.nonce(identityCard)) }, 403, "form_expired"},
		"a challenge of no portal":    {eSignature, good, func(b *browser, login *[]byte) { *login = b.login(good, strings.Repeat("A", 96)) }, 403, "form_expired"},
		"for another challenge": {eSignature, good, func(b *browser, login *[]byte) {
			*login = answered(t, b.nonce(eSignature), pkitest.LoginToken(t, good.certificate, good.key, b.url, b.nonce(eSignature)))
		}, 403, "login_failed"},
		"for another site": {eSignature, good, func(b *browser, login *[]byte) {
			nonce := b.nonce(eSignature)
			*login = answered(t, nonce, pkitest.LoginToken(t, good.certificate, good.key, "https://baska.example", nonce))
		}, 403, "login_failed"},
		"no token":                       {eSignature, good, func(b *browser, login *[]byte) { *login = answered(t, b.nonce(eSignature), []byte("{}")) }, 403, "login_failed"},
		"no form of ours":                {eSignature, good, func(_ *browser, login *[]byte) { *login = []byte("{}") }, 400, "request_invalid"},
		"too large":                      {eSignature, good, func(_ *browser, login *[]byte) { *login = bytes.Repeat([]byte(" "), relyingparty.MaxLogin+1) }, 413, "request_too_large"},
		"from another site":              {eSignature, good, func(b *browser, _ *[]byte) { b.header.Set("Sec-Fetch-Site", "cross-site") }, 403, "form_expired"},
		"from another port of this host": {eSignature, good, func(b *browser, _ *[]byte) { b.header.Set("Sec-Fetch-Site", "same-site") }, 403, "form_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.anybody()
			login := b.login(test.card, b.nonce(test.path))
			if test.change != nil {
				test.change(b, &login)
			}
			a := b.postLogin(test.path, login)
			refused(t, a, test.status, test.code)
			if elsewhere := b.header.Get("Sec-Fetch-Site") != ""; !elsewhere && (a.header.Get("Content-Type") != "application/problem+json" || a.header.Get("Cache-Control") != "no-store") {
				t.Errorf("the page's program gets %v", a.header)
			}
			o.misbehave("ocsp", "ok")
			b.header = http.Header{}
			if a := b.get("/nes"); b.cookies["oturum"] != "" || a.location() != "/giris?oturum=kapali" {
				t.Errorf("somebody is logged in: %d", a.status)
			}
		})
	}
	b := s.anybody()
	login := b.login(good, b.nonce(eSignature))
	kept := b.cookies["kart"]
	if a := b.postLogin(eSignature, login); a.status != http.StatusOK {
		t.Fatalf("login: %d %s", a.status, a.body)
	}
	thief := s.anybody()
	thief.cookies["kart"] = kept
	refused(t, thief.postLogin(eSignature, login), http.StatusForbidden, "form_expired")
}

// TestChallengesWriteNothing: whoever asks for challenges without end takes no room in the database and no turn at its lock,
// and the person whose PIN takes long logs in all the same.
func TestChallengesWriteNothing(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	db, err := sql.Open("sqlite", s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	version := func() (n int) { // of what is in the database: each commit of another connection is a new one
		t.Helper()
		if err := db.QueryRow("PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	slow := s.anybody()
	login := slow.login(o.card(ecKey(t), ayse, "valid"), slow.nonce(eSignature))
	before := version()
	for range 200 {
		flood := s.anybody()
		flood.nonce(eSignature)
		refused(t, flood.postLogin(eSignature, answered(t, flood.nonce(identityCard), []byte("{}"))), http.StatusForbidden, "form_expired")
	}
	if version() != before {
		t.Error("asking for challenges has written to the database")
	}
	if a := slow.postLogin(eSignature, login); a.status != http.StatusOK {
		t.Fatalf("the person's login: %d %s", a.status, a.body)
	}
	if version() == before {
		t.Error("this test does not see what is written")
	}
}

// TestChallengeOfAnotherProcess: any process of the portal takes what another has given out, once.
func TestChallengeOfAnotherProcess(t *testing.T) {
	o := newOutside(t)
	s := o.site(func(o *portal.Settings) { o.URL = "https://eonay.example" })
	b, c := s.anybody(), o.card(ecKey(t), ayse, "valid")
	nonce := b.nonce(eSignature)
	login := answered(t, nonce, pkitest.LoginToken(t, c.certificate, c.key, s.settings.URL, nonce))
	secret := b.cookies["__Host-kart"]
	logins, err := portal.LoadCardLogins(s.settings)
	if err != nil {
		t.Fatal(err)
	}
	s.open()
	s.serve(s.verifier, logins)
	if a := b.postLogin(eSignature, login); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	b.cookies["__Host-kart"] = secret
	refused(t, b.postLogin(eSignature, login), http.StatusForbidden, "form_expired")
}

// TestCardLoginAtOnce sends one token many times at once, from the browser that asked for it.
func TestCardLoginAtOnce(t *testing.T) {
	o := newOutside(t)
	b := o.site().anybody()
	login := b.login(o.card(ecKey(t), ayse, "valid"), b.nonce(eSignature))
	oneWon(t, atOnce(16, func(int) answer {
		tab := b.anybody()
		tab.cookies["kart"] = b.cookies["kart"]
		return tab.postLogin(eSignature, login)
	}), http.StatusForbidden, fault.FormExpired)
}

// TestCardLoginIsAsked checks that a portal offers only what its settings say.
func TestCardLoginIsAsked(t *testing.T) {
	o := newOutside(t)
	for offered, change := range map[string]func(*portal.CardLogin){
		eSignature:   func(c *portal.CardLogin) { c.IdentityCard = nil },
		identityCard: func(c *portal.CardLogin) { c.ESignature = false },
		"":           func(c *portal.CardLogin) { *c = portal.CardLogin{} },
	} {
		b := o.site(func(s *portal.Settings) { change(&s.CardLogin) }).anybody()
		for _, path := range []string{eSignature, identityCard} {
			status := http.StatusNotFound
			if path == offered {
				status = http.StatusOK
			}
			if a := b.get(path); a.status != status || strings.Contains(b.get("/giris").body, path) != (path == offered) {
				t.Errorf("with %q: %s is %d, want %d", offered, path, a.status, status)
			}
			if a := b.do("POST", path+"/sorgu", "application/json", strings.NewReader("{}")); a.status != status {
				t.Errorf("with %q: a challenge of %s is %d, want %d", offered, path, a.status, status)
			}
			if a := b.postLogin(path, []byte("{}")); path != offered && a.status != status {
				t.Errorf("with %q: a login at %s is %d, want %d", offered, path, a.status, status)
			}
		}
	}
	settings, err := portal.ReadSettings(filepath.Join(o.dir, "portal.json"))
	if err != nil {
		t.Fatal(err)
	}
	settings.CardLogin.IdentityCard.Anchors += "x"
	if _, err := portal.LoadCardLogins(settings); err == nil {
		t.Error("anchors that are not there were read")
	}
}
