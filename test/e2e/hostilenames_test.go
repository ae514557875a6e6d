package e2e

import (
	"strings"
	"testing"
)

// TestHostileNames is what a site tries with its address, its words and the window's own pages.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	t.Run("addresses", h.addresses)
	t.Run("names", h.names)
	t.Run("the window's own pages", h.ownPages)
	t.Run("ten thousand requests", h.tenThousand)
	t.Run("honest, after all of it", h.honest)
}

// addresses are of sites that look like others, or run from right to left: both windows show them encoded, and say so.
func (h hostile) addresses(t *testing.T) {
	for _, name := range siteNames {
		if !strings.HasPrefix(name, "xn--") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			site := StartSecureSite(t, name)
			p := h.load(t, site.URL)
			asks := h.w.Browser.Admit(p)
			if got := asks.Text(".address"); got != site.URL {
				t.Errorf("the window about the site shows %q, want %q", got, site.URL)
			}
			asks.Wait("#encoded")
			asks.Click("#close")
			p.ask(plain)
			window := h.w.Browser.Window()
			if got := window.Text("#origin"); got != site.URL {
				t.Errorf("the window shows %q, want %q", got, site.URL)
			}
			window.Wait(".notice.look")
		})
	}
}

// names are a site's words that would rearrange, or push away, what stands around them.
func (h hostile) names(t *testing.T) {
	for name, tt := range map[string]struct{ words, want string }{
		"override":      {`"\u202e" + "rt.vog.eyikrut"`, "U+202E"},
		"isolates":      {`"a\u2067b\u2069\u2069c"`, "U+2069"},
		"right to left": {`"\u05d0".repeat(90)`, "\u05d0"},
		"marks":         {`"a" + "\u0301".repeat(90)`, "a"},
		"overlong":      {`"W".repeat(190)`, "WWW"},
	} {
		t.Run(name, func(t *testing.T) { h.name(t, tt.words, tt.want) })
	}
}

// name has a site give words, the value of an expression, for purpose and document; the window shows what is wanted of them,
// in its place.
func (h hostile) name(t *testing.T, words, want string) {
	t.Helper()
	p := h.fresh(t)
	p.ask(`{ purpose: ` + words + `, documents: [{ name: ` + words + `, mediaType: "text/plain", data: "a" }] }`)
	window := h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.AtStep("who")
	if origin, purpose := window.Text("#origin"), window.Text("#purpose"); origin != p.origin() || !strings.Contains(purpose, want) {
		t.Errorf("the window shows %q, %q", origin, purpose)
	}
	if wide := Eval[int](window, `document.documentElement.scrollWidth`); wide > 480 {
		t.Errorf("the window is %d pixels wide", wide)
	}
	if over := Eval[bool](window, `document.getElementById("purpose").getBoundingClientRect().top < document.getElementById("origin").getBoundingClientRect().bottom`); over {
		t.Error("the words lie over the address")
	}
}

// ownPages has a page load, frame and open the extension's own.
func (h hostile) ownPages(t *testing.T) {
	p := h.fresh(t)
	page := h.w.Browser.driver.extensionPage
	got := Eval[string](p, `Promise.all([
		fetch("`+page("sign.html")+`").then(() => "fetched", () => ""),
		import("`+page("start.js")+`").then(() => "imported", () => ""),
		new Promise((done) => {
			const script = Object.assign(document.createElement("script"), { src: "`+page("protocol.gen.js")+`" });
			[script.onload, script.onerror] = [() => done("run"), () => done("")];
			document.head.append(script);
		}),
		new Promise((done) => {
			const image = Object.assign(new Image(), { src: "`+page("icons/16.png")+`" });
			[image.onload, image.onerror] = [() => done("seen"), () => done("")];
		}),
	]).then((all) => all.join(""))`)
	if got != "" {
		t.Errorf("the page has the extension's files: %s", got)
	}
	p.Gesture(`const own = "` + page("sign.html") + `";
		document.body.append(Object.assign(document.createElement("iframe"), { src: own }));
		try { window.popup = window.open(own); } catch {}
		0`)
	p.ask(plain)
	h.w.Browser.Window().AtStep("who")
	h.w.AwaitHosts(1) // any page of the extension's would have started its own
	Eval[bool](p, `(window.popup?.close(), true)`)
}

// tenThousand asks in a loop, as the consequence of one press.
func (h hostile) tenThousand(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `window.id = window.first = crypto.randomUUID();
		raw("sign", request);
		setTimeout(() => { // the press is good for a second, and a slow machine needs longer to post so many
			for (let i = 1; i < 10000; i++) {
				window.id = crypto.randomUUID();
				raw("sign", request);
			}
		});`)
	p.WaitFor(`heard.filter((m) => m.body?.code === "busy").length === 9999`)
	if accepted := Eval[int](p, `heard.filter((m) => m.type === "accepted").length`); accepted != 1 {
		t.Errorf("%d requests were accepted", accepted)
	}
	window := h.w.Browser.Window()
	h.w.AwaitHosts(1)
	p.WaitFor(`heard.some((m) => m.type === "pull")`)
	Eval[bool](p, `(window.id = first, raw("chunk", { document: 0, offset: 0, data: btoa("Merhaba.\n") }), true)`)
	h.signs(window)
	p.WaitFor(`heard.at(-1).type === "signed"`)
}
