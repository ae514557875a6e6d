//go:build linux

package main_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// withPluggableReader is withReader whose reader can be unplugged, with a card in it.
func withPluggableReader(t *testing.T) *readerMachine {
	t.Helper()
	m := withReader(t)
	m.service.Stop()
	var err error
	if m.service, err = testcard.StartPluggablePCSC(m.home); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.service.Stop)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	return m
}

// unplug pulls the reader out with the card in it.
func (m *readerMachine) unplug(t *testing.T) {
	t.Helper()
	m.card.Pull() // which the service does not see before the reader has gone: it looks every 400 ms
	if err := m.service.Unplug(); err != nil {
		t.Fatal(err)
	}
}

// plug plugs the reader in again, with the card in it.
func (m *readerMachine) plug(t *testing.T) {
	t.Helper()
	if err := m.service.Plug(); err != nil {
		t.Fatal(err)
	}
	m.put(t)
}

// A reader that is unplugged and plugged in again is told, and not taken for an empty one; the card signs as before.
func TestReaderUnplugged(t *testing.T) {
	t.Parallel()
	m := withPluggableReader(t)
	w, _ := settings(t, m.machine, 1)
	m.unplug(t)
	list := w.awaitNoReader()
	if got := codes(list); !slices.Equal(got, []fault.Code{fault.NoReader}) {
		t.Errorf("without the reader: %v", got)
	}
	m.plug(t)
	w.signsAgain(m)
}

// A reader that is unplugged while the card is at work.
func TestReaderUnpluggedAtWork(t *testing.T) {
	t.Parallel()
	for name, ins := range map[string]byte{"login": virtual.Verify, "signature": virtual.GeneralAuthenticate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withPluggableReader(t)
			w, list := settings(t, m.machine, 1)
			struck := m.card.SetFault(virtual.Fault{INS: ins, Do: virtual.Mute})
			id := w.selfTest(list.Certificates[0].ID, pin)
			happens(t, struck)
			m.unplug(t)
			if code := w.refusedWith(id); code != fault.TokenRemoved {
				t.Errorf("refused with %s", code)
			}
			m.card.ClearFault()
			w.awaitNoReader() // or what is listed next may still be the card that was pulled
			m.plug(t)
			w.signsAgain(m)
		})
	}
}

func (w *window) awaitNoReader() protocol.CertificateList {
	w.t.Helper()
	return w.await("no reader", func(l protocol.CertificateList) bool { return len(l.Readers) == 0 })
}

// signsAgain signs once the card is back, at no cost of a try.
func (w *window) signsAgain(m *readerMachine) {
	w.t.Helper()
	list := w.await("the card is back", func(l protocol.CertificateList) bool { return len(l.Certificates) == 1 })
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	if tries, _ := m.card.Tries(); tries != 3 {
		w.t.Errorf("%d tries are left", tries)
	}
}
