package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/e-onay/e-onay/test/testcard"
)

// DoubleClick presses twice at the place of an element, as fast as a person who always does; what the
// first press changes there, the second meets.
func (p *Page) DoubleClick(selector string) {
	p.t.Helper()
	p.ReadOn()
	for missed := true; missed; { // the first press may have come while the screen changed by itself
		p.Wait(selector + ":not(:disabled)")
		p.do("wait until presses count", func(ctx context.Context) error { return awaitPresses(ctx, p.tab) })
		place := p.middle(selector)
		p.do("watch for the click", func(ctx context.Context) error {
			_, err := p.tab.evaluate(ctx, missing(selector))
			return err
		})
		for n := 1; n <= 2; n++ {
			p.chromium("double click "+selector,
				chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(n)),
				chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(n)))
		}
		p.do("see whether it came", func(ctx context.Context) error {
			left, err := p.tab.evaluate(ctx, "window.missed === true")
			missed = err == nil && string(left) == "true" // a window that has closed with the press has had it
			return ctx.Err()
		})
	}
}

// TestDoubleClicks double-clicks every button on the way. No question is skipped, and one act comes of it.
func TestDoubleClicks(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, Key: testcard.P256})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
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

// TestPressesForThePage has a person press on and on, with pointer and keys, in a rhythm that began on the page: they come
// past no question, of whatever window, until they let go.
func TestPressesForThePage(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	for name, call := range map[string]string{"sign": `sign(` + plain + `)`, "card": `certificates({ purpose: "Oyun" })`} {
		t.Run(name, func(t *testing.T) {
			p := h.fresh(t)
			p.Gesture(`client.` + call + `.catch(() => {}); 0`)
			window := h.w.Browser.Window()
			window.AtStep("who")
			Eval[bool](window, `(guard.drawn(), true)`) // as a hand meets it that is there already: the driver comes later
			for range 30 {
				window.ClickAtOnce(action("continue"))
				window.Hammer(Tab)
				window.Hammer(Enter)
				window.Hammer(" ")
			}
			if step := Eval[string](window, `document.querySelector("[data-step]").dataset.step`); step != "who" {
				t.Errorf("they came to %q", step)
			}
			if Eval[bool](window, `document.querySelector("button:not([aria-disabled])") !== null`) {
				t.Error("a button says that it can be pressed")
			}
			window.Continue() // having let go
			window.WaitFor(`document.querySelector("[data-step]").dataset.step !== "who"`)
		})
	}
}

