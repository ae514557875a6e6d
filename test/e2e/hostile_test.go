package e2e

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/cades"
)

// ask calls the page library's sign as the consequence of a press; the outcome goes to window.outcome:
// "signed:" + base64, or the error's code.
func (p *Page) ask(request string) {
	p.t.Helper()
	p.Gesture(`window.outcome = "";
		client.sign(` + request + `).then(
			async (r) => { window.outcome = "signed:" + btoa(String.fromCharCode(...new Uint8Array(await r.signatures[0].file.arrayBuffer()))); },
			(e) => { window.outcome = e.code ?? String(e); });
		document.getElementById("out").textContent = "asked"`)
}

func (p *Page) origin() string { return Eval[string](p, "location.origin") }

// outcome waits for what ask came to.
func (p *Page) outcome() string {
	p.t.Helper()
	return Eval[string](p, `new Promise((done) => {
		const look = () => window.outcome ? done(window.outcome) : setTimeout(look, 5);
		look();
	})`)
}

const plain = `{ purpose: "deneme", documents: [{ name: "belge.txt", mediaType: "text/plain", data: "Merhaba.\n" }] }`

// hostile is a page that tries everything it can say, in one world for all its attempts.
type hostile struct{ w *World }

// fresh returns a newly loaded page of a site of its own, when no window is open: what one attempt may be refused for,
// the next has not done.
func (h hostile) fresh(t *testing.T) *Page {
	t.Helper()
	return h.load(t, StartSite(t).URL)
}

// load returns a newly loaded page, when no window is open.
func (h hostile) load(t *testing.T, url string) *Page {
	t.Helper()
	h.w.Browser.CloseWindows()
	p := h.w.Browser.NewPage(url)
	p.t = t
	t.Cleanup(p.Close)
	p.WaitFor(`window.client !== undefined`)
	return p
}

// signs answers the window's questions and gives the PIN.
func (h hostile) signs(window *Page) {
	window.Forward("pin")
	window.Type("#pin", h.w.Card.PIN)
	window.Press(Enter)
}

// honest asks as a page should, and is served.
func (h hostile) honest(t *testing.T) {
	p := h.fresh(t)
	p.ask(plain)
	h.signs(h.w.Browser.Window())
	if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
		t.Errorf("the honest page got %q", got)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	t.Run("forged origin", h.forgedOrigin)
	t.Run("forged answer", h.forgedAnswer)
	t.Run("changes the document", h.changesDocument)
	t.Run("hidden text", h.hiddenText)
	t.Run("markup", h.markup)
	t.Run("no gesture", h.noGesture)
	t.Run("two at once", h.twoAtOnce)
	t.Run("frame", h.frame)
	t.Run("refused requests", h.refusedRequests)
	t.Run("honest, after all of it", h.honest)
}

func (h hostile) forgedOrigin(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `raw("sign", { ...request, origin: "https://www.turkiye.gov.tr" })`)
	p.WaitFor(`heard.some((m) => m.body?.code === "request_invalid" && m.body.detail.includes('"origin"'))`)
	h.w.Browser.NoWindow()
	p.Gesture(`window.postMessage({ eonay: 1, to: "extension", id: crypto.randomUUID(), type: "sign",
		origin: "https://www.turkiye.gov.tr", sender: { origin: "https://www.turkiye.gov.tr" }, body: request }, location.origin)`)
	if got, want := h.w.Browser.Window().Text("#origin"), p.origin(); got != want {
		t.Errorf("the window shows %q, want %q", got, want)
	}
}

func (h hostile) forgedAnswer(t *testing.T) {
	p := h.fresh(t)
	p.ask(plain)
	window := h.w.Browser.Window()
	window.AtStep("who")
	Eval[bool](p, `(() => {
		for (let i = 0; i < 1000; i++) {
			window.postMessage({ eonay: 1, to: "page", id: crypto.randomUUID(), type: "signed", body: { signatures: [] } }, "*");
			window.postMessage({ eonay: 1, to: "extension", id: crypto.randomUUID(), type: "chunk", body: { document: 0, offset: 0, data: "" } }, "*");
		}
		return true;
	})()`)
	window.AtStep("who")
	window.Click(action("cancel"))
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
}

