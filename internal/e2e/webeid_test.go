package e2e

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

// TestWebEID is a site that speaks Web eID, and knows nothing of E-Onay.
func TestWebEID(t *testing.T) { webEID(t, Options{Virtual: true}) }

func webEID(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	t.Run("status", h.webEIDStatus)
	t.Run("login", h.webEIDLogin)
	t.Run("hash that is not allowed", h.webEIDHashOff)
	t.Run("hash", h.webEIDHash)
	t.Run("no login with a key that signs hashes", h.loginOff)
	t.Run("forbidden again", h.hashForbidden)
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
	window.Click(action("continue"))
	return p.hears("get-signing-certificate", "success"), window
}

// asksHash asks for the signature of a hash, with the certificate that was shown and no further press.
func (p *Page) asksHash(certificate string, hash []byte) {
	p.t.Helper()
	Eval[bool](p, `(window.outcome = "", ask("web-eid:sign", { certificate: "`+certificate+`", hash: "`+base64.StdEncoding.EncodeToString(hash)+`", hashFunction: "SHA-384" })
		.then((answer) => { window.outcome = JSON.stringify(answer); }), true)`)
}

func (h hostile) webEIDHashOff(t *testing.T) {
	p := h.fresh(t)
	shown, window := h.shown(t, p)
	if len(shown.SupportedSignatureAlgorithms) != 3 || shown.SupportedSignatureAlgorithms[0] != (webEIDAlgorithm{"ECC", "SHA-256", "NONE"}) {
		t.Errorf("algorithms %v", shown.SupportedSignatureAlgorithms)
	}
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

// allows has the person allow a site to have hashes signed with their key.
func (h hostile) allows(t *testing.T, origin string) {
	t.Helper()
	settings := h.w.Browser.ExtensionPage("manage.html")
	settings.Wait("#hash-origin")
	settings.Type("#hash-origin", origin)
	settings.Click("#hash-sure")
	settings.Click(action("allow-hash"))
	settings.Wait(`[data-hash-site]`)
	settings.Close()
}

func (h hostile) webEIDHash(t *testing.T) {
	p := h.fresh(t)
	h.allows(t, p.origin())
	shown, window := h.shown(t, p)
	hash := sha512.Sum384([]byte("bir sözleşme"))
	p.asksHash(shown.Certificate, hash[:])
	window = h.w.Browser.WindowAfter(window)
	window.Wait("#danger")
	h.signs(window)
	answer := p.hears("sign", "success")
	if answer.SignatureAlgorithm != (webEIDAlgorithm{"ECC", "SHA-384", "NONE"}) {
		t.Errorf("algorithm %v", answer.SignatureAlgorithm)
	}
	der, _ := base64.StdEncoding.DecodeString(shown.Certificate)
	signature, _ := base64.StdEncoding.DecodeString(answer.Signature)
	certificate, err := x509.ParseCertificate(der)
	if err != nil || len(signature) != 96 {
		t.Fatalf("%d bytes: %v", len(signature), err)
	}
	if !ecdsa.Verify(certificate.PublicKey.(*ecdsa.PublicKey), hash[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])) {
		t.Error("the signature is of something else")
	}
	if other := h.fresh(t); other.origin() != p.origin() {
		shown, window := h.shown(t, other)
		other.asksHash(shown.Certificate, hash[:])
		if got := h.w.Browser.WindowAfter(window).Failed(); got != "hash_off" {
			t.Errorf("another site's window shows %q", got)
		}
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
		window.Wait(`[data-code="login_off"]`)
		window.Press(Escape)
		p.outcome()
	}
}

func (h hostile) hashForbidden(t *testing.T) {
	settings := h.w.Browser.ExtensionPage("manage.html")
	settings.Click(action("forbid-hash"))
	settings.WaitFor(`document.querySelector("[data-hash-site]") === null`)
	settings.Close()
	h.login(t)
}
