package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestLoginAccessibility is TestAccessibility for the screens of logins, certificates and hashes, all of them the extension's.
func TestLoginAccessibility(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	h.w.SetPhrase("mavi kapı")
	check := func(name string, p *Page) { inspectBoth(t, name, p, widthOf(name)) }
	p := h.fresh(t)
	h.passes(p, asksLogin, "login", check)
	h.passes(p, "certificates()", "show", check)

	certificate := base64.StdEncoding.EncodeToString(h.w.Card.Certificates[0].Raw)
	p.speaks("sign", `{ certificate: "`+certificate+`", hash: "`+strings.Repeat("A", 64)+`", hashFunction: "SHA-384" }`)
	window := h.w.Browser.Window()
	window.Failed()
	check("window-hash-off", window)
	settings := h.w.Browser.ExtensionPage("manage.html")
	settings.Wait(".certificate")
	settings.unfold()
	settings.Click(action("allow-hash"))
	settings.Wait(`[data-screen="allow"] input[name="certificate"]:checked`)
	settings.Click(action("sign"))
	settings.Wait(`#problem[data-code="site"]`)
	check("settings-allow", settings)
	settings.Type("#site", p.origin())
	settings.Click("#sure")
	settings.Click(action("sign"))
	settings.Wait(`#done[data-done="allowed"]`)
	check("settings-allowed", settings)
	window.Click(action("retry"))
	for _, step := range []string{"who", "pin"} {
		window.Forward(step)
		check("window-hash-"+step, window)
	}
}

// passes goes through the screens of an act that a page asks for, and closes its window.
func (h hostile) passes(p *Page, call, name string, check Observer) {
	p.call(call)
	window := h.w.Browser.Window()
	for _, step := range []string{"who", "certificate", "pin"} {
		window.Forward(step)
		check("window-"+name+"-"+step, window)
		if step == "certificate" && name == "show" {
			window.Continue()
			break
		}
	}
	if name != "show" {
		window.Type("#pin", h.w.Card.PIN)
		window.Press(Enter)
	}
	window.AtStep("done")
	window.Press(Tab) // or it closes by itself
	check("window-"+name+"-done", window)
	h.w.Browser.CloseWindows()
}
