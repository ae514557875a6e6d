package e2e

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/testcard/virtual"
)

// PIN Oluşturma / Kilit Çözme: portal, window, host and card together.

// blockInWindow types a wrong PIN into a signing window until the card is blocked, and closes the window.
func blockInWindow(j *Journey, page *Page) {
	j.ToCode(page, Give)
	window := j.Open(page)
	j.ToPIN(window)
	const wrong = "000111"
	for _, code := range []string{"pin_incorrect", "pin_last_try"} {
		j.Sign(window, wrong)
		window.Wait(`[data-step="pin"] [data-code="` + code + `"]`)
	}
	window.Click("#confirm")
	j.Sign(window, wrong)
	window.AtStep("failed")
	window.Click(action("close"))
	page.Problem()
	j.w.Browser.NoWindow()
}

// TestNewPIN is the journey of a person who has typed a wrong PIN three times: the card gets a new one, and E-Onay is
// signed with it. The machine has a TPM, and is among the person's.
func TestNewPIN(t *testing.T) {
	w := NewWorld(t, Options{Virtual: true, TPM: true})
	w.Record(Ayse)
	card := w.Card.Virtual
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	blockInWindow(j, page)
	if tries, _ := card.Tries(); tries != 0 {
		t.Fatalf("%d tries are left", tries)
	}
	j.NewPIN(page, "", freshPIN)
	if pins, puks := card.Tries(); pins != 3 || puks != 3 {
		t.Errorf("tries: %d of the PIN, %d of the PUK", pins, puks)
	}
	j.All(page, Give)

	page.Goto(w.Portal.URL + "/cihazlar")
	if protection := page.Attribute("dd[data-protection]", "data-protection"); protection != "tpm" {
		t.Errorf("the machine's key is protected by %q", protection)
	}
	log := w.Portal.Log()
	for name, secret := range map[string]string{"PIN": freshPIN, "PUK": usualPUK, "citizen number": Ayse.CitizenNumber} {
		if strings.Contains(log, secret) {
			t.Errorf("the portal's log holds the %s", name)
		}
	}

	// A machine that the person has revoked gets no PUK.
	page.Click(`a[href$="/iptal"]`)
	page.Click("#revoke")
	page.Wait("section[data-revoked]")
	j.ToNewPINCode(page)
	window := j.OpenNewPIN(page)
	j.ToNewPIN(window)
	j.SetPIN(window, freshPIN, usualPIN)
	if code := window.Failed(); code != "device_revoked" {
		t.Errorf("the window says %q", code)
	}
	window.Click(action("close"))
	if code := page.Problem(); code != "device_revoked" {
		t.Errorf("the page was told %q", code)
	}
}

// TestNewPINOfANewCard is the journey of a person whose card has no PIN yet, to E-Onay.
func TestNewPINOfANewCard(t *testing.T) {
	w := NewWorld(t, Options{NoPIN: true})
	w.Record(Ayse)
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	j.NewPIN(page, "", freshPIN)
	w.Card.Complete(freshPIN)
	j.All(page, Give)
}

// TestNewPINRefused has the portal refuse what must not have a PUK: no PUK is heard by the card, and window, page and
// portal say why.
func TestNewPINRefused(t *testing.T) {
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	j := NewJourney(w, nil)
	refuse := func(t *testing.T, page *Page, want string) {
		t.Helper()
		j.ToNewPINCode(page)
		window := j.OpenNewPIN(page)
		j.ToNewPIN(window)
		j.SetPIN(window, w.Card.PIN, freshPIN)
		if code := window.Failed(); code != want {
			t.Errorf("the window says %q, want %q", code, want)
		}
		window.Click(action("close"))
		if code := page.Problem(); code != want {
			t.Errorf("the page was told %q, want %q", code, want)
		}
		w.Browser.NoWindow()
		if n := card.Count(PUKs); n != 0 {
			t.Errorf("the card heard %d PUKs", n)
		}
	}
	page := j.Login(Ayse)
	page.Goto(w.Portal.URL + "/nes/pin")
	page.Wait(`#refused[data-reason="no-card"]`)
	t.Run("another card is on record", func(t *testing.T) {
		w.RecordWith(Ayse, "0123456789ABCDEF", usualPUK)
		refuse(t, page, "card_unknown")
	})
	t.Run("revoked certificate", func(t *testing.T) {
		w.Record(Ayse)
		w.Sandbox.Revoke(Serial(w.Card.Certificates[0]))
		refuse(t, page, "certificate_revoked")
	})
}

// PUKs are the commands that bring a card a PUK.
func PUKs(e virtual.Exchange) bool { return e.INS == virtual.ResetRetryCounter }
