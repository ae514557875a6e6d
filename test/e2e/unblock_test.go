package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

const wrongPUK = "24681357"

// blocks has the card's PIN typed wrongly until it is blocked.
func blocks(page *Page) {
	page.Click(action("test"))
	for _, code := range []string{"pin_incorrect", "pin_last_try", "pin_locked"} {
		page.Wait("#pin")
		page.Type("#pin", "999999")
		if code == "pin_locked" {
			page.Type("#confirm", KnowsLastTry)
		}
		page.Click(action("sign"))
		page.Wait(`#problem[data-code="` + code + `"]`)
	}
}

// unblocks types PUK and new PIN, and sends them.
func unblocks(page *Page, puk, pin, again string) {
	for id, value := range map[string]string{"#puk": puk, "#new": pin, "#again": again} {
		if value != "" {
			page.Type(id, value)
		}
	}
	page.Click(action("sign"))
}

// TestManageUnblock is a card that is blocked by wrong PINs and gets a new one with its PUK: what cannot be right
// costs nothing, a wrong PUK costs one try, and the new PIN works.
func TestManageUnblock(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`[data-unblocking="offered"]`)
	blocks(page)
	page.Wait(`[data-unblocking="needed"] ` + action("unblock"))
	page.Click(action("unblock"))
	for _, tt := range []struct {
		puk, pin, again string
		code, field     string
		tries           int
	}{
		{"", otherPIN, otherPIN, "pin_empty", "puk", 3},
		{"938", otherPIN, otherPIN, "pin_length", "puk", 3},
		{"9381726ı", otherPIN, otherPIN, "pin_characters", "puk", 3},
		{usualPUK, "123456", "123456", "pin_weak", "new", 3},
		{usualPUK, otherPIN, "135247", "again", "again", 3},
		{wrongPUK, otherPIN, otherPIN, "puk_incorrect", "puk", 2},
	} {
		page.Wait(`[data-screen="unblock"] #puk`)
		unblocks(page, tt.puk, tt.pin, tt.again)
		page.Wait(`#problem[data-code="` + tt.code + `"] a[href="#` + tt.field + `"]`)
		page.WaitFor(`document.activeElement.id === "problem"`)
		if left := Eval[string](page, `[...document.querySelectorAll("input")].map((i) => i.value).join("")`); left != "" {
			t.Errorf("%s: a field still holds something", tt.code)
		}
		if _, tries := card.Tries(); tries != tt.tries {
			t.Errorf("%s: %d tries of the PUK are left, want %d", tt.code, tries, tt.tries)
		}
	}
	page.Click(action("back"))
	page.Click(action("unblock"))
	page.Wait(`#puk-tries[data-puk="low"]`)
	page.Type("#new", "1990")
	page.Wait(`#strength:not([data-strength=""])`)
	if said, shown := page.Text("#status"), page.Text("#strength"); said == "" || said != shown {
		t.Errorf("told %q, shown %q", said, shown)
	}
	page.Click(action("back"))
	page.Click(action("unblock"))
	page.Wait("#puk")
	unblocks(page, usualPUK, otherPIN, otherPIN)
	page.Wait(`#done[data-done="unblocked"]`)
	page.Wait(`[data-pin="ready"]`)
	if pins, puks := card.Tries(); pins != 3 || puks != 3 {
		t.Errorf("%d tries of the PIN are left, %d of the PUK", pins, puks)
	}
	page.Click(action("test"))
	page.Wait("#pin")
	page.Type("#pin", otherPIN)
	page.Click(action("sign"))
	page.Wait(`#done[data-done="tested"]`)
}

// TestManageUnblockCut is a card that is pulled while it gets its PIN: nobody may cancel that, and the page says what
// it does not know.
func TestManageUnblockCut(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card := w.Card.Virtual
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`[data-unblocking="offered"]`)
	page.Click(action("unblock"))
	page.Wait("#puk")
	struck := card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.Mute})
	unblocks(page, usualPUK, otherPIN, otherPIN)
	card.Await(struck)
	page.Wait(`[data-screen="working"]`)
	if Eval[bool](page, `document.querySelector('`+action("cancel")+`') !== null`) {
		t.Error("it can be cancelled")
	}
	card.Pull()
	page.Wait(`#problem[data-code="token_removed"]`)
	if text := page.Text("#problem"); !strings.Contains(text, "bilinmiyor") {
		t.Errorf("it says %q", text)
	}
}

