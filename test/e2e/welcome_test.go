package e2e

import (
	"strings"
	"testing"
)

// TestWelcome follows a person from the installation of the extension to a machine that can sign.
func TestWelcome(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, NoCard: true})
	page := w.Browser.ExtensionPage("manage.html#welcome")
	page.Wait(`[data-step="program"][data-state="done"]`)
	page.Wait(`[data-step="certificate"][data-state="todo"]`)
	check := inspector(t, page)
	check("welcome")
	w.Card.Virtual.Insert()
	page.Wait(`[data-step="certificate"][data-state="done"]`)
	page.Wait(`[data-step="reader"][data-state="done"]`)
	page.Type("#phrase", "mavi kapı")
	page.Click(action("save-phrase"))
	page.Wait(`[data-step="phrase"][data-state="done"]`)
	page.Wait(`#welcome:not(:has([data-state="todo"]))`)
	if text := page.Text("#welcome"); !strings.Contains(text, "http://localhost") {
		t.Errorf("the list of what is needed: %s", text)
	}
	check("welcomed")
}

// TestWelcomeWithoutHost is what a person sees who has the extension only and installs the host: the page has the way to it,
// and goes on by itself.
func TestWelcomeWithoutHost(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{NoHost: true})
	page := w.Browser.ExtensionPage("manage.html#welcome")
	page.Wait(`[data-host="fails"]`)
	if got := Eval[string](page, `[...document.querySelectorAll('[data-state="done"]')].map((e) => e.dataset.step).join(" ")`); got != "sites" {
		t.Errorf("done: %q", got)
	}
	if got := Eval[string](page, `document.getElementById("get-program").href`); got != "http://localhost/kurulum" {
		t.Errorf("the way to the program is %q", got)
	}
	if text := page.Text("#get-program"); !strings.Contains(text, "localhost") {
		t.Errorf("the way to the program is called %q", text)
	}
	inspectAll(t, "welcome without the program", page, 1280, "tr")
	page.Wait("#sandbox") // this is Linux
	w.InstallHost()
	page.Wait(`[data-step="program"][data-state="done"]`)
}
