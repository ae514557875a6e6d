package e2e

import (
	"fmt"
	"strconv"
	"testing"
)

// ActShown is the act that screen 2/2 is about.
type ActShown struct {
	ID, Code, Document string
}

// Act reads the act from screen 2/2.
func (p *Page) Act() ActShown {
	p.t.Helper()
	return ActShown{
		ID:       p.Attribute("#sign", "data-act"),
		Code:     p.Attribute("#code", "data-code"),
		Document: Eval[string](p, `fetch(document.querySelector("#sign").dataset.request).then((r) => r.json()).then((r) => r.documents[0].data)`),
	}
}

// SignBytes has any bytes signed through the page library, by script and not by the portal's button,
// and returns the signature in base64.
func (p *Page) SignBytes(j *Journey, document []byte, code string) string {
	p.t.Helper()
	p.Gesture(`import("/static/client.js").then(({ sign }) => {
		window.signed = sign({ purpose: "deneme", code: "` + code + `",
			documents: [{ name: "belge.txt", mediaType: "text/plain", data: ` + strconv.Quote(string(document)) + ` }] });
		window.signed.catch(() => {});
	})`)
	window := j.w.Browser.Window()
	j.ToPIN(window)
	j.Sign(window, j.w.Card.PIN)
	signature := Eval[string](p, `window.signed.then((r) => btoa(String.fromCharCode(...r.signatures[0].data)))`)
	j.w.Browser.CloseWindows()
	return signature
}

// Posts sends a signature to the portal as the portal's own page does, and compares the answer's code.
func (p *Page) Posts(t *testing.T, act, signature, want string) {
	t.Helper()
	answer := Eval[string](p, fmt.Sprintf(`fetch("/nes/e-onay/imza", { method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ act: %q, signature: %q }) })
		.then(async (r) => { const b = await r.json(); return r.ok ? "" : b.code; })`, act, signature))
	if answer != want {
		t.Errorf("the portal answered %q, want %q", answer, want)
	}
}
