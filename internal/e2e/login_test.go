package e2e

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
)

const loginNonce = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4MTIzNDU2Nzg="

// have asks for something when the mouse is pressed; asked is the script of a promise of what outcome returns.
func (p *Page) have(asked string) {
	p.t.Helper()
	p.Gesture(`window.outcome = ""; (` + asked + `).then(
		(r) => { window.outcome = r; },
		(e) => { window.outcome = e.code ?? String(e); });
		document.getElementById("out").textContent = "asked"`)
}

const (
	wantsLogin       = `client.authenticate({ nonce: "` + loginNonce + `", purpose: "Üye girişi", language: "tr" }).then((r) => r.token)`
	wantsCertificate = `client.certificates({ language: "tr" }).then((r) => r.certificates[0]).then(
		(c) => btoa(String.fromCharCode(...c.data)) + " " + c.algorithms[0].hashFunction)`
)

// webEID is the script that posts a message of Web eID's page library, and waits for its end.
func webEID(action, fields string) string {
	return `new Promise((done) => {
		addEventListener("message", (e) => {
			if (e.data?.action === "web-eid:` + action + `-success") done(JSON.stringify(e.data));
			if (e.data?.action === "web-eid:` + action + `-failure") done(e.data.error.code);
		});
		postMessage({ action: "web-eid:` + action + `", options: { lang: "tr" }, ` + fields + ` }, location.origin);
	})`
}

// TestLogin is what a site can have of a card without a document: a login, a certificate, and what nobody sees.
func TestLogin(t *testing.T) { logins(t, Options{}) }

func logins(t *testing.T, o Options) {
	s := cardActs{hostile{NewWorld(t, o)}}
	t.Run("login", s.logsIn)
	t.Run("Web eID", s.logsInWithWebEID)
	t.Run("given up", s.givesUp)
	t.Run("certificate", s.shows)
	t.Run("hash", s.hash)
}

// cardActs is a world in which sites ask for acts without a document.
type cardActs struct{ hostile }

// token reads a token and verifies it as a site does.
func (s cardActs) token(t *testing.T, p *Page, text string, format string) {
	t.Helper()
	token, err := login.Parse([]byte(text), format)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	certificate := s.w.Card.Certificates[0]
	if !bytes.Equal(token.Certificate, certificate.Raw) {
		t.Error("the token is another certificate's")
	}
	if err := token.Verify(certificate.PublicKey, login.Statement(format, token.Algorithm.Hash, p.origin(), loginNonce, certificate.Raw)); err != nil {
		t.Error(err)
	}
}

func (s cardActs) logsIn(t *testing.T) {
	p := s.fresh(t)
	p.have(wantsLogin)
	window := s.w.Browser.Window()
	window.Wait(`[data-act="authenticate"][data-step="who"] #learns`)
	if got := window.Text("#origin"); got != p.origin() || window.Text("#purpose") != "Üye girişi" {
		t.Errorf("the window shows %q, %q", got, window.Text("#purpose"))
	}
	s.signs(window)
	window.AtStep("done")
	s.token(t, p, p.outcome(), protocol.LoginFormat)
}

func (s cardActs) logsInWithWebEID(t *testing.T) {
	p := s.fresh(t)
	p.have(webEID("authenticate", `challengeNonce: "`+loginNonce+`"`) + `.then((m) => {
		const { action, ...token } = JSON.parse(m);
		return JSON.stringify(token);
	})`)
	window := s.w.Browser.Window()
	window.Wait(`[data-act="authenticate"][data-step="who"]`)
	s.signs(window)
	s.token(t, p, p.outcome(), protocol.LoginFormatWebEID)
}

// givesUp gives a login up, after a wrong PIN: the site hears of neither.
func (s cardActs) givesUp(t *testing.T) {
	p := s.fresh(t)
	p.have(wantsLogin)
	window := s.w.Browser.Window()
	window.Forward("pin")
	window.Type("#pin", "111111")
	window.Press(Enter)
	window.Wait(`[data-step="pin"] [data-code="pin_incorrect"]`)
	window.Press(Escape)
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.NoWindow()
}

func (s cardActs) shows(t *testing.T) {
	p := s.fresh(t)
	certificate, _ := s.shown(t, p)
	if !bytes.Equal(certificate, s.w.Card.Certificates[0].Raw) {
		t.Error("another certificate was shown")
	}
}

// shown has the certificate shown, and returns it with a hash function that its key signs with.
func (s cardActs) shown(t *testing.T, p *Page) (der []byte, function string) {
	t.Helper()
	p.have(wantsCertificate)
	window := s.w.Browser.Window()
	window.Wait(`[data-act="certificates"][data-step="who"]`)
	window.Forward("certificate")
	if got := window.Text(action("continue")); got != "Bu sertifikayı göster" {
		t.Errorf("the button says %q", got)
	}
	window.Click(action("continue"))
	window.AtStep("done")
	data, function, _ := strings.Cut(p.outcome(), " ")
	der, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	s.w.Browser.CloseWindows()
	return der, function
}

