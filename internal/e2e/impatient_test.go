package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// DoubleClick presses twice at the place of an element, as fast as a person who always does; what the
// first press changes there, the second meets.
func (p *Page) DoubleClick(selector string) {
	p.t.Helper()
	css := chromedp.CSS(selector)
	p.do("wait for "+selector, chromedp.WaitVisible(css), chromedp.WaitEnabled(css))
	place := Eval[[2]float64](p, `(() => {
		const at = document.querySelector(`+"`"+selector+"`"+`);
		at.scrollIntoView({ block: "nearest" });
		const { left, top, width, height } = at.getBoundingClientRect();
		return [left + width / 2, top + height / 2];
	})()`)
	for n := 1; n <= 2; n++ {
		p.do("double click "+selector,
			chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(n)),
			chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(n)))
	}
}

// TestDoubleClicks double-clicks every button on the way. No question is skipped, and one act comes of it.
func TestDoubleClicks(t *testing.T) {
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	page.DoubleClick("#menu-nes")
	page.DoubleClick("#menu-e-onay")
	page.Click("#consent")
	page.DoubleClick("#continue")
	page.Wait("#sign:not([disabled])")
	page.DoubleClick("#sign")
	window := w.Browser.Window()
	steps := []string{"who", "document", "code", "certificate", "pin"}
	for i, step := range steps[:4] {
		window.AtStep(step)
		window.DoubleClick(action("continue"))
		if now := Eval[string](window, `document.querySelector("[data-step]").dataset.step`); now != steps[i+1] {
			t.Errorf("a double click at %q led to %q", step, now)
			return
		}
	}
	if Eval[bool](window, `document.querySelector("#problem") !== null`) {
		t.Error("the second press is held against the person")
	}
	window.Type("#pin", w.Card.PIN)
	window.DoubleClick(action("sign"))
	window.AtStep("done")
	page.Wait(`#result[data-act="give"]`)
	w.Browser.CloseWindows()
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}
