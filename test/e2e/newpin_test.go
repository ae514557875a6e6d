package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// PIN Oluşturma / Kilit Çözme: portal, window, host and card together.

// TestNewPIN is the journey of a person who has typed a wrong PIN three times: the card gets a new one, and E-Onay is
// signed with it. The machine's TPM shows that it has the key, which the portal wants here, and the machine is among the person's.
func TestNewPIN(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, TPM: true, Portal: map[string]any{"puk_requires_tpm": true}})
	w.Record(Ayse)
	card := w.Card.Virtual
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	j.Block(page)
	if tries, _ := card.Tries(); tries != 0 {
		t.Fatalf("%d tries are left", tries)
	}
	j.NewPIN(page, "", FreshPIN)
	if pins, puks := card.Tries(); pins != 3 || puks != 3 {
		t.Errorf("tries: %d of the PIN, %d of the PUK", pins, puks)
	}
	j.All(page, Give)

	page.Goto(w.Portal.URL + "/cihazlar")
	if protection := page.Attribute("dd[data-protection]", "data-protection"); protection != "tpm" {
		t.Errorf("the machine's key is protected by %q", protection)
	}
	log := w.Portal.Log()
	for name, secret := range map[string]string{"PIN": FreshPIN, "PUK": usualPUK, "citizen number": Ayse.CitizenNumber} {
		if strings.Contains(log, secret) {
			t.Errorf("the portal's log holds the %s", name)
		}
	}

	// A machine that the person has revoked gets no PUK.
	page.Click(`a[href$="/iptal"]`)
	page.Click("#revoke")
	page.Wait("section[data-revoked]")
	refusesNewPIN(t, j, page, "device_revoked")
}

// TestNewPINOfANewCard is the journey of a person whose card has no PIN yet, to E-Onay.
func TestNewPINOfANewCard(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{NoPIN: true})
	w.Record(Ayse)
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.NewPIN(page, "", FreshPIN)
	w.Card.Complete(FreshPIN)
	j.All(page, Give)
}

// TestNewPINRefused has the portal refuse what must not have a PUK: no PUK is heard by the card, and window, page and
// portal say why.
func TestNewPINRefused(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	page.Goto(w.Portal.URL + "/nes/pin")
	page.Wait(`#refused[data-reason="no-card"]`)

	w.RecordWith(Ayse, "0123456789ABCDEF", usualPUK)
	refusesNewPIN(t, j, page, "card_unknown")

	w.Record(Ayse)
	w.Sandbox.Revoke(Serial(w.Card.Certificates[0]))
	refusesNewPIN(t, j, page, "certificate_revoked")
	if n := w.Card.Virtual.Count(PUKs); n != 0 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

// TestNewPINOfAnother lends a person somebody's card, and one whose certificate is not valid yet.
func TestNewPINOfAnother(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, EmptyCard: true, NoCard: true})
	card := w.Card.Virtual
	w.Card.Issue(w.Sandbox, Mehmet, "valid", testcard.P256)
	w.Record(Mehmet)
	w.Card.Issue(w.Sandbox, Ayse, "not-yet-valid", testcard.P256)
	w.RecordWith(Ayse, "0123456789ABCDEF", usualPUK)
	card.Insert()
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	page.Goto(w.Portal.URL + "/nes/pin")
	page.Wait(`[data-card="later"]`)
	j.ToNewPINCode(page)
	window := j.OpenNewPIN(page)
	window.Forward("certificate")
	window.Wait(`label:has([data-code="certificate_not_yet_valid"]) input:disabled`)
	window.Forward("pin")
	j.SetPIN(window, usualPIN, FreshPIN)
	refusedNewPIN(t, w, page, window, "certificate_of_another")
	if n := card.Count(PUKs); n != 0 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

// TestNewPINCode uses a code that has ended, and one that is used up.
func TestNewPINCode(t *testing.T) {
	t.Parallel()
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		w := NewWorld(t, Options{Virtual: true, Portal: map[string]any{"code_lifetime_seconds": 20}})
		j, page, window := askedForPIN(t, w)
		j.ToNewPIN(window)
		page.WaitFor(`document.getElementById("remaining").dataset.seconds === "0"`)
		j.SetPIN(window, usualPIN, FreshPIN)
		refusedNewPIN(t, w, page, window, "code_expired")
		if n := w.Card.Virtual.Count(PUKs); n != 0 {
			t.Errorf("the card heard %d PUKs", n)
		}
	})
	t.Run("used", func(t *testing.T) {
		t.Parallel()
		w := NewWorld(t, Options{Virtual: true})
		w.Record(Ayse)
		j := NewJourney(w, nil)
		page := j.LoggedIn(Ayse)
		j.ToNewPINCode(page)
		other := w.Browser.NewPage(page.URL()) // the same code, in another tab
		other.Wait("#reset:not([disabled])")
		window := j.OpenNewPIN(page)
		j.ToNewPIN(window)
		j.SetPIN(window, usualPIN, FreshPIN)
		j.FinishNewPIN(page, window)
		window = j.OpenNewPIN(other)
		j.ToNewPIN(window)
		j.SetPIN(window, FreshPIN, usualPIN)
		refusedNewPIN(t, w, other, window, "code_used")
		if n := w.Card.Virtual.Count(PUKs); n != 1 {
			t.Errorf("the card heard %d PUKs", n)
		}
	})
}

