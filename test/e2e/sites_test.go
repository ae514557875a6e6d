package e2e

import (
	"strings"
	"testing"
)

// TestSites goes to a site that no build names, and admits it: for now, for always, and not any more.
func TestSites(t *testing.T) {
	t.Parallel()
	s := admission{hostile{NewWorld(t, Options{})}, StartSecureSite(t, "magaza.test"), StartSecureSite(t, "baska.test")}
	t.Run("not admitted", s.notAdmitted)
	t.Run("now", s.now)
	t.Run("named elements", s.namedElements)
	t.Run("no new PIN", s.noPIN)
	t.Run("gone elsewhere", s.goneElsewhere)
	t.Run("background stops", s.backgroundStops)
	t.Run("denied", s.denied)
	t.Run("always", s.always)
	t.Run("withdrawn", s.withdrawn)
	t.Run("all", s.all)
}

// admission is a site that the person admits, and another.
type admission struct {
	hostile
	site, other *Site
}

// pages are those of the site, as the browser writes them.
func (s admission) pages() string { return s.site.URL[:strings.LastIndex(s.site.URL, ":")] + "/*" }

// open loads a page of the site, of an address of its own: two tabs are told apart by it.
func (s admission) open(t *testing.T) *Page {
	t.Helper()
	return s.load(t, s.site.URL+"/?"+t.Name())
}

// known tells whether a page's script finds the extension.
func known(p *Page) bool { return Eval[bool](p, `window.client.installed()`) }

// refused asks for a signature at a site that is not admitted; a page that knew the extension hears so.
func (s admission) refused(t *testing.T, p *Page, want string) {
	t.Helper()
	p.ask(plain)
	if got := p.outcome(); got != want {
		t.Errorf("the page got %q, want %q", got, want)
	}
	s.w.Browser.NoWindow()
}

// pressed presses the button over the page and returns the window about its site.
func (s admission) pressed(t *testing.T, p *Page) *Page {
	t.Helper()
	window := s.w.Browser.Admit(p)
	p.WaitFor(`window.client.installed()`)
	if got := window.Text(".address"); got != s.site.URL {
		t.Errorf("the window shows %q, want %q", got, s.site.URL)
	}
	return window
}

func (s admission) notAdmitted(t *testing.T) {
	p := s.open(t)
	if known(p) || Eval[string](p, `document.documentElement.outerHTML`)[:16] != `<html lang="tr">` {
		t.Error("the page sees the extension")
	}
	s.refused(t, p, "extension_missing")
}

// now is one document: another one of the same site in the same tab begins anew.
func (s admission) now(t *testing.T) {
	p := s.open(t)
	s.pressed(t, p).Click("#close")
	p.ask(plain)
	window := s.w.Browser.Window()
	if got := window.Text("#origin"); got != s.site.URL {
		t.Errorf("the window shows %q, want %q", got, s.site.URL)
	}
	s.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.CloseWindows()
	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("the next document sees the extension")
	}
	s.refused(t, p, "not_admitted")
}

// namedElements presses over a page whose elements have the names of what our scripts build on: as properties of the
// document and its window they must not keep the extension out.
func (s admission) namedElements(t *testing.T) {
	p := s.open(t)
	Eval[bool](p, `(document.body.insertAdjacentHTML("beforeend", `+"`"+`
		<form id="protocol"></form> <a id="shapes"></a> <a id="shapes"></a> <iframe name="bridge"></iframe> <form id="eonay"></form>
		<form name="addEventListener"></form> <img name="documentElement">`+"`"+`), true)`)
	s.pressed(t, p).Click("#close")
	p.ask(plain)
	s.w.Browser.Window().AtStep("who")
	s.w.Browser.CloseWindows()
}

