//go:build linux

package main_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/testcard/virtual"
)

// A browser kills what it has started while the card is at work with a PUK: the card finishes, and the act is written down.
func TestOutlivesBrowser(t *testing.T) {
	m := withOpenSC(t)
	_, before, _ := blocked(t, m)
	before.close()
	w := m.run(t, origin)
	w.hello()
	list := w.shows(1)
	struck := m.card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.Slow, Delay: time.Second})
	w.unblock(list.Tokens[0].ID, puk, freshPIN)
	happens(t, struck)
	ended := watch(t, w.child())
	w.stdin.Close()
	w.stdout.Close()
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended()
	m.recorded(t, "self-test pin_incorrect", "self-test pin_last_try", "self-test pin_locked", "unblock done")
}
