package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestFrames is a site that asks in a frame of another site's page.
func TestFrames(t *testing.T) {
	t.Parallel()
	f := framed{hostile{NewWorld(t, Options{})}, StartSite(t)}
	t.Run("delegated", f.delegated)
	t.Run("delegated later", f.delegatedLater)
	t.Run("background stops", f.backgroundStops)
	t.Run("not delegated", f.notDelegated)
	t.Run("taken back", f.takenBack)
	t.Run("in a frame of a frame", f.deeper)
	t.Run("opaque", f.opaque)
	t.Run("no frame delegates", f.noFrameDelegates)
	t.Run("one request", f.oneRequest)
	t.Run("one press", f.onePressOfFrames)
	t.Run("removed", f.removed)
	t.Run("leaves", f.frameLeaves)
	t.Run("Web eID", f.webEIDStatus)
	t.Run("not admitted", f.notAdmitted)
}

// framed is the site in the frame.
type framed struct {
	hostile
	site *Site
}

// within makes, in a page, within(run, frame): what a script comes to in the window of a frame.
const within = `window.ready = 0;
	addEventListener("message", ({ data }) => { if (data === "ready") ready++; });
	window.within = (run, frame = document.querySelector("iframe").contentWindow) => new Promise((done) => {
		const ran = crypto.randomUUID();
		const listen = ({ data }) => {
			if (data?.ran !== ran) return;
			removeEventListener("message", listen);
			done(data.value);
		};
		addEventListener("message", listen);
		frame.postMessage({ ran, run }, "*");
	});
	window.embed = (src) => {
		const frame = Object.assign(document.createElement("iframe"), { src });
		frame.style = "position: fixed; inset: 0; border: 0; width: 300px; height: 150px";
		document.body.append(frame);
	};`

// around returns a page that has delegated to these origins.
func (f framed) around(t *testing.T, origins ...string) *Page {
	t.Helper()
	p := f.load(t, StartSite(t).URL)
	Eval[bool](p, within+`true`)
	if len(origins) > 0 {
		p.delegates(origins...)
	}
	return p
}

// delegates returns when the frames that are there can ask.
func (p *Page) delegates(origins ...string) {
	p.t.Helper()
	if got := Eval[string](p, `client.delegate([`+quotedList(origins)+`]).then(() => "delegated", (e) => e.code)`); got != "delegated" {
		p.t.Fatalf("to delegate: %s", got)
	}
}

func quotedList(list []string) string {
	var quoted []string
	for _, s := range list {
		quoted = append(quoted, strconv.Quote(s))
	}
	return strings.Join(quoted, ", ")
}

// embed puts a site into a frame in the page's corner.
func (p *Page) embed(s *Site) {
	p.t.Helper()
	Eval[bool](p, `(embed("`+s.URL+`/frame"), true)`)
	p.WaitFor(`ready > 0`)
}

// inFrame returns what a script comes to in the frame.
func inFrame(p *Page, script string) string {
	p.t.Helper()
	return Eval[string](p, `within(`+strconv.Quote(script)+`)`)
}

// knownInFrame waits until the frame's script finds the extension.
func (p *Page) knownInFrame() {
	p.t.Helper()
	inFrame(p, until(`client.installed() && "yes"`))
}

// frameAsks presses the frame's button, which asks for a signature.
func (p *Page) frameAsks() {
	p.t.Helper()
	inFrame(p, `window.outcome = "";
		window.act = () => client.sign(`+plain+`).then(() => { window.outcome = "signed"; }, (e) => { window.outcome = e.code ?? String(e); });
		"set"`)
	p.do("press in the frame", p.tab.clickFrame)
}

// frameOutcome waits for what frameAsks came to.
func (p *Page) frameOutcome() string {
	p.t.Helper()
	return inFrame(p, until(`window.outcome`))
}

// asksInFrame has the frame ask, and checks that the window shows both addresses.
func (f framed) asksInFrame(t *testing.T, p *Page) *Page {
	t.Helper()
	p.knownInFrame()
	p.frameAsks()
	window := f.w.Browser.Window()
	window.AtStep("who")
	if origin, embedder := window.Text("#origin"), window.Text("#embedder .origin"); origin != f.site.URL || embedder != p.origin() {
		t.Errorf("the window shows %q in %q, want %q in %q", origin, embedder, f.site.URL, p.origin())
	}
	return window
}