// noPIN asks for what only the portal may.
func (s admission) noPIN(t *testing.T) {
	p := s.open(t)
	s.pressed(t, p).Click("#close")
	p.Gesture(talk + `raw("pin", { purpose: "deneme", code: "168857414351237", act: "pin", language: "tr" })`)
	p.WaitFor(`heard.some((m) => m.type === "failed")`)
	if got := Eval[string](p, `heard.find((m) => m.type === "failed").body.code`); got != "request_invalid" {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.NoWindow()
}

func (s admission) goneElsewhere(t *testing.T) {
	p := s.open(t)
	s.pressed(t, p).Click("#close")
	for _, url := range []string{s.other.URL, s.site.URL} {
		p.Goto(url)
		p.WaitFor(`window.client !== undefined`)
		if known(p) {
			t.Errorf("%s sees the extension", url)
		}
	}
}

// always is kept by the browser, and taken back on the settings page.
func (s admission) always(t *testing.T) {
	s.keep(t)
	p := s.open(t)
	if !known(p) {
		t.Error("the next document does not see the extension")
	}
	settings := s.settings()
	defer settings.Close()
	settings.Click(`[data-site="` + s.pages() + `"] ` + action("revoke-site"))
	settings.Wait("#revoked")
	settings.WaitFor(`document.querySelector('[data-site="` + s.pages() + `"]') === null && document.activeElement?.id === "sites"`)
	s.refused(t, p, "not_admitted")
	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("the page still sees the extension")
	}
}

// keep admits the site for always.
func (s admission) keep(t *testing.T) {
	t.Helper()
	p := s.open(t)
	s.w.Browser.admit(s.pressed(t, p))
	p.Goto(s.other.URL)
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("another site sees the extension")
	}
}

// admit answers the window about a site with "always", and waits until the extension has heard of it.
func (b *Browser) admit(window *Page) {
	b.t.Helper()
	b.Grant(window, "#always")
	window.Wait("#outcome")
	window.WaitFor(`document.getElementById("always").hidden`)
	window.WaitFor(`document.activeElement?.id === "close" && document.getElementById("meaning").hidden`)
	window.registered()
	window.Click("#close")
}

// backgroundStops has the browser end what runs beside the pages, after each step of an admission: for now, and for always.
func (s admission) backgroundStops(t *testing.T) {
	p := s.open(t)
	window := s.pressed(t, p)
	s.w.Browser.StopBackground()
	p.ask(plain)
	window.Click("#close")
	asked := s.w.Browser.Window()
	asked.AtStep("who") // before, the page may not have heard that it has a window
	s.w.Browser.StopBackground()
	s.signs(asked)
	if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.CloseWindows()

	s.site = StartSecureSite(t, "xn--pple-43d.test")
	window = s.pressed(t, s.open(t))
	s.w.Browser.StopBackground()
	s.w.Browser.admit(window)
	s.w.Browser.StopBackground()
	p = s.open(t)
	if !known(p) {
		t.Error("the next document does not see the extension")
	}
	p.ask(plain)
	s.w.Browser.Window().AtStep("who")
}

// denied is the person who says no to the browser's own question: the site is admitted for now.
func (s admission) denied(t *testing.T) {
	p := s.open(t)
	window := s.pressed(t, p)
	s.w.Browser.Deny(window, "#always")
	window.Wait("#outcome")
	told := Eval[string](window, "fetch(`_locales/${document.documentElement.lang}/messages.json`).then((r) => r.json()).then((m) => m.site_not_kept.message)")
	if got := window.Text("#outcome"); got != told {
		t.Errorf("the window says %q, want %q", got, told)
	}
	if !known(p) {
		t.Error("the page that was admitted for now does not see the extension")
	}
	window.Click("#close")
}

