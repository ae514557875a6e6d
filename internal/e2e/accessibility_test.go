package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// appearances are the ways in which each screen must work. Windows are 480 wide and pages 1280; 200 %
// zoom halves that in CSS pixels.
func appearances(width int64) []Appearance {
	return []Appearance{
		{Width: width, Height: 680, Scale: 1},
		{Width: width, Height: 680, Scale: 1, Dark: true},
		{Width: 360, Height: 640, Scale: 1},
		{Width: width / 2, Height: 340, Scale: 2, Dark: true},
	}
}

// TestAccessibility checks every screen of portal and window against WCAG 2.2 AA and for sideways
// scrolling, in both languages, both colour schemes, at 360 pixels and at 200 % zoom.
func TestAccessibility(t *testing.T) {
	for _, language := range []string{"tr", "en"} {
		t.Run(language, func(t *testing.T) {
			w := NewWorld(t, Options{})
			check := func(name string, p *Page) {
				width := int64(1280)
				if strings.HasPrefix(name, "window-") {
					width = 480
				}
				for _, a := range appearances(width) {
					p.Appear(a)
					inspect(t, fmt.Sprintf("%s at %d×%.0f dark=%t", name, a.Width, a.Scale, a.Dark), p)
				}
				p.Appear(appearances(width)[0])
				if got := Eval[string](p, "document.documentElement.lang"); got != language {
					t.Errorf("%s is in %q, want %q", name, got, language)
				}
			}
			j := NewJourney(w, check)
			j.Language = language
			page := j.Login(Ayse)
			page.Goto(w.Portal.URL + "/kurulum")
			check("portal-install", page)
			page.Goto(w.Portal.URL + "/yok")
			check("portal-not-found", page)
			j.All(page, Give)
			j.All(page, Withdraw)
			w.checkFailures(t, page, check)
			settings := w.SetPhrase("mavi kapı")
			settings.Click(`input[name="language"][value="` + language + `"]`)
			settings.Wait(`html[lang="` + language + `"]`)
			check("window-settings", settings)
		})
	}
}

// checkFailures inspects the screens that tell of something wrong.
func (w *World) checkFailures(t *testing.T, page *Page, check Observer) {
	t.Helper()
	quiet := NewJourney(w, nil)
	page.Goto(w.Portal.URL + "/nes/e-onay")
	page.Click("#continue")
	page.Wait("#problem")
	check("portal-unchecked", page)
	quiet.ToCode(page, Give)
	window := quiet.Open(page)
	quiet.ToPIN(window)
	window.Click(action("sign"))
	window.Wait(`[data-code="pin_empty"]`)
	check("window-pin-empty", window)
	for _, host := range w.Hosts() {
		if err := host.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	window.Failed()
	check("window-failed", window)
	window.Click(action("close"))
	page.Problem()
	check("portal-problem", page)
}

func inspect(t *testing.T, name string, p *Page) {
	t.Helper()
	for _, v := range p.Axe() {
		for _, node := range v.Nodes {
			t.Errorf("%s: %s (%s)\n%s\n%s", name, v.ID, v.Help, node.HTML, node.Summary)
		}
	}
	if over, culprit := p.Overflow(); over > 0 {
		t.Errorf("%s: %d pixels wider than the window: %s", name, over, culprit)
	}
}
