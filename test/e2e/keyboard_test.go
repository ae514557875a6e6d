package e2e

import "testing"

// TabTo presses Tab until the focus is on an element, as a person without a mouse does.
func (p *Page) TabTo(selector string) {
	p.t.Helper()
	for range 40 {
		if Eval[bool](p, `document.activeElement !== null && document.activeElement.matches(`+"`"+selector+"`"+`)`) {
			return
		}
		p.Press(Tab)
	}
	p.t.Fatalf("Tab never comes to %s\n%s", selector, p.describe())
}

// press comes to an element with Tab and presses a key there.
func press(p *Page, selector, key string) {
	p.t.Helper()
	p.Wait(selector)
	p.TabTo(selector)
	p.Press(key)
}

// TestKeyboard gives E-Onay with the keyboard alone, from the portal's first page to the result, and
// checks where each new step of the window puts the focus.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	NewWorld(t, Options{}).keyboard()
}

// keyboard logs in and gives E-Onay, and returns the page.
func (w *World) keyboard() *Page {
	page := w.Browser.NewPage(w.Portal.URL + "/")
	press(page, "#login", Enter)
	press(page, "#to-gateway", Enter)
	press(page, "#person-1", " ")
	press(page, "#login-submit", Enter)
	press(page, "#menu-nes", Enter)
	press(page, "#menu-e-onay", Enter)
	press(page, "#consent", " ")
	press(page, "#continue", Enter)
	page.Wait("#sign:not([disabled])")
	press(page, "#sign", Enter)

	window := w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	for _, step := range []string{"who", "document", "code", "certificate"} {
		window.AtStep(step)
		window.WaitFor(`document.activeElement?.id === "title"`)
		if step == "document" {
			window.TabTo("#document")
			window.Press(PageDown)
			window.WaitFor(`document.getElementById("document").scrollTop > 0`)
			for Eval[bool](window, `document.getElementById("unread") !== null`) {
				window.Press(PageDown)
			}
		}
		press(window, action("continue"), Enter)
	}
	window.AtStep("pin")
	window.TabTo("#pin")
	window.Press(w.Card.PIN)
	window.Press(Enter)
	window.AtStep("done")
	window.WaitFor(`document.activeElement?.dataset.action === "close"`)
	window.Press(Enter)
	page.Wait(`#result[data-act="give"]`)
	w.Browser.NoWindow()
	return page
}

// TestKeyboardLogin logs in with a card, and admits a site, with the keyboard alone.
func TestKeyboardLogin(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	page := w.Browser.NewPage(w.Portal.URL + "/giris")
	press(page, "#to-e-imza", Enter)
	press(page, "#card-login:not([disabled])", Enter)
	window := w.Browser.Window()
	for _, step := range []string{"who", "certificate"} {
		window.AtStep(step)
		window.WaitFor(`document.activeElement?.id === "title"`)
		press(window, action("continue"), Enter)
	}
	window.AtStep("pin")
	window.TabTo("#pin")
	window.Press(w.Card.PIN)
	window.Press(Enter)
	page.Wait("#menu-nes")
	w.Browser.CloseWindows()

	site := w.Browser.NewPage(StartSecureSite(t, "magaza.test").URL)
	site.WaitFor(`window.client !== undefined`)
	question := w.Browser.Admit(site)
	question.WaitFor(`document.activeElement?.id === "title"`)
	question.TabTo("#always")
	w.Browser.Grant(question, "#always") // whose answer is the browser's own question
	question.WaitFor(`document.getElementById("always").hidden && document.activeElement?.id === "close"`)
	question.Press(Enter)
	w.Browser.await("/site.html?", 0)
}
