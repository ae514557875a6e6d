package e2e

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

const nonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// TestLogin is what a site asks for that is about no document: who is there, and with which certificate they sign.
func TestLogin(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	t.Run("login", h.login)
	t.Run("cancelled", h.loginCancelled)
	t.Run("wrong PIN", h.loginWrongPIN)
	t.Run("certificate and signature", h.certificateAndSignature)
	t.Run("refused requests", h.loginsRefused)
}

// call calls a function of the page library as the consequence of a press; outcome tells what came of it: its result as
// JSON, bytes in base64, or the error's code.
func (p *Page) call(call string) {
	p.t.Helper()
	p.Gesture(`window.outcome = "";
		client.` + call + `.then(
			(r) => { window.outcome = JSON.stringify(r, (_, v) => v instanceof Uint8Array ? v.toBase64?.() ?? btoa(String.fromCharCode(...v)) : v); },
			(e) => { window.outcome = e.code ?? String(e); });
		document.getElementById("out").textContent = "asked"`)
}

const asksLogin = `authenticate({ nonce: "` + nonce + `", purpose: "Üye girişi" })`

// loggedIn is a login's token as it is read here, by no code of ours.
type loggedIn struct {
	Format, Algorithm, Certificate, UnverifiedCertificate, Signature, AppVersion string
}

// verified checks the signature of a token over a statement, with the one algorithm that the cards of these tests have:
// ECDSA on P-384 with SHA-384.
func (l loggedIn) verified(t *testing.T, statement func(certificate []byte) []byte) *x509.Certificate {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(l.Certificate + l.UnverifiedCertificate)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(l.Signature)
	if err != nil || len(signature) != 96 || l.Algorithm != "ES384" {
		t.Fatalf("%s, %d bytes: %v", l.Algorithm, len(signature), err)
	}
	digest := sha512.Sum384(statement(der))
	if !ecdsa.Verify(certificate.PublicKey.(*ecdsa.PublicKey), digest[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])) {
		t.Error("the signature is of something else")
	}
	return certificate
}

func (h hostile) login(t *testing.T) {
	p := h.fresh(t)
	p.call(asksLogin)
	window := h.w.Browser.Window()
	window.AtStep("who")
	if origin, purpose := window.Text("#origin"), window.Text("#purpose"); origin != p.origin() || purpose != "Üye girişi" {
		t.Errorf("the window shows %q, %q", origin, purpose)
	}
	h.signs(window)
	var result struct{ Token string }
	var token loggedIn
	if got := p.outcome(); json.Unmarshal([]byte(got), &result) != nil || json.Unmarshal([]byte(result.Token), &token) != nil {
		t.Fatalf("the page got %q", got)
	}
	if token.Format != "eonay-login:1" {
		t.Errorf("format %q", token.Format)
	}
	certificate := token.verified(t, func(der []byte) []byte {
		digest := sha256.Sum256(der)
		return fmt.Appendf(nil, "tr.eonay.login v1\n%s\n%s\n%s\n", p.origin(), nonce, hex.EncodeToString(digest[:]))
	})
	if certificate.Subject.CommonName != Ayse.Name {
		t.Errorf("%q has logged in", certificate.Subject.CommonName)
	}
}

func (h hostile) loginCancelled(t *testing.T) {
	p := h.fresh(t)
	p.call(asksLogin)
	window := h.w.Browser.Window()
	window.Forward("certificate")
	window.Press(Escape)
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
	h.w.Browser.NoWindow()
	p.call(`authenticate({ nonce: "` + nonce + `", signal: (window.gone = new AbortController()).signal })`)
	h.w.Browser.Window().AtStep("who")
	Eval[bool](p, `(gone.abort(), true)`)
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
}

func (h hostile) loginWrongPIN(t *testing.T) {
	p := h.fresh(t)
	p.call(asksLogin)
	window := h.w.Browser.Window()
	window.Forward("pin")
	window.Type("#pin", "999999")
	window.Press(Enter)
	window.Wait(`#problem[data-code="pin_incorrect"]`)
	window.Type("#pin", h.w.Card.PIN)
	window.Press(Enter)
	if got := p.outcome(); !strings.HasPrefix(got, `{"token":`) {
		t.Errorf("the page got %q", got)
	}
}

// certificateAndSignature is how a site asks that prepares what is signed at its server, for the certificate: the
// second question needs no second press.
func (h hostile) certificateAndSignature(t *testing.T) {
	p := h.fresh(t)
	p.call(`certificates().then(async (shown) => {
		await new Promise((done) => setTimeout(done, 10)); // the server
		const signed = await client.sign(` + plain + `);
		return { shown, signed };
	})`)
	window := h.w.Browser.Window()
	window.Forward("certificate")
	window.Continue()
	signing := h.w.Browser.WindowAfter(window)
	h.signs(signing)
	var got struct {
		Shown struct{ Certificates []struct{ Data string } }
	}
	if outcome := p.outcome(); json.Unmarshal([]byte(outcome), &got) != nil || len(got.Shown.Certificates) != 1 {
		t.Fatalf("the page got %q", outcome)
	}
	der, _ := base64.StdEncoding.DecodeString(got.Shown.Certificates[0].Data)
	if certificate, err := x509.ParseCertificate(der); err != nil || certificate.Subject.CommonName != Ayse.Name {
		t.Errorf("the page got another certificate: %v", err)
	}
}

func (h hostile) loginsRefused(t *testing.T) {
	for _, tt := range []struct{ call, code string }{
		{`authenticate({ nonce: "kisa" })`, "request_invalid"},
		{`authenticate({ nonce: "` + strings.Repeat("A", 132) + `" })`, "request_invalid"},
		{`authenticate({ nonce: "` + nonce + `", purpose: "iki\nsatır" })`, "request_invalid"},
		{`certificates({ purpose: "` + strings.Repeat("a", 301) + `" })`, "request_invalid"},
	} {
		p := h.fresh(t)
		p.call(tt.call)
		if got := p.outcome(); got != tt.code {
			t.Errorf("%s: the page got %q, want %q", tt.call, got, tt.code)
		}
		h.w.Browser.NoWindow()
	}
}