// hash has a hash signed: not before the person has allowed it, and with a key that then logs in nowhere.
func (s cardActs) hash(t *testing.T) {
	p := s.fresh(t)
	der, function := s.shown(t, p)
	hash, known := login.HashNamed(function)
	if !known {
		t.Fatalf("hash function %q", function)
	}
	h := hash.New()
	h.Write([]byte("what nobody sees"))
	digest := h.Sum(nil)
	wants := webEID("sign", `certificate: "`+base64.StdEncoding.EncodeToString(der)+`", hash: "`+
		base64.StdEncoding.EncodeToString(digest)+`", hashFunction: "`+function+`"`)

	p.have(wants)
	window := s.w.Browser.Window()
	if got := window.Failed(); got != "hash_off" {
		t.Fatalf("what nobody has allowed fails with %q", got)
	}
	window.Click(action("settings"))
	settings := s.w.Browser.ExtensionPage("manage.html")
	t.Cleanup(settings.Close)
	s.allow(t, settings, p.origin())

	window.Click(action("retry"))
	window.Wait(`[data-act="sign-hash"][data-step="who"] #danger`)
	s.signs(window)
	window.AtStep("done")
	s.signature(t, p.outcome(), hash, digest)

	t.Run("no login meanwhile", func(t *testing.T) { s.noLogin(t) })
	settings.Click(action("forbid-hash"))
	settings.Wait(`#done[data-done="forbidden"]`)
	settings.Wait("#hash-none")
	t.Run("a login again", s.logsIn)
	s.journal(t, settings)
}

// allow allows a site in the settings, with the only certificate that there is.
func (s cardActs) allow(t *testing.T, settings *Page, origin string) {
	t.Helper()
	settings.Wait("#hash-none")
	settings.Wait(".certificate")
	settings.Click(action("allow-hash"))
	settings.Wait(`[data-screen="allow"] input[name="certificate"]:checked`)
	settings.Type("#site", origin+"/")
	settings.Click(action("sign"))
	settings.Wait(`#problem[data-code="sure"]`)
	if got := Eval[string](settings, `document.getElementById("site").value`); got != origin+"/" {
		t.Errorf("after the problem the field holds %q", got)
	}
	settings.Click("#sure")
	settings.Click(action("sign"))
	settings.Wait(`#done[data-done="allowed"]`)
	if got := settings.Text("#hashes li b"); got != origin {
		t.Errorf("the settings show %q, want %q", got, origin)
	}
}

// signature verifies what Web eID's library would be told.
func (s cardActs) signature(t *testing.T, told string, hash crypto.Hash, digest []byte) {
	t.Helper()
	_, rest, _ := strings.Cut(told, `"signature":"`)
	text, _, _ := strings.Cut(rest, `"`)
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("%v: %s", err, told)
	}
	if err := login.Verify(s.w.Card.Certificates[0].PublicKey, false, hash, digest, signature); err != nil {
		t.Errorf("%v: %s", err, told)
	}
}

// noLogin looks at why a key that signs hashes cannot be chosen for a login.
func (s cardActs) noLogin(t *testing.T) {
	p := s.fresh(t)
	p.have(wantsLogin)
	window := s.w.Browser.Window()
	window.Forward("certificate")
	window.Wait(`[data-step="certificate"] [data-code="login_off"]`)
	if Eval[int](window, `document.querySelectorAll('[data-action="continue"]').length`) != 0 {
		t.Error("it can be chosen")
	}
	window.Press(Escape)
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
}

// journal finds what was done, in words.
func (s cardActs) journal(t *testing.T, settings *Page) {
	t.Helper()
	reads(settings, "")
	text := settings.Text("#journal-parts")
	for _, want := range []string{"Siteye giriş", "İçeriği görünmeyen imza", "İçeriği görünmeyen imzaya izin", "izninin geri alınması"} {
		if !strings.Contains(text, want) {
			t.Errorf("the journal lacks %q:\n%s", want, text)
		}
	}
}

// TestLoginAccessibility is TestAccessibility for the screens of logins, certificates and hashes.
func TestLoginAccessibility(t *testing.T) {
	inBothLanguages(t, Options{}, func(t *testing.T, j *Journey, check Observer) {
		s := cardActs{hostile{j.w}}
		settings := j.w.SetPhrase("mavi kapı")
		settings.Click(`input[name="language"][value="` + j.Language + `"]`)
		settings.Wait(`html[lang="` + j.Language + `"]`)
		p := s.fresh(t)
		s.passes(p, wantsLogin, "login", check)
		s.passes(p, wantsCertificate, "show", check)

		digest := sha256.Sum256([]byte("what nobody sees"))
		wants := webEID("sign", `certificate: "`+base64.StdEncoding.EncodeToString(s.w.Card.Certificates[0].Raw)+`", hash: "`+
			base64.StdEncoding.EncodeToString(digest[:])+`", hashFunction: "SHA-256"`)
		p.have(wants)
		window := j.w.Browser.Window()
		window.Failed()
		check("window-hash-off", window)
		settings = j.w.Browser.ExtensionPage("manage.html")
		settings.Wait(".certificate")
		settings.Click(action("allow-hash"))
		settings.Wait(`[data-screen="allow"] input[name="certificate"]:checked`)
		settings.Click(action("sign"))
		settings.Wait(`#problem[data-code="site"]`)
		check("settings-allow", settings)
		settings.Type("#site", p.origin())
		settings.Click("#sure")
		settings.Click(action("sign"))
		settings.Wait(`#done[data-done="allowed"]`)
		check("settings-allowed", settings)
		j.w.Browser.CloseWindows()
		p = s.fresh(t)
		settings.Click(action("forbid-hash"))
		settings.Wait(`#done[data-done="forbidden"]`)
	})
}

// passes goes through the screens of an act that a page asks for, and closes its window.
func (s cardActs) passes(p *Page, wants, name string, check Observer) {
	p.have(wants)
	window := s.w.Browser.Window()
	for _, step := range []string{"who", "certificate", "pin"} {
		window.Forward(step)
		check("window-"+name+"-"+step, window)
		if step == "certificate" && name == "show" {
			window.Click(action("continue"))
			break
		}
	}
	if name != "show" {
		window.Type("#pin", s.w.Card.PIN)
		window.Press(Enter)
	}
	window.AtStep("done")
	window.Press(Tab) // or it closes by itself
	check("window-"+name+"-done", window)
	s.w.Browser.CloseWindows()
}
