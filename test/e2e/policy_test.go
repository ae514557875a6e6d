package e2e

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// TestPolicy is what an institution sets in the browser, and what the person sees of it.
func TestPolicy(t *testing.T) {
	t.Parallel()
	instituted(t, Options{})
}

func instituted(t *testing.T, o Options) {
	library, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	o.Policy = map[string]any{
		"sites": []string{"https://kurum.test"}, "libraries": []string{library, "/tmp/driver.so"}, "language": "en", "phraseRequired": true,
		"installURL": "http://bilgi.kurum.test/",
	}
	w := NewWorld(t, o)
	w.ConfigureHost() // the card's library is the institution's alone
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`html[lang="en"]`)
	page.Wait(`.certificate`)
	page.Wait(`#institution .stop-text:not(:empty)`)
	for _, want := range []string{"https://kurum.test", library, "/tmp/driver.so", "not used", "until you have a security phrase", "ignored: installURL"} {
		if text := page.Text("#institution"); !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	inspectAll(t, "institution", page, 1280, "en")

	w.Browser.ExtensionPage("site.html?state=refused&origin=https://kurum.test").Wait(`html[lang="en"]`)

	h := hostile{w}
	p := h.fresh(t)
	p.call(asksLogin)
	window := w.Browser.Window()
	window.AtStep("phrase")
	inspectAll(t, "window-phrase", window, 480, "en")
	if Eval[bool](window, `document.querySelector("input, textarea") !== null`) {
		t.Error("the window has a field that a phrase can be typed into")
	}
	window.Click(action("set-phrase"))
	settings := w.SetPhrase("mavi kapı")
	settings.Close()
	window.AtStep("who")
	h.signs(window)
	if got := p.outcome(); !strings.Contains(got, "eonay-login") {
		t.Errorf("the page got %q", got)
	}

	w.Browser.Grant(page, action("admit-institution"))
	page.Wait(`#institution [data-open="true"]`)
	page.registered()
	if text := page.Text("#sites"); !strings.Contains(text, "https://kurum.test Set by your institution") {
		t.Errorf("the sites: %s", text)
	}
	if shown := Eval[bool](page, `document.querySelector('[data-action="admit-institution"], [data-action="revoke-site"]') !== null`); shown {
		t.Error("the institution's site can be admitted again, or taken back")
	}
}