// ClickAtOnce presses at the place of an element once, whether the page takes it or not.
func (p *Page) ClickAtOnce(selector string) {
	p.t.Helper()
	place := p.middle(selector)
	p.chromium("click "+selector,
		chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, place[0], place[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// middle is the place of an element.
func (p *Page) middle(selector string) [2]float64 {
	p.t.Helper()
	return Eval[[2]float64](p, `(() => {
		const at = document.querySelector(`+"`"+selector+"`"+`);
		at.scrollIntoView({ block: "nearest" });
		const { left, top, width, height } = at.getBoundingClientRect();
		return [left + width / 2, top + height / 2];
	})()`)
}

// TestImpatientLogin double-clicks every button of a login, and holds Enter down at the PIN, wrong and right: no question
// is skipped, no try is lost, and one window opens.
func TestImpatientLogin(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	page := w.Browser.NewPage(w.Portal.URL + "/giris")
	page.DoubleClick("#to-e-imza")
	page.Wait("#card-login:not([disabled])")
	page.DoubleClick("#card-login")
	window := w.Browser.Window()
	for _, step := range []string{"who", "certificate"} {
		window.AtStep(step)
		window.DoubleClick(action("continue"))
	}
	window.AtStep("pin")
	window.Type("#pin", "999999")
	window.Press(Enter)
	for range 2 {
		window.Hammer(Enter)
	}
	window.Wait(`#problem[data-code="pin_incorrect"]`)
	window.Type("#pin", w.Card.PIN)
	window.Press(Enter)
	for range 2 {
		window.Hammer(Enter) // the last of them may close the window
	}
	page.Wait("#menu-nes")
	if tries, _ := w.Card.Virtual.Tries(); tries != 3 {
		t.Errorf("%d tries are left", tries)
	}
	w.Browser.CloseWindows()
}

// TestImpatientAtPIN is what people do at the last question: paste, change the language half-way, make the
// window small, hold Enter down. Nothing they typed is lost, and the card is asked once.
func TestImpatientAtPIN(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	window.Wait("#pin")
	for _, wrong := range []struct{ pin, code string }{
		{"şifre", "pin_characters"}, {"ığüşöç", "pin_characters"}, {"😀😀😀😀", "pin_characters"}, {"482915 ", "pin_characters"},
		{"4829 15", "pin_incorrect"}, // a space within is a character like any other
	} {
		window.Type("#pin", "")
		window.insert(wrong.pin)
		window.Click(action("sign"))
		window.Wait(`[data-step="pin"] [data-code="` + wrong.code + `"]`)
		window.WaitFor(`document.getElementById("pin").value === ""`)
	}
	half := len(w.Card.PIN) / 2
	window.Type("#pin", w.Card.PIN[:half])
	window.Click(`button[lang="en"][data-action]`)
	window.WaitFor(`document.documentElement.lang === "en"`)
	window.Appear(Appearance{Width: 240, Height: 340, Scale: 2})
	window.Click(action("show-pin"))
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.Click(`button[lang="tr"][data-action]`)
	window.WaitFor(`document.documentElement.lang === "tr"`)
	window.Click(action("show-pin"))
	if typed := Eval[int](window, `document.getElementById("pin").value.length`); typed != half {
		t.Fatalf("%d characters are left of %d", typed, half)
	}
	Eval[bool](window, `(document.getElementById("pin").focus(), document.getElementById("pin").setSelectionRange(99, 99), true)`)
	window.insert(w.Card.PIN[half:] + "\n") // as it comes from a password manager
	window.Press(Enter)
	for range 10 {
		window.Hammer(Enter) // the last of them may close the window
	}
	page.Wait(`#result[data-act="give"]`)
	w.Browser.CloseWindows()
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}

// insert puts text where the focus is, as pasting does.
func (p *Page) insert(text string) {
	p.t.Helper()
	p.chromium("paste", command(input.InsertText, input.InsertTextParams{Text: text}))
}

// chromium carries out what only Chromium is asked for.
func (p *Page) chromium(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.do(what, func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// TestLogoutElsewhere logs out in another tab of the browser while the window is open: the signature has
// nowhere to go, and the page says that and where to log in.
func TestLogoutElsewhere(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	other := w.Browser.NewPage(w.Portal.URL + "/")
	other.Click("#logout")
	other.Wait("#login")
	other.Close()
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "login_required" {
		t.Errorf("the page says %q", code)
	}
	page.Wait(`#problem a[href$="/giris"]`)
	nothingRecorded(t, w)
}

// TestHistory goes back and forward in the browser while the window is open, and returns after the end.
func TestHistory(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	page = page.history(w, -1, 0)
	page.Wait("#consent")
	if code := window.Failed(); code != "page_gone" {
		t.Errorf("the window says %q", code)
	}
	window.Click(action("close"))
	w.Browser.NoWindow()
	page = page.history(w, +1, 1)
	page.Wait("#sign:not([disabled])") // restored or loaded anew, it can be pressed again
	window = j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
	page.Reload()
	page.Wait(`#result[data-act="give"]`)
	page.Goto(w.Portal.URL + "/nes/e-onay/imza") // the code is used: the portal leads on
	page.Wait(`#result[data-act="give"]`)
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}

// history moves in the tab's history as the browser's own buttons do, and returns the tab anew once n tabs
// are at screen 2/2: a document may come back as it was left, without being loaded.
func (p *Page) history(w *World, steps, n int) *Page {
	p.t.Helper()
	Eval[bool](p, fmt.Sprintf(`(setTimeout(() => history.go(%d)), true)`, steps))
	w.Browser.await("/nes/e-onay/imza", n)
	return w.Browser.attach(p.Target())
}

// TestKilledWhileSigning kills the module's process, then the host, while the card signs, and then takes the
// token away: each time the person is told, tries again, and in the end it is signed.
func TestKilledWhileSigning(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	faulty := w.misbehaves(t, testcard.Fault{Function: "C_Sign", Do: testcard.Hang})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	worker, err := faulty.Called(Patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := window.Failed(); code != "module_crashed" {
		t.Errorf("the window says %q", code)
	}
	window.Click(action("retry"))
	window.Forward("pin")
	j.Sign(window, w.Card.PIN)
	if _, err := faulty.Called(Patience); err != nil {
		t.Fatal(err)
	}
	if err := w.AwaitHosts(1)[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if code := window.Failed(); code != "host_stopped" {
		t.Errorf("the window says %q", code)
	}
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	w.ConfigureHost(module)
	window.Click(action("retry"))
	window.Forward("pin")
	if err := os.Rename(filepath.Join(w.Dir, "softhsm"), filepath.Join(w.Dir, "taken")); err != nil {
		t.Fatal(err)
	}
	j.Sign(window, w.Card.PIN)
	if code := window.Failed(); code != "token_error" && code != "token_removed" {
		t.Errorf("the window says %q", code)
	}
	if err := os.Rename(filepath.Join(w.Dir, "taken"), filepath.Join(w.Dir, "softhsm")); err != nil {
		t.Fatal(err)
	}
	window.Click(action("retry"))
	window.Forward("pin")
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
	w.NoWorkers()
}