// TestNewPINWrongPUK has another PUK on record than the card's. One try of it is spent, and none by trying again:
// the portal withholds it from then on.
func TestNewPINWrongPUK(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	w.RecordWith(Ayse, w.Card.Serial(), "11223344")
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.ToNewPINCode(page)
	window := j.OpenNewPIN(page)
	j.ToNewPIN(window)
	j.SetPIN(window, usualPIN, FreshPIN)
	if code := window.Failed(); code != "puk_incorrect" {
		t.Errorf("the window says %q", code)
	}
	window.Click(action("close"))
	page.Wait(`#result[data-outcome="puk_incorrect"]`)
	page.Goto(w.Portal.URL + "/nes/pin")
	page.Wait(`[data-card="withheld"]`)
	j.ToNewPINCode(page)
	window = j.OpenNewPIN(page)
	j.ToNewPIN(window)
	window.Wait(`#puk-tries[data-puk="low"]`) // of a library that does not tell, by another session's memory
	j.SetPIN(window, usualPIN, FreshPIN)
	refusedNewPIN(t, w, page, window, "puk_withheld")
	if pins, puks := card.Tries(); pins != 3 || puks != 2 {
		t.Errorf("tries: %d of the PIN, %d of the PUK", pins, puks)
	}
}

// TestNewPINHalfway pulls the card out when it has heard the PUK, and closes the page when the PUK has been released.
// What became of it is on record, and the next attempt works.
func TestNewPINHalfway(t *testing.T) {
	t.Parallel()
	t.Run("card pulled", func(t *testing.T) {
		t.Parallel()
		w := NewWorld(t, Options{Virtual: true})
		card := w.Card.Virtual
		j, page, window := askedForPIN(t, w)
		j.ToNewPIN(window)
		card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.PullBefore})
		j.SetPIN(window, usualPIN, FreshPIN)
		if code := window.Failed(); code != "token_removed" {
			t.Errorf("the window says %q", code)
		}
		window.Click(action("close"))
		page.Wait(`#result[data-outcome="token_removed"]`)
		card.Insert()
		j.NewPIN(page, usualPIN, FreshPIN)
		j.All(page, Give)
	})
	t.Run("page closed", func(t *testing.T) {
		t.Parallel()
		w := NewWorld(t, Options{Virtual: true})
		card := w.Card.Virtual
		j, page, window := askedForPIN(t, w)
		j.ToNewPIN(window)
		struck, answer := card.Hold(virtual.ResetRetryCounter, time.Second)
		j.SetPIN(window, usualPIN, FreshPIN)
		card.Await(struck)
		page.Close()
		answer()
		window.AtStep("done")
		window.Wait(`#told[data-told="false"]`)
		window.Click(action("close"))
		page = w.Browser.NewPage(w.Portal.URL + "/nes/pin/sonuc")
		page.Wait(`#result[data-outcome="open"]`)
		j.NewPIN(page, FreshPIN, usualPIN)
		j.All(page, Give)
	})
}

// refusesNewPIN asks for a new PIN, and expects a refusal.
func refusesNewPIN(t *testing.T, j *Journey, page *Page, want string) {
	t.Helper()
	j.ToNewPINCode(page)
	window := j.OpenNewPIN(page)
	j.ToNewPIN(window)
	j.SetPIN(window, j.w.Card.PIN, "852741")
	refusedNewPIN(t, j.w, page, window, want)
}

// refusedNewPIN expects window and page to tell of a refusal.
func refusedNewPIN(t *testing.T, w *World, page, window *Page, want string) {
	t.Helper()
	if code := window.Failed(); code != want {
		t.Errorf("the window says %q, want %q", code, want)
	}
	window.Click(action("close"))
	if code := page.Problem(); code != want {
		t.Errorf("the page was told %q, want %q", code, want)
	}
	w.Browser.NoWindow()
}

// PUKs are the commands that bring a card a PUK.
func PUKs(e virtual.Exchange) bool { return e.INS == virtual.ResetRetryCounter }
