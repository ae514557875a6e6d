package e2e

import (
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// What goes wrong around a card while the signing window is open: the window says it by its name, no try is
// spent that the person did not make, and the person signs in the same browser.

// waits fails unless the window comes to wait for the end of an obstacle.
func (p *Page) waits(obstacle string) {
	p.t.Helper()
	p.Wait(`[data-step="waiting"] [data-code="` + obstacle + `"]`)
}

// spent fails unless the card was sent that many PINs, and has all its tries.
func spent(t *testing.T, card *VirtualCard, pins int) {
	t.Helper()
	if n := card.Count(virtual.PINs); n != pins {
		t.Errorf("the card was sent %d PINs, want %d", n, pins)
	}
	if tries, _ := card.Tries(); tries != 3 {
		t.Errorf("%d tries are left", tries)
	}
}

// signOnce is how many PINs a card is sent for one signature: once for the login, once for the key that wants
// it again (9C).
const signOnce = 2

// failsWith fails unless the window says so, and nothing is recorded. It returns how many PINs the card was sent until
// then.
func failsWith(t *testing.T, w *World, window *Page, want string) (sent int) {
	t.Helper()
	if code := window.Failed(); code != want {
		t.Errorf("the window says %q, want %q", code, want)
	}
	nothingRecorded(t, w)
	return w.Card.Virtual.Count(virtual.PINs)
}

// goesOn signs in the same window, once what was in the way is gone. The card was sent that many PINs until now.
func (j *Journey) goesOn(t *testing.T, page, window *Page, sent int) {
	t.Helper()
	card := j.w.Card.Virtual
	window.Forward("pin")
	spent(t, card, sent)
	j.Sign(window, j.w.Card.PIN)
	j.Finish(page, window, Give)
	spent(t, card, sent+signOnce)
}

// TestCardTrouble meets one obstacle after the other in one window, at the list and at the PIN: the window names each, and
// goes on by itself once it is gone. Another card, which has the same PIN, is never sent it.
func TestCardTrouble(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card, other := w.Card.Virtual, w.Card.Virtual.Another()
	other.issue(w.Sandbox, Mehmet, "valid", testcard.P384)
	letGo := card.Keep()
	j, page, window := opened(t, w)
	window.Forward("waiting")
	window.waits("card_busy")
	letGo()
	window.AtStep("certificate")

	window.Forward("pin")
	card.Pull()
	window.waits("no_token")
	other.Insert()
	window.AtStep("certificate") // and not the PIN
	window.WaitFor(`document.body.innerText.includes("` + Mehmet.Name + `")`)
	other.Pull()
	window.AtStep("waiting")
	card.Insert()
	window.AtStep("certificate")

	card.KillService()
	window.waits("no_service")
	card.RestartPluggable()
	window.AtStep("certificate")
	for _, step := range []string{"certificate", "pin"} {
		window.Forward(step)
		card.Unplug()
		window.waits("no_reader")
		card.Plug()
		window.AtStep("certificate")
	}
	j.goesOn(t, page, window, 0)
	spent(t, other, 0)
}

// TestCardTroubleAtWork has something happen to the card once the PIN is typed, one after the other in one window: each time
// the window says what, and signs in the end.
func TestCardTroubleAtWork(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	card, other := w.Card.Virtual, w.Card.Virtual.Another()
	other.issue(w.Sandbox, Ayse, "valid", testcard.P384)
	j, page, window := opened(t, w)
	j.ToPIN(window)
	// again comes back to the PIN, once the obstacle that the window waits for is gone; "" is one that is gone already.
	again := func(obstacle string, mend func()) {
		t.Helper()
		window.Click(action("retry"))
		window.Forward("waiting")
		if obstacle != "" {
			window.waits(obstacle)
		}
		mend()
		window.AtStep("certificate")
		window.Forward("pin")
	}

	// The card is exchanged at a moment when the host does not see it in time.
	host := w.AwaitHosts(1)[0]
	signal(t, host.Pid, syscall.SIGSTOP)
	card.Pull()
	other.Insert()
	j.Sign(window, w.Card.PIN)
	signal(t, host.Pid, syscall.SIGCONT)
	// Which of the two it meets first, that a card went or that another one is there, is the host's chance.
	if code := window.Failed(); code != "card_changed" && code != "token_removed" {
		t.Errorf("the window says %q", code)
	}
	nothingRecorded(t, w)
	spent(t, other, 0)
	other.Pull()
	again("", card.Insert)
	spent(t, card, 0)

	// A library keeps its own connection to the card; another program has its chance when the library ends. The host sees that
	// once the person has signed: before, it would look for cards anew, and take the question for the PIN away.
	host = w.AwaitHosts(1)[0]
	signal(t, host.Pid, syscall.SIGSTOP)
	for _, worker := range w.workers() {
		signal(t, worker.Pid, syscall.SIGKILL)
	}
	letGo := card.Keep()
	j.Sign(window, w.Card.PIN)
	signal(t, host.Pid, syscall.SIGCONT)
	sent := failsWith(t, w, window, "card_busy")
	again("card_busy", letGo)
	spent(t, card, sent)

	struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
	j.Sign(window, w.Card.PIN)
	card.Await(struck)
	card.KillService()
	sent = failsWith(t, w, window, "no_service")
	again("no_service", card.RestartPluggable)
	spent(t, card, sent)

	for _, ins := range []byte{virtual.Verify, virtual.GeneralAuthenticate} { // the login, the signature
		struck := card.SetFault(virtual.Fault{INS: ins, Do: virtual.Mute})
		j.Sign(window, w.Card.PIN)
		card.Await(struck)
		card.Unplug()
		sent = failsWith(t, w, window, "token_removed")
		again("no_reader", card.Plug)
		spent(t, card, sent)
	}
	j.goesOn(t, page, window, sent)
	spent(t, other, 0)
}

func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// misbehaves gives the host a library that misbehaves, and no other.
func (w *World) misbehaves(t *testing.T, fault testcard.Fault) *testcard.Faulty {
	t.Helper()
	faulty, err := testcard.NewFaulty(t.TempDir(), fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := faulty.Close(); err != nil {
			t.Error(err)
		}
	})
	w.ConfigureHost(faulty.Path)
	return faulty
}
