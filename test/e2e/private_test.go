package e2e

import (
	"strings"
	"testing"
)

// TestPrivate is a person in a private window: they sign and log in as anywhere else, and of the sites nothing is kept.
func TestPrivate(t *testing.T) {
	t.Parallel()
	private(t, Options{})
}

func private(t *testing.T, o Options) {
	o.Private = true
	s := admission{hostile{NewWorld(t, o)}, StartSecureSite(t, "magaza.test"), nil}
	t.Run("admitted", s.admittedPrivately)
	t.Run("signed request", s.signedPrivately)
}

// loadPrivate returns a newly loaded page in a private window, when no window of ours is open.
func (h hostile) loadPrivate(t *testing.T, url string) *Page {
	t.Helper()
	h.w.Browser.CloseWindows()
	p := h.w.Browser.NewPrivatePage(url)
	t.Cleanup(p.Close)
	p.WaitFor(`window.client !== undefined`)
	return p
}

// privateWindow waits for the window that a page has asked for, which is private too.
func (h hostile) privateWindow(t *testing.T) *Page {
	t.Helper()
	window := h.w.Browser.Window()
	window.isPrivate(t)
	return window
}

// isPrivate checks that a window of the extension is.
func (p *Page) isPrivate(t *testing.T) {
	t.Helper()
	if !Eval[bool](p, `chrome.extension.inIncognitoContext`) {
		t.Errorf("%s is in an ordinary window", p.URL())
	}
}

// admittedPrivately is a site that a press admits, for this document alone.
func (s admission) admittedPrivately(t *testing.T) {
	p := s.loadPrivate(t, s.site.URL)
	window := s.pressed(t, p)
	window.isPrivate(t)
	if !Eval[bool](window, `document.getElementById("always").hidden`) {
		t.Error("the window offers to keep the site")
	}
	window.Click("#close")

	p.ask(plain)
	s.signs(s.privateWindow(t))
	if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.CloseWindows()
	p.call(asksLogin)
	s.signs(s.privateWindow(t))
	if got := p.outcome(); !strings.Contains(got, `eonay-login:1`) {
		t.Errorf("the page got %q", got)
	}
	s.w.Browser.CloseWindows()

	p.Reload()
	p.WaitFor(`window.client !== undefined`)
	if known(p) || known(s.open(t)) {
		t.Error("the next document sees the extension")
	}
	s.nothingKept(t, "magaza.test")
}

// signedPrivately is a site that signs its requests, as the extension remembers of it elsewhere.
func (s admission) signedPrivately(t *testing.T) {
	site := s.signing(t)
	p := s.loadPrivate(t, site.url)
	p.call(signed(asksSignature, site.sign(site.key, site.signature())))
	window := s.privateWindow(t)
	site.shows(window)
	s.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, `{"signatures":`) {
		t.Errorf("the page got %q", got)
	}
	s.nothingKept(t, site.url)
}

// nothingKept looks for a site in what the extension and the browser keep for it beyond their end.
func (s admission) nothingKept(t *testing.T, site string) {
	t.Helper()
	settings := s.settings()
	defer settings.Close()
	kept := Eval[string](settings, `Promise.all([chrome.storage.local.get(null), chrome.permissions.getAll()]).then(JSON.stringify)`)
	if strings.Contains(kept, site) {
		t.Errorf("there is %q in %s", site, kept)
	}
}
