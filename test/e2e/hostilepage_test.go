package e2e

import (
	"strings"
	"testing"
	"time"
)

// talk prepares a page to speak to the extension without the library: raw(type, body) posts a message
// of one request, heard holds the answers.
const talk = `window.heard = []; window.id = crypto.randomUUID();
	addEventListener("message", (e) => { if (e.data?.to === "page") heard.push(e.data); });
	window.raw = (type, body) => postMessage({ eonay: 1, to: "extension", id, type, body }, location.origin);
	window.request = { purpose: "deneme", format: "cades", profile: "P1", language: "tr",
		documents: [{ name: "b.txt", mediaType: "text/plain", size: 9 }] };`

// TestHostilePage is what a page tries that does not use the library, or not as it is meant.
func TestHostilePage(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	t.Run("one press, many windows", h.onePress)
	t.Run("reopened windows", h.reopened)
	t.Run("flood", h.flood)
	t.Run("polluted prototypes", h.polluted)
	t.Run("frames and popups", h.frames)
	t.Run("leaves at once", h.leaves)
	t.Run("chunks", h.chunks)
	t.Run("shapes", h.shapes)
	t.Run("texts", h.texts)
	t.Run("long lines", h.longLines)
	t.Run("honest, after all of it", h.honest)
}

// onePress cancels and asks again while the browser remembers one press.
func (h hostile) onePress(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `for (let i = 0; i < 50; i++) {
		window.id = crypto.randomUUID();
		raw("sign", request);
		raw("cancel");
	}`)
	p.WaitFor(`heard.filter((m) => m.type === "failed").length === 50`)
	if opened := Eval[int](p, `heard.filter((m) => m.type === "accepted").length`); opened != 1 {
		t.Errorf("the page opened %d windows with one press", opened)
	}
	h.w.Browser.NoWindow()
}

// reopened uses one press after the other for a window that nobody wants, until it gets none: as soon as six of them have
// been opened within a minute, and not before. On a slow machine the first are forgotten before the seventh.
func (h hostile) reopened(t *testing.T) {
	p := h.fresh(t)
	Eval[bool](p, talk+`true`)
	type window struct{ earliest, latest time.Time } // when it was opened
	var opened []window
	within := func(is func(w window) bool) (n int) {
		for _, w := range opened {
			if is(w) {
				n++
			}
		}
		return n
	}
	for range 60 {
		asked := time.Now()
		p.Gesture(`window.id = crypto.randomUUID(); raw("sign", request)`)
		p.WaitFor(`heard.some((m) => m.id === id && (m.type === "pull" || m.type === "failed"))`)
		got := Eval[string](p, `heard.find((m) => m.id === id && m.type === "failed")?.body.code ?? "opened"`)
		answered := time.Now()
		surely := within(func(w window) bool { return answered.Sub(w.earliest) < time.Minute })
		perhaps := within(func(w window) bool { return asked.Sub(w.latest) < time.Minute })
		switch {
		case got == "too_many" && perhaps >= 6:
			return
		case got == "opened" && surely < 6:
			opened = append(opened, window{asked, answered})
			Eval[bool](p, `raw("cancel") ?? true`)
		default:
			t.Fatalf("after %d windows, %d to %d of them within a minute: %s", len(opened), surely, perhaps, got)
		}
	}
	t.Error("the page gets one window after the other")
}

// flood sends ten thousand messages of every kind while a window is open.
func (h hostile) flood(t *testing.T) {
	p := h.fresh(t)
	p.ask(plain)
	window := h.w.Browser.Window()
	window.AtStep("who")
	Eval[bool](p, talk+`(() => {
		for (let i = 0; i < 10000; i++) {
			window.id = crypto.randomUUID();
			raw(["sign", "status", "chunk", "cancel", "signed", "__proto__"][i % 6], i % 2 ? request : { document: 0, offset: 0, data: "AAAA" });
		}
		return true;
	})()`)
	p.WaitFor(`heard.filter((m) => m.type === "status-reply").length === 1667`)
	h.w.AwaitHosts(1)
	h.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
		t.Errorf("the page got %q", got)
	}
}