func (f framed) delegated(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	f.signs(f.asksInFrame(t, p))
	if got := p.frameOutcome(); got != "signed" {
		t.Errorf("the frame got %q", got)
	}
}

func (f framed) delegatedLater(t *testing.T) {
	p := f.around(t)
	p.embed(f.site)
	p.delegates(f.site.URL)
	window := f.asksInFrame(t, p)
	window.Click(action("cancel"))
	if got := p.frameOutcome(); got != "cancelled" {
		t.Errorf("the frame got %q", got)
	}
}

// backgroundStops has the browser end what runs beside the pages, between what a page says and what its frame asks.
func (f framed) backgroundStops(t *testing.T) {
	p := f.around(t, f.site.URL)
	f.w.Browser.StopBackground()
	p.embed(f.site)
	p.knownInFrame()
	f.w.Browser.StopBackground()
	f.signs(f.asksInFrame(t, p))
	if got := p.frameOutcome(); got != "signed" {
		t.Errorf("the frame got %q", got)
	}
}

func (f framed) notDelegated(t *testing.T) {
	for name, origins := range map[string][]string{"nobody": nil, "others": {StartSite(t).URL, "https://baska.test"}} {
		t.Run(name, func(t *testing.T) {
			p := f.around(t, origins...)
			p.embed(f.site)
			if origins != nil {
				p.delegates(origins...) // the broker has looked
			}
			f.frameRefused(t, p)
		})
	}
}

// frameRefused has the frame ask where it may not.
func (f framed) frameRefused(t *testing.T, p *Page) {
	t.Helper()
	p.frameAsks()
	if got := p.frameOutcome(); got != "extension_missing" {
		t.Errorf("the frame got %q", got)
	}
	f.w.Browser.NoWindow()
}

func (f framed) takenBack(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	p.knownInFrame()
	p.delegates("https://baska.test")
	f.frameRefused(t, p)
}

// onePressOfFrames has the page and its frames of its own site ask one after the other with one press. The browser tells
// all of them of the press, but only the frame that was pressed gets a window.
func (f framed) onePressOfFrames(t *testing.T) {
	p := f.around(t)
	for range 3 {
		p.embed(&Site{URL: p.origin()})
	}
	p.WaitFor(`ready === 3`)
	p.delegates(p.origin())
	Eval[bool](p, `(window.asked = [], window.cancelled = async ({ client }) => {
		const abort = new AbortController();
		const options = { purpose: "deneme", documents: [{ name: "b.txt", data: "Merhaba.\n" }], signal: abort.signal, onProgress: () => abort.abort() };
		asked.push(await client.sign(options).then(() => "signed", (e) => e.code));
	}, true)`)
	p.Gesture(`(async () => {
		await cancelled(window);
		for (const frame of document.querySelectorAll("iframe")) await cancelled(frame.contentWindow);
	})(); 0`)
	p.WaitFor(`asked.length === 4`)
	if got := Eval[string](p, `asked.sort().join()`); got != "cancelled,gesture_required,gesture_required,gesture_required" {
		t.Errorf("the page and its frames got %s", got)
	}
	f.w.Browser.CloseWindows() // the one, which says that the page has cancelled
}

// deeper is the site in a frame of the page's own frame.
func (f framed) deeper(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(&Site{URL: p.origin()})
	Eval[string](p, `within(`+strconv.Quote(within+`embed("`+f.site.URL+`/frame"), "set"`)+`)`)
	p.WaitFor(`ready > 1`)
	p.delegates(f.site.URL, p.origin())
	p.knownInFrame()
	if got := Eval[string](p, `within("String(client.installed())", frames[0][0])`); got != "false" {
		t.Error("a frame of a frame sees the extension")
	}
}