func (h hostile) changesDocument(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(`window.bytes = new TextEncoder().encode("Borcum yoktur.\n")`)
	p.ask(`{ purpose: "deneme", documents: [{ name: "b.txt", mediaType: "text/plain", data: window.bytes }] }`)
	p.Gesture(`window.bytes.fill(88)`)
	h.signs(h.w.Browser.Window())
	der, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.outcome(), "signed:"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := cades.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Verify([]byte("Borcum yoktur.\n")); err != nil {
		t.Errorf("the signature is not over what was shown: %v", err)
	}
}

func (h hostile) hiddenText(t *testing.T) {
	p := h.fresh(t)
	p.ask(`{ purpose: "deneme", documents: [{ name: "b.txt", mediaType: "text/plain", data: "Ode \u202e 001 TL\n" }] }`)
	window := h.w.Browser.Window()
	window.Forward("document")
	if text := window.Text("#document-text"); !strings.Contains(text, "U+202E") {
		t.Errorf("the override cannot be seen:\n%s", text)
	}
}

func (h hostile) markup(t *testing.T) {
	p := h.fresh(t)
	const markup = "`<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>`"
	p.ask(`{ purpose: ` + markup + `, documents: [{ name: ` + markup + `, mediaType: "text/plain", data: ` + markup + ` }] }`)
	window := h.w.Browser.Window()
	for _, step := range []string{"who", "document"} {
		window.Forward(step)
		if text := window.Text("body"); !strings.Contains(text, "onerror=") {
			t.Errorf("step %s does not show the text as it is:\n%s", step, text)
		}
	}
	if Eval[bool](window, `document.title.includes("taken") || document.querySelector("img[onerror], main script") !== null`) {
		t.Error("the markup became part of the window")
	}
}

func (h hostile) noGesture(t *testing.T) {
	p := h.fresh(t)
	got := Eval[string](p, `client.sign(`+plain+`).then(() => "signed", (e) => e.code)`)
	if got != "gesture_required" {
		t.Errorf("the page got %q", got)
	}
	h.w.Browser.NoWindow()
}

func (h hostile) twoAtOnce(t *testing.T) {
	p := h.fresh(t)
	p.ask(plain)
	h.w.Browser.Window().AtStep("who")
	p.ask(plain)
	if got := p.outcome(); got != "busy" {
		t.Errorf("the page got %q", got)
	}
	h.w.Browser.await(signingWindow, 1)
}

func (h hostile) frame(t *testing.T) {
	p := h.fresh(t)
	got := Eval[string](p, `new Promise((done) => {
		const frame = document.createElement("iframe");
		frame.src = location.href;
		frame.onload = () => { const look = () => frame.contentWindow.client
			? frame.contentWindow.client.sign(`+plain+`).then(() => done("signed"), (e) => done(e.code)) : setTimeout(look, 5); look(); };
		document.body.append(frame);
	})`)
	if got != "extension_missing" {
		t.Errorf("the frame got %q", got)
	}
}

// refusedRequests are one for each place that refuses: library, content script and window. All that they refuse is in
// web/client, extension/content.test.js and wasm/document.
func (h hostile) refusedRequests(t *testing.T) {
	for name, tt := range map[string]struct{ request, code string }{
		"too large":            {`{ purpose: "d", documents: [{ name: "b", mediaType: "text/plain", data: new Uint8Array((10 << 20) + 1).fill(65) }] }`, "request_too_large"},
		"another kind":         {`{ purpose: "d", documents: [{ name: "b", mediaType: "application/pdf", data: "MZ" }] }`, "document_mismatch"},
		"not text":             {`{ purpose: "d", documents: [{ name: "b", mediaType: "text/plain", data: new Uint8Array([0xff, 0xfe, 0]) }] }`, "document_unreadable"},
		"code not in document": {`{ purpose: "d", code: "168857414351237", documents: [{ name: "b", mediaType: "text/plain", data: "a" }] }`, "code_not_in_document"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.fresh(t)
			p.ask(tt.request)
			if got := p.outcome(); got != tt.code {
				t.Errorf("the page got %q, want %q", got, tt.code)
			}
		})
	}
}