// polluted changes what scripts of the page's own world build on.
func (h hostile) polluted(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `
		for (const [name, value] of Object.entries({ origin: "https://www.turkiye.gov.tr", code: "168857414351237", type: "sign",
			documentId: "X", tabId: 1, to: "extension", problem: "busy", pin: "1", embedder: "https://www.turkiye.gov.tr",
			origins: ["https://baska.test"], nonce: "A".repeat(44), format: "eonay-login:1", language: "tr" })) Object.prototype[name] = value;
		Array.prototype.map = () => []; Array.prototype.includes = () => true; Object.hasOwn = () => true;
		JSON.stringify = JSON.parse = () => ({}); RegExp.prototype.test = () => true; TextEncoder.prototype.encode = () => [];
		Object.defineProperty(navigator, "userActivation", { value: { isActive: true } });
		Object.defineProperty(Event.prototype, "isTrusted", { value: true });
		raw("sign", request)`)
	p.WaitFor(`heard.length > 0`)
	if got := Eval[string](p, `heard[0].type === "failed" ? heard[0].body.code : heard[0].type`); got != "accepted" {
		t.Fatalf("the page heard %q", got)
	}
	window := h.w.Browser.Window()
	if got, want := window.Text("#origin"), p.origin(); got != want {
		t.Errorf("the window shows %q, want %q", got, want)
	}
	p.WaitFor(`heard.some((m) => m.type === "pull")`)
	Eval[bool](p, `raw("chunk", { document: 0, offset: 0, data: btoa("Merhaba.\n") }) ?? true`)
	window.Forward("document")
	window.Wait("#document-text")
	if got := strings.TrimSpace(window.Text("#document-text")); got != "Merhaba." {
		t.Errorf("the window shows %q", got)
	}
	h.w.Browser.CloseWindows()
	p.WaitFor(`heard.some((m) => m.body?.code === "cancelled")`)
	Eval[bool](p, `(heard.length = 0, window.id = crypto.randomUUID(), raw("sign", request), true)`)
	p.WaitFor(`heard.some((m) => m.body?.code === "gesture_required")`)
	for _, act := range []string{"delegate", "authenticate", "certificates"} {
		Eval[bool](p, `(heard.length = 0, window.id = crypto.randomUUID(), raw("`+act+`", {}), true)`)
		p.WaitFor(`heard.some((m) => m.body?.code === "request_invalid")`)
	}
}

// frames asks from documents that are not the tab's own.
func (h hostile) frames(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `
		const code = "<script>const m = " + JSON.stringify({ eonay: 1, to: "extension", id, type: "sign", body: request }) +
			"; for (const w of [window, parent, top, opener]) try { w?.postMessage(m, '*'); } catch {}" +
			"; (opener ?? parent).postMessage('tried', '*');<\/script>";
		window.tried = 0;
		addEventListener("message", (e) => { if (e.data === "tried") window.tried++; });
		const frame = (set) => { const f = document.createElement("iframe"); set(f); document.body.append(f); };
		frame((f) => { f.srcdoc = code; });
		frame((f) => { f.sandbox = "allow-scripts"; f.srcdoc = code; });
		frame((f) => { f.src = "data:text/html," + encodeURIComponent(code); });
		frame((f) => { f.src = URL.createObjectURL(new Blob([code], { type: "text/html" })); });
		window.popup = window.open("about:blank");
		popup.document.write(code)`)
	p.WaitFor(`tried === 5`)
	Eval[bool](p, `(popup.close(), raw("status"), true)`)
	p.WaitFor(`heard.some((m) => m.type === "status-reply")`) // what came before it was answered before it
	if got := Eval[int](p, `heard.filter((m) => m.type !== "status-reply").length`); got != 0 {
		t.Errorf("the extension answered a frame %d times", got)
	}
	h.w.Browser.NoWindow()
}