// TestManageUnblockLeft closes the page while the card takes longer over the PUK than a browser lets what it has started
// live: what the card did is in the journal.
func TestManageUnblockLeft(t *testing.T) {
	t.Parallel()
	unblockLeft(t, NewWorld(t, Options{Virtual: true}))
}

func unblockLeft(t *testing.T, w *World) {
	card := w.Card.Virtual
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`[data-unblocking="offered"]`)
	page.Click(action("unblock"))
	page.Wait("#puk")
	struck, answer := card.Hold(virtual.ResetRetryCounter, 3*time.Second)
	unblocks(page, usualPUK, otherPIN, otherPIN)
	card.Await(struck)
	page.Close()
	answer()
	w.NoWorkers()
	if last := w.lastAct(t); last.Kind != protocol.JournalUnblock || last.Outcome != protocol.OutcomeDone {
		t.Errorf("the journal says %+v", last)
	}
}

// lastTry is the settings page with a card whose PUK has one try left.
func lastTry(t *testing.T) (*Page, *testcard.Faulty) {
	t.Helper()
	w := NewWorld(t, Options{})
	const final = 0x300000 // CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY
	faulty := w.misbehaves(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass, TokenFlags: final})
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`[data-unblocking="offered"]`)
	return page, faulty
}

// TestManageUnblockLastTry is a PUK's last try: it is not sent before the person says that they know, and what they
// have typed stays until then.
func TestManageUnblockLastTry(t *testing.T) {
	t.Parallel()
	page, faulty := lastTry(t)
	page.Click(action("unblock"))
	page.Wait(`#puk-tries[data-puk="final"]`)
	unblocks(page, usualPUK, otherPIN, otherPIN)
	page.Wait(`#problem[data-code="confirm"] a[href="#confirm"]`)
	if n := faulty.Calls(); n != 0 {
		t.Errorf("the card heard %d logins", n)
	}
	if typed := Eval[int](page, `document.getElementById("puk").value.length`); typed != len(usualPUK) {
		t.Errorf("%d characters of the PUK are left", typed)
	}
	page.Type("#confirm", KnowsLastTry)
	page.Click(action("sign"))
	page.Wait(`#done[data-done="unblocked"]`)
}

// TestManageUnblockInspected checks every view of the unblocking, to the card's end.
func TestManageUnblockInspected(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	page := w.Browser.ExtensionPage("manage.html")
	check := inspector(t, page)
	page.Wait(`[data-unblocking="offered"]`)
	check("unblock-offered")
	blocks(page)
	page.Wait(`[data-unblocking="needed"]`)
	check("unblock-needed")
	page.Click(action("unblock"))
	page.Wait("#puk")
	check("unblock")
	page.Type("#new", "1990")
	page.Wait(`#strength[data-strength="guessable"]`)
	check("unblock-strength")
	unblocks(page, usualPUK, "", "")
	page.Wait(`#problem[data-code="again"]`)
	check("unblock-again")
	unblocks(page, wrongPUK, otherPIN, otherPIN)
	page.Wait(`#problem[data-code="puk_incorrect"]`)
	check("unblock-wrong")
	page.Click(action("back")) // which takes the alert along: the next is another
	page.Click(action("unblock"))
	page.Wait(`#app:not(:has(#problem)) #puk`)
	unblocks(page, wrongPUK, otherPIN, otherPIN)
	page.Wait(`#problem[data-code="puk_incorrect"]`)
	unblocks(page, wrongPUK, otherPIN, otherPIN)
	page.Wait(`#problem[data-code="puk_locked"]`)
	page.Wait(`[data-unblocking="lost"]`)
	check("unblock-lost")
	page, _ = lastTry(t)
	check = inspector(t, page)
	page.Click(action("unblock"))
	page.Wait("#confirm")
	page.Click(action("sign"))
	page.Wait(`#problem[data-code="confirm"]`)
	check("unblock-final")
}