// withdrawn takes a site away in the browser's settings, while a page of it is open, and a window of that page. It is
// another site: what an extension has given back, Chromium gives it again without a question.
func (s admission) withdrawn(t *testing.T) {
	s.site = StartSecureSite(t, "xn--maaza-l1a.test")
	s.keep(t)
	p := s.open(t)
	if !known(p) {
		t.Error("the next document does not see the extension")
	}
	p.ask(plain)
	s.w.Browser.Window().Forward("pin")
	s.w.Browser.Withdraw(s.pages())
	s.w.Browser.NoWindow()
	if got := p.outcome(); got != "cancelled" {
		t.Errorf("the page got %q", got)
	}
	s.refused(t, p, "not_admitted")
	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("the page still sees the extension")
	}
}

// all admits all sites on the settings page, and takes them back.
func (s admission) all(t *testing.T) {
	settings := s.settings()
	defer settings.Close()
	s.w.Browser.Grant(settings, action("admit-all"))
	settings.Wait("#all-sites")
	settings.registered()
	p := s.load(t, s.other.URL)
	if !known(p) {
		t.Error("a site does not see the extension")
	}
	settings.Click(`#sites .actions ` + action("revoke-site"))
	settings.Wait(action("admit-all"))
	s.refused(t, p, "not_admitted")
}

// TestSiteWindowTwice presses the button again before the first window was answered: the question is there once.
func TestSiteWindowTwice(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(StartSecureSite(t, "magaza.test").URL)
	page.WaitFor(`window.client !== undefined`)
	first := w.Browser.Admit(page)
	w.Browser.PressButton(page)
	w.Browser.awaitAny("/site.html?", "another window", func(ids []string) bool { return len(ids) == 1 && ids[0] != first.Target() })
}

// TestSiteWindow is what the window about a site says, of each kind of page.
func TestSiteWindow(t *testing.T) {
	t.Parallel()
	inBothLanguages(t, Options{}, nil, func(t *testing.T, j *Journey, check Observer) {
		w := j.w
		settings := w.Browser.ExtensionPage("manage.html")
		for _, language := range []string{"en", j.Language} { // a press on the one that is chosen already says nothing
			settings.Click(`input[name="language"][value="` + language + `"]`)
			settings.Wait(`html[lang="` + language + `"]`)
		}
		settings.Close()
		for _, tt := range []struct {
			name, url     string
			fits, encoded bool
		}{
			{"window-site", StartSecureSite(t, "magaza.test").URL, true, false},
			{"window-site-encoded", StartSecureSite(t, "xn--maaza-l1a.test").URL, true, true},
			{"window-site-insecure", strings.Replace(StartSite(t).URL, "localhost", "magaza.test", 1), false, false},
		} {
			page := w.Browser.NewPage(tt.url)
			w.Browser.PressButton(page)
			window := w.Browser.SiteWindow()
			if got := window.Text(".address"); got != tt.url {
				t.Errorf("%s: it shows %q, want %q", tt.name, got, tt.url)
			}
			if got := Eval[bool](window, `!document.getElementById("always").hidden`); got != tt.fits || known(page) != tt.fits {
				t.Errorf("%s: for always: %t; the page sees the extension: %t; %s", tt.name, got, known(page), window.URL())
			}
			if got := Eval[bool](window, `!document.getElementById("encoded").hidden`); got != tt.encoded {
				t.Errorf("%s: it says that the name is encoded: %t", tt.name, got)
			}
			check(tt.name, window)
			window.Press(Escape)
			w.Browser.await("/site.html?", 0)
		}
		check("window-site-refused", w.Browser.ExtensionPage("site.html?state=refused&origin=https://magaza.test"))
	})
}

// settings opens the settings page, and waits until it does not grow any more under a press.
func (s admission) settings() *Page {
	page := s.w.Browser.ExtensionPage("manage.html")
	page.Wait(".certificate")
	return page
}

// registered waits until the broker has the script run in what was admitted.
func (p *Page) registered() {
	p.t.Helper()
	Eval[bool](p, `(async () => {
		while ((await chrome.scripting.getRegisteredContentScripts()).length === 0) await new Promise((done) => setTimeout(done, 10));
		return true;
	})()`)
}