// leaves asks and goes elsewhere as soon as its request was heard, so that another document could receive the signature.
// A page that leaves before that has asked nothing: Firefox may run a timer before the message is delivered.
func (h hostile) leaves(t *testing.T) {
	for name, leave := range map[string]string{
		"another page": `location.href = "/baska"`,
		"reloads":      `location.reload()`,
		"writes anew":  `document.open(), document.write("<title>x</title><p>x"), document.close(), history.pushState(0, "", "/x"), location.href = "/y"`,
	} {
		t.Run(name, func(t *testing.T) {
			p := h.fresh(t)
			p.Gesture(talk + `
				addEventListener("message", (e) => { if (e.data?.type === "accepted") { ` + leave + ` } });
				raw("sign", request)`)
			if code := h.w.Browser.Window().Failed(); code != "page_gone" {
				t.Errorf("the window says %q", code)
			}
		})
	}
}

// chunks answers a pull with what was not asked for, or not at all.
func (h hostile) chunks(t *testing.T) {
	for name, tt := range map[string]struct{ chunk, code string }{
		"longer": {`{ document: 0, offset: 0, data: btoa("0123456789") }`, "document_changed"},
		"broken": {`{ document: 0, offset: 0, data: "====" }`, "request_invalid"},
		// This is dropped, as all that was not asked for (extension/content.test.js): the window goes on waiting, and the
		// person can cancel.
		"another place": {`{ document: 0, offset: 1, data: btoa("012345678") }`, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.fresh(t)
			p.Gesture(talk + `raw("sign", request)`)
			p.WaitFor(`heard.some((m) => m.type === "pull")`)
			Eval[bool](p, `(raw("chunk", `+tt.chunk+`), true)`)
			window := h.w.Browser.Window()
			if tt.code == "cancelled" {
				window.Forward("document")
				if Eval[bool](window, `document.querySelector('[data-action="continue"]').matches(":enabled")`) {
					t.Error("the person can go on without the document")
				}
				window.Click(action("cancel"))
			} else if code := window.Failed(); code != tt.code {
				t.Errorf("the window says %q, want %q", code, tt.code)
			}
			p.WaitFor(`heard.at(-1).type === "failed"`)
			if got := Eval[string](p, `heard.at(-1).body.code`); got != "cancelled" { // all a page learns before the first answer
				if tt.code == "cancelled" || got != tt.code {
					t.Errorf("the page got %q, want %q", got, tt.code)
				}
			}
		})
	}
}

// shapes sends requests that no library would; each is refused with its code and opens nothing.
func (h hostile) shapes(t *testing.T) {
	p := h.fresh(t)
	Eval[bool](p, talk+`true`)
	for change, code := range map[string]string{
		`purpose: "iki\nsatır"`:                                            "request_invalid",
		`purpose: "a\u2028b"`:                                              "request_invalid",
		`purpose: "\ud800"`:                                                "request_invalid",
		`purpose: "x".repeat(301)`:                                         "request_invalid",
		`purpose: "ş".repeat(151)`:                                         "request_invalid",
		`code: "１６８８５７４１４３５１２３７"`:                                          "request_invalid",
		`code: "168\u200b857414351237"`:                                    "request_invalid",
		`documents: { length: 1, 0: {} }`:                                  "request_invalid",
		`documents: new Array(1e6)`:                                        "request_invalid",
		`documents: [{ ...request.documents[0], name: "a\rb" }]`:           "request_invalid",
		`documents: [{ ...request.documents[0], name: "x".repeat(201) }]`:  "request_invalid",
		`documents: [{ ...request.documents[0], size: 1e308 }]`:            "request_invalid",
		`documents: [{ ...request.documents[0], size: 0.5 }]`:              "request_invalid",
		`documents: [{ ...request.documents[0], mediaType: "Text/HTML" }]`: "request_invalid",
		`documents: Array(1001).fill(request.documents[0])`:                "request_invalid",
		`language: "tr\u202e"`:                                             "request_invalid",
	} {
		p.Gesture(`heard.length = 0; raw("sign", { ...request, ` + change + ` })`)
		p.WaitFor(`heard.length > 0`)
		if got := Eval[string](p, `heard[0].body?.code ?? heard[0].type`); got != code {
			t.Errorf("%s: %q, want %q", change, got, code)
		}
	}
	h.w.Browser.NoWindow()
}

