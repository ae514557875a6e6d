package e2e

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// TestWebEID is a site that speaks Web eID, and knows nothing of E-Onay.
func TestWebEID(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	t.Run("status", h.webEIDStatus)
	t.Run("login", h.webEIDLogin)
	t.Run("hash", h.webEIDHash)
}

// webEIDClient makes, in a page, ask(action, more): a message of Web eID's page library, and a promise of what ends it,
// as that library hears it.
const webEIDClient = `window.ask = (action, more = {}) => new Promise((done) => {
	const heard = [];
	const listen = ({ data, source }) => {
		if (source !== window || typeof data?.action !== "string" || !data.action.startsWith(action + "-")) return;
		heard.push(data.action);
		if (data.action === action + "-ack") return;
		removeEventListener("message", listen);
		done({ heard, ...data });
	};
	addEventListener("message", listen);
	postMessage({ action, libraryVersion: "2.0.2", ...more }, "*");
});`

// webEIDAnswer is what a page hears.
type webEIDAnswer struct {
	Heard                        []string
	Action, Extension, NativeApp string
	loggedIn
	Certificate                  string
	SupportedSignatureAlgorithms []webEIDAlgorithm
	SignatureAlgorithm           webEIDAlgorithm
	Error                        struct{ Name, Code, Message, EOnay string }
}

type webEIDAlgorithm struct{ CryptoAlgorithm, HashFunction, PaddingScheme string }

// speaks has the page say one of Web eID's messages as the consequence of a press.
func (p *Page) speaks(action, more string) {
	p.t.Helper()
	Eval[bool](p, `(() => { `+webEIDClient+` return true; })()`)
	p.Gesture(`window.outcome = "";
		ask("web-eid:` + action + `", ` + more + `).then((answer) => { window.outcome = JSON.stringify(answer); });
		document.getElementById("out").textContent = "asked"`)
}

// hears waits for the answer, which comes after an acknowledgement.
func (p *Page) hears(action, end string) webEIDAnswer {
	p.t.Helper()
	var answer webEIDAnswer
	outcome := p.outcome()
	if err := json.Unmarshal([]byte(outcome), &answer); err != nil {
		p.t.Fatalf("%q: %v", outcome, err)
	}
	want := "web-eid:" + action + "-ack web-eid:" + action + "-" + end
	if got := strings.Join(answer.Heard, " "); got != want {
		p.t.Fatalf("the page heard %q, want %q: %s", got, want, outcome)
	}
	return answer
}

func (h hostile) webEIDStatus(t *testing.T) {
	p := h.fresh(t)
	p.speaks("status", "{}")
	answer := p.hears("status", "success")
	if !strings.HasPrefix(answer.Extension, "2.") || !strings.HasPrefix(answer.NativeApp, "2.") {
		t.Errorf("versions %q, %q", answer.Extension, answer.NativeApp)
	}
	h.w.Browser.NoWindow()
}

const webEIDNonce = `{ challengeNonce: "` + nonce + `", options: { lang: "en" } }`

// webEIDLogin checks a token by the published rules of its format: hash(origin) ‖ hash(nonce) is signed, and neither
// is in it.
func (h hostile) webEIDLogin(t *testing.T) {
	p := h.fresh(t)
	p.speaks("authenticate", webEIDNonce)
	window := h.w.Browser.Window()
	window.AtStep("who")
	if got := Eval[string](window, `document.documentElement.lang`); got != "en" {
		t.Errorf("the window speaks %q", got)
	}
	h.signs(window)
	answer := p.hears("authenticate", "success")
	if answer.Format != "web-eid:1.0" || answer.AppVersion == "" || strings.Contains(p.outcome(), nonce) {
		t.Errorf("the page got %s", p.outcome())
	}
	answer.loggedIn.verified(t, func([]byte) []byte {
		origin, challenge := sha512.Sum384([]byte(p.origin())), sha512.Sum384([]byte(nonce))
		return append(origin[:], challenge[:]...)
	})
}

// shown asks for the certificate, as every signature of Web eID begins, and returns it.
func (h hostile) shown(t *testing.T, p *Page) (answer webEIDAnswer, window *Page) {
	t.Helper()
	p.speaks("get-signing-certificate", "{}")
	window = h.w.Browser.Window()
	window.Forward("certificate")
	window.Continue()
	return p.hears("get-signing-certificate", "success"), window
}

// asksHash asks for the signature of a hash, with the certificate that was shown and no further press.
func (p *Page) asksHash(certificate string, hash []byte) {
	p.t.Helper()
	Eval[bool](p, `(window.outcome = "", ask("web-eid:sign", { certificate: "`+certificate+`", hash: "`+base64.StdEncoding.EncodeToString(hash)+`", hashFunction: "SHA-384" })
		.then((answer) => { window.outcome = JSON.stringify(answer); }), true)`)
}

// webEIDHash has a hash signed, and looks what else may be done meanwhile, and what not any more when the site is forbidden
// it.
func (h hostile) webEIDHash(t *testing.T) {
	settings, hash := h.signsHash(t)
	t.Run("another site", func(t *testing.T) { h.webEIDHashOff(t) })
	t.Run("no login meanwhile", func(t *testing.T) { h.loginOff(t) })
	settings.Click(action("forbid-hash"))
	settings.Wait(`#done[data-done="forbidden"]`)
	settings.Wait("#hash-none")
	t.Run("not any more", func(t *testing.T) { h.webEIDHashOff(t) })
	t.Run("a login again", h.login)
	settings.wasRecorded(t, hash)
}

