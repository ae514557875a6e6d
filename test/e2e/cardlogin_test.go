package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// TestCardLogin has a person log in to the portal with each kind of card that it takes, and do there what they could
// after a login at the gateway.
func TestCardLogin(t *testing.T) {
	t.Parallel()
	for way, kind := range map[string]string{"e-imza": "valid", "kimlik-karti": "identity-card"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := NewWorld(t, Options{EmptyCard: true})
			w.Card.Issue(w.Sandbox, Ayse, kind, testcard.P384)
			page := w.cardLogin(t, way)
			if kind == "valid" {
				NewJourney(w, nil).All(page, Give)
			}
		})
	}
}

// cardLogin logs in to the portal, which has a way for each kind of card, after it was given up once. It returns the page.
func (w *World) cardLogin(t *testing.T, way string) *Page {
	t.Helper()
	page := w.Browser.NewPage(w.Portal.URL + "/giris")
	page.Click("#to-" + way)
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	window := w.Browser.Window()
	window.Forward("pin")
	window.Press(Escape)
	if code := page.Problem(); code != "cancelled" {
		t.Errorf("the person gave up, and the page shows %q", code)
	}
	w.Browser.NoWindow()
	w.logsIn(page)
	if shown := Eval[string](page, `document.querySelector(".person").textContent`); shown != Ayse.Name+" 100*****146" {
		t.Errorf("the page shows %q", shown)
	}
	w.Browser.NoWindow()
	return page
}

// TestCardLoginRefused has a card log in on the page of another kind, and then on its own, in the same tab.
func TestCardLoginRefused(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/kimlik-karti")
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	window := w.Browser.Window()
	hostile{w}.signs(window)
	if code := page.Problem(); code != "certificate_not_for_login" {
		t.Errorf("the page shows %q", code)
	}
	page.Click("#problem a")
	page.Click("#to-e-imza")
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	hostile{w}.signs(w.Browser.WindowAfter(window))
	page.Wait("#menu-nes")
}

// logsIn presses the button of the login page, and logs in.
func (w *World) logsIn(page *Page) {
	w.t.Helper()
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	hostile{w}.signs(w.Browser.Window())
	page.Wait("#menu-nes")
}

// TestCardLoginAgain has the portal use a challenge up without taking the person in: the next press has a new one.
func TestCardLoginAgain(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	w.Sandbox.Misbehave("ocsp", "down")
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	hostile{w}.signs(w.Browser.Window())
	if code := page.Problem(); code != "revocation_unavailable" {
		t.Errorf("the page shows %q", code)
	}
	w.Browser.NoWindow()
	w.Sandbox.Misbehave("ocsp", "ok")
	w.logsIn(page)
}

// TestCardLoginTabs has the login page open in two tabs, as of people who press a link twice: either logs in.
func TestCardLoginTabs(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	first := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	first.Wait("#card-login:not([disabled])")
	second := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	second.Wait("#card-login:not([disabled])")
	w.logsIn(first)
	w.Browser.NoWindow()
	second.Reload()
	second.Wait("#menu-nes")
}

// TestCardLoginNoHost has the host installed by another program while the login page is open, which sees it when the
// person comes back to it.
func TestCardLoginNoHost(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{NoHost: true})
	page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	if code := page.Problem(); code != "host_missing" {
		t.Errorf("the page shows %q", code)
	}
	page.Wait("#reload")
	w.InstallHost()
	Eval[bool](page, `window.dispatchEvent(new Event("focus"))`)
	page.Wait("#card-login:not([disabled])")
	page.WaitFor(`document.getElementById("problem").hidden`)
}

// TestCardLoginSlept is a computer that has slept for longer than a challenge lives, without the page being able to ask
// for another one: the press does. A portal with another key takes no challenge that was given out before.
func TestCardLoginSlept(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	page.Wait("#card-login:not([disabled])")
	Eval[bool](page, `((now) => { Date.now = () => now + 3_600_000; return true; })(Date.now())`)
	w.Portal.Kill()
	w.portalChanges = map[string]any{"client_secret": "another secret than before"}
	w.RestartPortal()
	w.logsIn(page)
}

// TestCardLoginPortalAway loses the portal between the press and the login: the same page logs in once it is back.
func TestCardLoginPortalAway(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	window := w.Browser.Window()
	window.AtStep("who")
	w.Portal.Kill()
	hostile{w}.signs(window)
	if code := page.Problem(); code != "unavailable" {
		t.Errorf("the page shows %q", code)
	}
	w.RestartPortal()
	w.Browser.NoWindow()
	w.logsIn(page)
}

// TestSampleSite is what docs/integration.md promises: a login and a verified signature, in a real browser, at the sample site, which has the recipe's page.
func TestSampleSite(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	sampleSite(t, w)
	t.Run("accessibility", func(t *testing.T) { inspectSampleSite(t, w) })
}

// inspectSampleSite checks the site's pages as TestAccessibility does the portal's: before the login and after it, with many
// documents, with a problem, and with what was signed.
func inspectSampleSite(t *testing.T, w *World) {
	w.Browser.CloseWindows()
	s := StartSampleSite(t, w)
	s.Page.t = t
	check := func(name string) {
		t.Helper()
		inspectAll(t, name, s.Page, 1280, "tr")
	}
	check("home")
	s.Open("prescriptions")
	check("many documents")
	s.Open("contract")
	s.Page.Click("#sign")
	w.Browser.Window().AtStep("who")
	w.Browser.CloseWindows()
	s.Page.Wait(`#problem[data-code="cancelled"]`)
	check("problem")
	s.Sign("contract", nil)
	check("signed")
	s.Page.Goto(strings.Replace(s.url, "localhost", "127.0.0.1", 1)) // where nobody has logged in
	s.Page.Wait("#login")
	check("login")
}

func sampleSite(t *testing.T, w *World) {
	site := StartProcess(t, Built(t, "site"), "-listen", "localhost:0",
		"-anchors", filepath.Join(w.Sandbox.Dir, "anchors.pem"), "-intermediates", filepath.Join(w.Sandbox.Dir, "intermediates.pem"))
	logsInAndSigns(t, w, site.URL)
}

// logsInAndSigns has the person log in at a sample site, in whatever language, and sign its text.
func logsInAndSigns(t *testing.T, w *World, url string) {
	page := w.Browser.NewPage(url)
	page.Click("#login")
	hostile{w}.signs(w.Browser.Window())
	page.Wait("#sign")
	if name := Eval[string](page, `document.querySelector("#name").textContent`); name != Ayse.Name {
		t.Errorf("%q is logged in", name)
	}
	w.Browser.NoWindow()
	page.Click("#sign")
	window := w.Browser.Window()
	window.Forward("document")
	if text := window.Text("[data-step]"); !strings.Contains(text, "Bu metni okudum ve imzalıyorum.") {
		t.Errorf("the window shows\n%s", text)
	}
	hostile{w}.signs(window)
	page.Wait("#signer")
	if name := Eval[string](page, `document.querySelector("#signer").textContent`); name != Ayse.Name {
		t.Errorf("the signature is %q's", name)
	}
}