// texts are documents that look otherwise than they are: one that is shown with its marks, and those that are refused. What
// is marked, and what is no code, is in wasm/document.
func (h hostile) texts(t *testing.T) {
	const code = "168857414351237"
	for name, tt := range map[string]struct{ text, code, want string }{
		"marks":                     {`"kabul\u200betmem a\u2065b\ufff3c " + "\u0001".repeat(400)`, "", "U+200B"},
		"too many controls":         {`"\u0001".repeat(1001)`, "", "document_unreadable"},
		"code reversed by override": {`"Kod: \u202e732153414758861"`, code, "code_not_in_document"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.fresh(t)
			p.ask(`{ purpose: "deneme", code: "` + tt.code + `", documents: [{ name: "b.txt", mediaType: "text/plain", data: ` + tt.text + ` }] }`)
			window := h.w.Browser.Window()
			if strings.HasPrefix(tt.want, "U+") {
				window.Forward("document")
				if text := window.Text("#document-text"); !strings.Contains(text, tt.want) {
					t.Errorf("the window shows %.200q, without %s", text, tt.want)
				}
			} else if got := window.Failed(); got != tt.want {
				t.Errorf("the window says %q, want %q", got, tt.want)
			}
		})
	}
}

// longLines shows what has no place to break, and what takes browsers long to lay out: nothing of it
// leaves the window, and the window goes on to answer.
func (h hostile) longLines(t *testing.T) {
	t.Run("letters", func(t *testing.T) { h.longLine(t, `"W".repeat(1 << 20)`) })
	t.Run("both directions", h.bothDirections)
	t.Run("empty lines", func(t *testing.T) { h.longLine(t, `"\n".repeat(1 << 20)`) })
}

func (h hostile) bothDirections(t *testing.T) { h.longLine(t, `"a\u05d0".repeat(300000)`) }

// longLine shows a document with a text, the value of an expression.
func (h hostile) longLine(t *testing.T, text string) {
	t.Helper()
	p := h.fresh(t)
	p.ask(`{ purpose: "ş".repeat(150), documents: [
		{ name: "\u05d0".repeat(66) + "x".repeat(68), mediaType: "text/plain", data: ` + text + ` }] }`)
	window := h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	for _, step := range []string{"who", "document"} {
		window.Forward(step)
		window.WaitFor(`(document.querySelector("#document-text, #purpose")?.textContent ?? "") !== ""`)
		if wide := Eval[int](window, `document.documentElement.scrollWidth`); wide > 480 {
			t.Errorf("step %s is %d pixels wide", step, wide)
		}
	}
	const shown = `document.getElementById("document-text").textContent` // to what is near to the view
	if !Eval[bool](window, text+`.startsWith(`+shown+`) && `+shown+`.length > 1 << 17`) {
		t.Error("the window shows another text")
	}
	Eval[bool](window, `(document.getElementById("document").scrollTop = 1e9, true)`)
	window.Click(`button[lang="en"][data-action]`)
	window.WaitFor(`document.documentElement.lang === "en"`)
	window.Click(`button[lang="tr"][data-action]`)
	window.WaitFor(`document.documentElement.lang === "tr"`)
	window.Continue()
	window.AtStep("certificate")
}

// TestOtherPort has a page at another port of the portal's host, which the browser takes for the same
// site and gives the portal's cookies, post what only the portal's own pages may.
func TestOtherPort(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.ToCode(page, Give)
	code := page.Act().Code
	site := w.Browser.NewPage(StartSite(t).URL)
	for _, path := range []string{"/cikis", "/nes/e-onay/imza/kod", "/nes/e-onay", "/dil"} {
		Eval[bool](site, `fetch("`+w.Portal.URL+path+`", { method: "POST", credentials: "include", mode: "no-cors" }).then(() => true, () => true)`)
	}
	Eval[bool](site, `(() => {
		const form = document.body.appendChild(document.createElement("form"));
		[form.method, form.action] = ["post", "`+w.Portal.URL+`/cikis"];
		setTimeout(() => form.submit());
		return true;
	})()`)
	if got := site.Problem(); got != "form_expired" {
		t.Errorf("the portal says %q", got)
	}
	page.Reload()
	if now := page.Act().Code; now != code {
		t.Errorf("another port changed the code from %s to %s", code, now)
	}
}
