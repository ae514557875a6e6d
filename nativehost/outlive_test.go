//go:build linux

package main_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// killedByBrowser closes the window and kills what the browser has started while the card is at work, and waits until the
// session has ended.
func (w *window) killedByBrowser(answer func()) {
	w.t.Helper()
	ended := watch(w.t, w.child())
	w.stdin.Close()
	w.stdout.Close()
	if err := w.cmd.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	answer()
	ended()
}

// A browser kills what it has started while the card is at work with a PUK: the card finishes, and the act is written down.
func TestOutlivesBrowser(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, before, _ := blocked(t, m)
	before.close()
	w := m.run(t, origin)
	w.hello()
	list := w.shows(1)
	struck, answer := m.holds(t, virtual.ResetRetryCounter)
	w.unblock(list.Tokens[0].ID, puk, freshPIN)
	happens(t, struck)
	w.killedByBrowser(answer)
	m.recorded(t, "self-test pin_incorrect", "self-test pin_last_try", "self-test pin_locked", "unblock done")
}

// The person logs out of the machine while the card is at work with a PUK, and every program is told to end: the session
// ends with the browser, after the act was written down.
func TestOutlivesLogout(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	struck, answer := m.holds(t, virtual.ResetRetryCounter)
	id := w.unblock(list.Tokens[0].ID, puk, freshPIN)
	happens(t, struck)
	for _, pid := range []int{w.child(), w.cmd.Process.Pid} {
		for _, signal := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM} {
			if err := unix.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	answer()
	w.answer(id, protocol.HostReady, nil)
	w.close()
	m.recorded(t, "self-test pin_incorrect", "self-test pin_last_try", "self-test pin_locked", "unblock done")
}
