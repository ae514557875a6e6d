package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// TestVirtualCard is the whole way on a card in a reader: E-Onay is given, withdrawn and given again. Cards with other kinds of
// keys that are issued are in TestServiceWorkerStops and TestDoubleClicks.
func TestVirtualCard(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	for i, act := range []Act{Give, Withdraw, Give} {
		j.All(page, act)
		if n := w.Recorded(); n != i+1 {
			t.Fatalf("%d acts are recorded, want %d", n, i+1)
		}
	}
}

// TestCardComes opens the window before the card is there: the list comes by itself.
func TestCardComes(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, NoCard: true})
	j, page, window := opened(t, w)
	window.Forward("waiting")
	window.Wait(`[data-code="no_token"]`)
	start := time.Now()
	w.Card.Virtual.Insert()
	seen := time.Since(start)
	window.AtStep("certificate")
	t.Logf("card in the reader → service: %v → list: %v", seen.Round(time.Millisecond), (time.Since(start) - seen).Round(time.Millisecond))

	w.Card.Virtual.Pull()
	window.AtStep("waiting")
	// The heading has the focus and is heard so: nothing is said twice.
	window.WaitFor(`document.activeElement?.id === "title" && document.getElementById("status").textContent !== document.activeElement.textContent`)
	w.Card.Virtual.Insert()
	window.AtStep("certificate")
	window.Continue()
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
}

// TestCardPulledWhileSigning pulls the card in the midst of the signature, before its answer and after it: the window says
// so, and once the card is back the person signs, at no cost of a try.
func TestCardPulledWhileSigning(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	j, page, window := opened(t, w)
	j.ToPIN(window)
	for _, do := range []virtual.Action{virtual.PullBefore, virtual.PullAfter} {
		struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: do})
		j.Sign(window, w.Card.PIN)
		card.Await(struck)
		start := time.Now()
		sent := failsWith(t, w, window, "token_removed")
		t.Logf("card pulled → window: %v", time.Since(start).Round(time.Millisecond))

		window.Click(action("retry"))
		window.Forward("waiting")
		card.Insert()
		window.Forward("pin")
		if n := card.Count(virtual.PINs); n != sent {
			t.Errorf("%d PINs were sent that the person did not type", n-sent)
		}
	}
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
	if tries, _ := card.Tries(); tries != 3 {
		t.Errorf("%d tries are left", tries)
	}
}

// TestPINBlocks types a wrong PIN until the card blocks; then nothing more is sent to it.
func TestPINBlocks(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	j, page, window := opened(t, w)
	j.ToPIN(window)
	tries := func(want int) {
		t.Helper()
		if left, _ := card.Tries(); left != want {
			t.Errorf("%d tries are left, want %d", left, want)
		}
	}
	const wrong = "000111"
	j.Sign(window, wrong)
	window.Wait(`[data-step="pin"] [data-code="pin_incorrect"]`)
	tries(2)
	j.Sign(window, wrong)
	window.Wait(`[data-step="pin"] [data-code="pin_last_try"]`)
	tries(1)

	// The last try must be confirmed: without that, the card hears nothing.
	sent := card.Count(virtual.PINs)
	j.Sign(window, wrong)
	window.Wait(`[data-step="pin"] [data-code="confirm"]`)
	if n := card.Count(virtual.PINs); n != sent {
		t.Errorf("a PIN was sent without the confirmation")
	}
	for _, words := range []string{"son", "evet", "son hakk"} {
		window.Empty("#confirm")
		window.Type("#confirm", words)
		window.Click(action("sign"))
		window.WaitFor(`document.activeElement?.matches('[data-step="pin"] [data-code="confirm"]:has(a[href="#confirm"])')`) // said again
		if n := card.Count(virtual.PINs); n != sent {
			t.Errorf("a PIN was sent with the words %q", words)
		}
	}
	if typed := Eval[int](window, `document.getElementById("pin").value.length`); typed != len(wrong) {
		t.Errorf("%d characters of the PIN are left", typed)
	}
	window.Empty("#confirm")
	window.Type("#confirm", KnowsLastTry)
	window.Click(action("sign"))
	if code := window.Failed(); code != "pin_locked" {
		t.Errorf("the window says %q", code)
	}
	tries(0)

	// A new window knows before it asks.
	sent = card.Count(virtual.PINs)
	window.Click(action("close"))
	if code := page.Problem(); code != "pin_locked" {
		t.Errorf("the page was told %q", code)
	}
	j.ToCode(page, Give)
	window = j.Open(page)
	window.Forward("certificate")
	window.Wait(`[data-step="certificate"] [data-code="pin_locked"]`)
	if window.Text("body"); card.Count(virtual.PINs) != sent {
		t.Errorf("a PIN was sent to a blocked card")
	}
	nothingRecorded(t, w)
	if log := w.Portal.Log(); strings.Contains(log, wrong) {
		t.Errorf("the portal's log holds a PIN")
	}
}
