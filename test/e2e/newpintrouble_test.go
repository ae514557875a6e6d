package e2e

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Impatient people, and programs that die, on the way to a new PIN.

// askedForPIN logs in, asks for a new PIN of a card on record, and returns the page and the window at its first question.
func askedForPIN(t *testing.T, w *World) (*Journey, *Page, *Page) {
	t.Helper()
	w.Record(Ayse)
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.ToNewPINCode(page)
	return j, page, j.OpenNewPIN(page)
}

// TestNewPINCancel leaves the window at every step, and in every way; the page is told, no PUK is released, and the next
// attempt works.
func TestNewPINCancel(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j, page, window := askedForPIN(t, w)
	for _, at := range [][2]string{{"who", "escape"}, {"code", "close"}, {"certificate", "button"}, {"pin", "escape"}} {
		t.Run(at[0]+" by "+at[1], func(t *testing.T) {
			window.Forward(at[0])
			ways[at[1]](window)
			if code := page.Problem(); code != "cancelled" {
				t.Errorf("the page was told %q", code)
			}
			w.Browser.NoWindow()
			j.ToNewPINCode(page)
			window = j.OpenNewPIN(page)
		})
	}
	if n := w.Card.Virtual.Count(PUKs); n != 0 {
		t.Errorf("the card heard %d PUKs", n)
	}
	j.ToNewPIN(window)
	j.SetPIN(window, usualPIN, FreshPIN)
	j.FinishNewPIN(page, window)
}

// TestNewPINDoubleClicks double-clicks every button on the way. No question is skipped, and one PUK is used.
func TestNewPINDoubleClicks(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	w.Record(Ayse)
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	page.Goto(w.Portal.URL + "/nes")
	page.DoubleClick("#menu-pin")
	page.DoubleClick("#continue")
	j.Identify(page, Ayse)
	page.Wait("#continue")
	page.DoubleClick("#continue")
	page.Wait("#one-time-code")
	page.Type("#one-time-code", w.Sandbox.OneTimeCode(0))
	page.DoubleClick("#confirm-code")
	page.Wait("#reset:not([disabled])")
	page.DoubleClick("#reset")
	window := w.Browser.Window()
	steps := []string{"who", "code", "certificate", "pin"}
	for i, step := range steps[:3] {
		window.AtStep(step)
		window.DoubleClick(action("continue"))
		if now := Eval[string](window, `document.querySelector("[data-step]").dataset.step`); now != steps[i+1] {
			t.Fatalf("a double click at %q led to %q", step, now)
		}
	}
	window.Type("#old", usualPIN)
	window.Type("#new", FreshPIN)
	window.Type("#again", FreshPIN)
	window.DoubleClick(action("sign"))
	window.AtStep("done")
	page.Wait(`#result[data-outcome="done"]`)
	w.Browser.CloseWindows()
	if n := w.Card.Virtual.Count(PUKs); n != 1 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

// TestNewPINServiceWorkerStops ends the extension's service worker at every moment a person could be at.
func TestNewPINServiceWorkerStops(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j, page, window := askedForPIN(t, w)
	for _, step := range []string{"code", "certificate", "pin"} {
		w.Browser.StopBackground()
		window.Forward(step)
	}
	w.Browser.StopBackground()
	j.SetPIN(window, usualPIN, FreshPIN)
	j.FinishNewPIN(page, window)
}

// TestNewPINPortalKilled kills the portal while it judges the claim. It comes back, is asked again by the page, and
// releases one PUK.
func TestNewPINPortalKilled(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	w.Sandbox.Misbehave("ocsp", "hang") // holds the portal in the middle of the work
	j, page, window := askedForPIN(t, w)
	j.ToNewPIN(window)
	j.SetPIN(window, usualPIN, FreshPIN)
	window.Wait(`[data-phase="ask"]`)
	w.Portal.Kill()
	w.Sandbox.Misbehave("ocsp", "ok")
	w.RestartPortal()
	j.FinishNewPIN(page, window)
	if n := w.Card.Virtual.Count(PUKs); n != 1 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

// TestNewPINHostKilled kills the host before the PIN is typed, where the person goes on in the same window, and while
// the card has the PUK, where nobody can know what became of it.
func TestNewPINHostKilled(t *testing.T) {
	t.Parallel()
	kill := func(t *testing.T, w *World, window *Page) {
		t.Helper()
		for _, host := range w.AwaitHosts(1) {
			if err := host.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if code := window.Failed(); code != "host_stopped" {
			t.Errorf("the window says %q", code)
		}
		w.NoWorkers()
	}
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	j, page, window := askedForPIN(t, w)
	j.ToNewPIN(window)
	kill(t, w, window)
	window.Click(action("retry"))
	window.Forward("pin")

	struck := card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.Mute})
	j.SetPIN(window, usualPIN, FreshPIN)
	card.Await(struck)
	kill(t, w, window)
	if text := window.Text("h1"); !strings.Contains(text, "bilinmiyor") {
		t.Errorf("the window says %q", text)
	}
	window.Click(action("close"))
	if code := page.Problem(); code != "host_stopped" {
		t.Errorf("the page was told %q", code)
	}
	page.Goto(w.Portal.URL + "/nes/pin/sonuc")
	page.Wait(`#result[data-outcome="open"]`)
	card.Pull()
	card.ClearFault()
	card.Insert()
	j.NewPIN(page, usualPIN, FreshPIN)
}

// TestNewPINSecretsStayInside looks for PINs, PUK and citizen number in everything that the journey left on disk.
func TestNewPINSecretsStayInside(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	w.Record(Ayse)
	j := NewJourney(w, nil)
	j.NewPIN(j.Login(Ayse), usualPIN, FreshPIN)
	for _, secret := range []string{usualPIN, FreshPIN, usualPUK} {
		notOnDisk(t, w, secret)
		for name, text := range map[string]string{"portal": w.Portal.Log(), "sandbox": w.Sandbox.Log()} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s's log holds a secret", name)
			}
		}
	}
}