// opaque is what has no address or no origin of its own, in a page that has delegated to whatever it can name.
func (f framed) opaque(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.delegates(f.site.URL, p.origin())
	Eval[bool](p, `(() => {
		window.loaded = 0;
		const code = "<script>addEventListener('message', ({ data, source }) => source.postMessage({ ran: data.ran, value: eval(data.run) }, '*'))<\/script>";
		const frame = (set) => { const f = document.createElement("iframe"); f.onload = () => { loaded++; }; set(f); document.body.append(f); };
		frame((f) => { f.srcdoc = code; });
		frame((f) => { f.sandbox = "allow-scripts"; f.srcdoc = code; });
		frame((f) => { f.src = "data:text/html," + encodeURIComponent(code); });
		frame((f) => { f.src = URL.createObjectURL(new Blob([code], { type: "text/html" })); });
		frame((f) => { f.sandbox = "allow-scripts"; f.src = "`+f.site.URL+`/frame"; });
		return true;
	})()`)
	p.WaitFor(`loaded === 5`)
	p.delegates(f.site.URL, p.origin())
	got := Eval[string](p, `Promise.all([0, 1, 2, 3, 4].map((i) => within("document.documentElement.hasAttribute('data-eonay')", frames[i]))).then(String)`)
	if got != "false,false,false,false,false" {
		t.Errorf("frames see the extension: %s", got)
	}
}

func (f framed) noFrameDelegates(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	p.knownInFrame()
	if got := inFrame(p, `client.delegate(["`+f.site.URL+`"]).then(() => "delegated", (e) => e.code)`); got != "request_invalid" {
		t.Errorf("the frame got %q", got)
	}
}

// oneRequest has page and frame ask while the other has a window.
func (f framed) oneRequest(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	window := f.asksInFrame(t, p)
	Eval[bool](p, `(document.querySelector("iframe").style.inset = "60px", true)`) // out of the corner
	p.ask(plain)
	if got := p.outcome(); got != "busy" {
		t.Errorf("the page got %q", got)
	}
	window.Click(action("cancel"))
	p.ask(plain)
	window = f.w.Browser.WindowAfter(window)
	window.AtStep("who")
	if got := Eval[int](window, `document.querySelectorAll("#embedder").length`); got != 0 {
		t.Error("the page's own request shows a page around it")
	}
	Eval[bool](p, `(document.querySelector("iframe").style.inset = 0, true)`)
	p.frameAsks()
	if got := p.frameOutcome(); got != "busy" {
		t.Errorf("the frame got %q", got)
	}
}

// removed takes the frame away while its window is open; the page may ask then.
func (f framed) removed(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	window := f.asksInFrame(t, p)
	Eval[bool](p, `(document.querySelector("iframe").remove(), true)`)
	if got := window.Failed(); got != "page_gone" {
		t.Errorf("the window says %q", got)
	}
	p.ask(plain)
	f.w.Browser.WindowAfter(window).AtStep("who")
}

// frameLeaves takes the frame elsewhere, and out of the page and back into it, while its window is open: what comes there
// is another document, and asks for itself where it may.
func (f framed) frameLeaves(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	leave := func(how string) {
		t.Helper()
		window := f.asksInFrame(t, p)
		Eval[bool](p, `((frame) => { window.ready = 0; `+how+`; return true; })(document.querySelector("iframe"))`)
		if got := window.Failed(); got != "page_gone" {
			t.Errorf("%s: the window says %q", how, got)
		}
		p.WaitFor(`ready > 0`)
		f.w.Browser.CloseWindows()
	}
	leave(`frame.remove(); document.body.append(frame)`)
	leave(`frame.src = "` + StartSite(t).URL + `/frame"`)
	p.delegates(f.site.URL)
	f.frameRefused(t, p)
}

// webEIDStatus is a frame that speaks Web eID.
func (f framed) webEIDStatus(t *testing.T) {
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	p.knownInFrame()
	got := inFrame(p, `(() => { `+webEIDClient+` return ask("web-eid:status").then((answer) => answer.heard.join(" ")); })()`)
	if got != "web-eid:status-ack web-eid:status-success" {
		t.Errorf("the frame heard %q", got)
	}
}

// notAdmitted is a site whose pages the person has not admitted, in a page that has delegated to it; then they admit it.
func (f framed) notAdmitted(t *testing.T) {
	f.site = StartSecureSite(t, "baska.test")
	p := f.around(t, f.site.URL)
	p.embed(f.site)
	p.delegates(f.site.URL)
	if got := inFrame(p, `client.sign(`+plain+`).catch((e) => e.code)`); got != "extension_missing" {
		t.Errorf("the frame got %q", got)
	}

	own := f.load(t, f.site.URL)
	f.w.Browser.admit(f.w.Browser.Admit(own))
	p = f.around(t, f.site.URL)
	p.embed(f.site)
	f.asksInFrame(t, p)
}