// signsHash has a hash signed: not before the person has allowed it, in the settings that the window opens. It returns those
// and the hash.
func (h hostile) signsHash(t *testing.T) (settings *Page, signed []byte) {
	t.Helper()
	p := h.fresh(t)
	shown, window := h.shown(t, p)
	if len(shown.SupportedSignatureAlgorithms) != 3 || shown.SupportedSignatureAlgorithms[0] != (webEIDAlgorithm{"ECC", "SHA-256", "NONE"}) {
		t.Errorf("algorithms %v", shown.SupportedSignatureAlgorithms)
	}
	hash := sha512.Sum384([]byte("bir sözleşme"))
	p.asksHash(shown.Certificate, hash[:])
	window = h.w.Browser.WindowAfter(window)
	if got := window.Failed(); got != "hash_off" {
		t.Fatalf("the window shows %q", got)
	}
	window.Click(action("settings"))
	settings = h.w.Browser.attach(h.w.Browser.await("/manage.html#allow=", 1)[0])
	settings.t = t
	t.Cleanup(settings.Close)
	settings.asksToAllow()
	if got := Eval[string](settings, typedSite); got != p.origin() {
		t.Errorf("the settings have filled in %q", got)
	}
	settings.allows(t, p.origin(), p.origin())
	window.Click(action("retry"))
	window.Wait(`[data-act="sign-hash"][data-step="who"] #danger`)
	h.signs(window)
	answer := p.hears("sign", "success")
	if answer.SignatureAlgorithm != (webEIDAlgorithm{"ECC", "SHA-384", "NONE"}) {
		t.Errorf("algorithm %v", answer.SignatureAlgorithm)
	}
	verifiesHash(t, shown.Certificate, answer.Signature, hash[:])
	return settings, hash[:]
}

// typedSite is the script that returns the address in the question whether a site may have hashes signed.
const typedSite = `document.getElementById("site").value`

// allowsHash is the person who allows a site, in the settings, with the only certificate that there is, and types the
// site's address.
func (p *Page) allowsHash(t *testing.T, origin string) {
	t.Helper()
	p.asksToAllow()
	p.Type("#site", origin+"/")
	p.allows(t, origin+"/", origin)
}

// asksToAllow opens the question whether a site may have hashes signed.
func (p *Page) asksToAllow() {
	p.t.Helper()
	p.Wait(".certificate")
	p.unfold()
	p.Wait("#hash-none")
	p.Click(action("allow-hash"))
	p.Wait(`[data-screen="allow"] input[name="certificate"]:checked`)
}

// allows answers the question, which says typed, and finds origin allowed.
func (p *Page) allows(t *testing.T, typed, origin string) {
	t.Helper()
	p.Click(action("sign"))
	p.Wait(`#problem[data-code="sure"]`)
	if got := Eval[string](p, typedSite); got != typed {
		t.Errorf("after the problem the field holds %q", got)
	}
	p.Click("#sure")
	p.Click(action("sign"))
	p.Wait(`#done[data-done="allowed"]`)
	if got := p.Text("#hashes li b"); got != origin {
		t.Errorf("the settings show %q, want %q", got, origin)
	}
}

// wasRecorded finds what was done, in words, and the hash that was signed.
func (p *Page) wasRecorded(t *testing.T, hash []byte) {
	t.Helper()
	reads(p, "")
	text := p.Text("#journal-parts")
	for _, want := range []string{"Siteye giriş", "İçeriği görünmeyen imza", "İçeriği görünmeyen imzaya izin", "izninin geri alınması", fmt.Sprintf("SHA-384 %x", hash)} {
		if !strings.Contains(text, want) {
			t.Errorf("the journal lacks %q:\n%s", want, text)
		}
	}
}

func verifiesHash(t *testing.T, certificate, signature string, hash []byte) {
	t.Helper()
	der, _ := base64.StdEncoding.DecodeString(certificate)
	raw, _ := base64.StdEncoding.DecodeString(signature)
	signer, err := x509.ParseCertificate(der)
	if err != nil || len(raw) != 96 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	if !ecdsa.Verify(signer.PublicKey.(*ecdsa.PublicKey), hash, new(big.Int).SetBytes(raw[:48]), new(big.Int).SetBytes(raw[48:])) {
		t.Error("the signature is of something else")
	}
}

// webEIDHashOff asks for a hash that is not allowed here, and gives up.
func (h hostile) webEIDHashOff(t *testing.T) {
	p := h.fresh(t)
	shown, window := h.shown(t, p)
	p.asksHash(shown.Certificate, make([]byte, 48))
	window = h.w.Browser.WindowAfter(window)
	if got := window.Failed(); got != "hash_off" {
		t.Errorf("the window shows %q", got)
	}
	window.Press(Escape)
	if answer := p.hears("sign", "failure"); answer.Error.Code != "ERR_WEBEID_USER_CANCELLED" {
		t.Errorf("the page got %+v", answer.Error)
	}
}

// loginOff tries both formats with the key that now signs hashes.
func (h hostile) loginOff(t *testing.T) {
	for _, ask := range []func(p *Page){
		func(p *Page) { p.call(asksLogin) },
		func(p *Page) { p.speaks("authenticate", webEIDNonce) },
	} {
		p := h.fresh(t)
		ask(p)
		window := h.w.Browser.Window()
		window.Forward("certificate")
		window.Wait(`[data-step="certificate"] [data-code="login_off"]`)
		window.Wait(action("settings"))
		if Eval[int](window, `document.querySelectorAll('[data-action="continue"]').length`) != 0 {
			t.Error("it can be chosen")
		}
		window.Press(Escape)
		p.outcome()
	}
}
