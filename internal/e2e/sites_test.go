package e2e

import (
	"strings"
	"testing"
)

// TestSites goes to a site that no build names, and admits it: for now, for always, and not any more.
func TestSites(t *testing.T) { sites(t, Options{}) }

func sites(t *testing.T, o Options) {
	s := admission{hostile{NewWorld(t, o)}, StartSecureSite(t, "magaza.test"), StartSecureSite(t, "baska.test")}
	t.Run("not admitted", s.notAdmitted)
	t.Run("now", s.now)
	t.Run("no new PIN", s.noPIN)
	t.Run("gone elsewhere", s.goneElsewhere)
	t.Run("always", s.always)
	t.Run("withdrawn", s.withdrawn)
}

// admission is a site that the person admits, and another.
type admission struct {
	hostile
	site, other *Site
}

// pages are those of the site, as the browser writes them.
const pages = "https://magaza.test/*"

// open loads a page of the site, of an address of its own: two tabs are told apart by it.
func (s admission) open(t *testing.T) *Page {
	t.Helper()
	return s.load(t, s.site.URL+"/?"+t.Name())
}

// known tells whether a page's script finds the extension.
func known(p *Page) bool { return Eval[bool](p, `window.client.installed()`) }

// refused asks for a signature where nobody has admitted the site.
func (s admission) refused(t *testing.T, p *Page) {
	t.Helper()
	p.ask(plain)
	if got := p.outcome(); got != "extension_missing" {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.NoWindow()
}

// pressed presses the button over the page and returns the window about its site.
func (s admission) pressed(t *testing.T, p *Page) *Page {
	t.Helper()
	window := s.w.Browser.PressUntilAdmitted(p)
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
	s.refused(t, p)
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
	s.refused(t, p)
}

// noPIN asks for what only the portal may.
func (s admission) noPIN(t *testing.T) {
	p := s.open(t)
	s.pressed(t, p).Click("#close")
	p.Gesture(talk + `raw("pin", { purpose: "deneme", code: "168857414351237", act: "pin", language: "tr" })`)
	p.WaitFor(`heard.some((m) => m.type === "failed")`)
	if got := Eval[string](p, `heard.find((m) => m.type === "failed").body.code`); got != "unsupported" {
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

func (s admission) always(t *testing.T) {
	p := s.open(t)
	s.w.Browser.admit(s.pressed(t, p), pages)
	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if !known(p) {
		t.Error("the next document does not see the extension")
	}
	p.Goto(s.other.URL)
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("another site sees the extension")
	}
}

// admit answers the window about a site's pages with "always", and waits until the extension has heard of it.
func (b *Browser) admit(window *Page, pages string) {
	b.t.Helper()
	b.Grant(pages)
	window.Click("#always")
	window.Wait("#outcome")
	window.WaitFor(`document.getElementById("always").hidden`)
	Eval[bool](window, `(async () => {
		while ((await chrome.scripting.getRegisteredContentScripts()).length === 0) await new Promise((done) => setTimeout(done, 10));
		return true;
	})()`)
	window.Click("#close")
}

// withdrawn takes the site away while a page of it is open.
func (s admission) withdrawn(t *testing.T) {
	p := s.open(t)
	p.WaitFor(`window.client.installed()`)
	s.w.Browser.Withdraw(pages)
	s.refused(t, p)
	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if known(p) {
		t.Error("the page still sees the extension")
	}
}
