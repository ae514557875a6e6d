//go:build linux

package main_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// The last try of a PIN never goes to the card from a window that has shown more: another window has spent them. Nor does
// a PIN go to a card that was blocked meanwhile. That holds for every act that takes a PIN.
func TestTriesSpentByAnotherWindow(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(w *window, list protocol.CertificateList, shown [][]byte, told string) uint32{
		"sign": func(w *window, list protocol.CertificateList, shown [][]byte, told string) uint32 {
			r := signRequest(list.Certificates[0], "999999", shown)
			r.Told = told
			return w.ask(protocol.HostSign, r)
		},
		"self-test": func(w *window, list protocol.CertificateList, _ [][]byte, told string) uint32 {
			return w.ask(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: list.Certificates[0].ID, PIN: []byte("999999"), Told: told})
		},
		"change-pin": func(w *window, list protocol.CertificateList, _ [][]byte, told string) uint32 {
			return w.ask(protocol.HostChangePIN, protocol.HostChangePINBody{Token: list.Tokens[0].ID, Old: []byte("999999"), New: []byte(freshPIN), Told: told})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, library := withHabit(t, testcard.Habit{Tries: 3})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			first, list, shown := m.ready(t, []byte("Onay"))
			second, _, secondShown := m.ready(t, []byte("Onay"))
			for _, code := range []fault.Code{fault.PINIncorrect, fault.PINLastTry} {
				first.refused(first.ask(protocol.HostSign, signRequest(list.Certificates[0], "999999", shown)), code)
			}
			for _, told := range []string{"", protocol.PINReady} { // what the session has told, and what a window says that it has shown
				failure := second.refused(ask(second, list, secondShown, told), fault.TriesFewer)
				if failure.PIN == nil || failure.PIN.State != protocol.PINFinal {
					t.Fatalf("the window is told %+v", failure.PIN)
				}
			}
			checkLogins(t, library, "user wrong", "user wrong")
			first.refused(first.ask(protocol.HostSign, signRequest(list.Certificates[0], "999999", shown)), fault.PINLocked)
			second.refused(ask(second, list, secondShown, protocol.PINFinal), fault.PINLocked)
			checkLogins(t, library, "user wrong", "user wrong", "user locked")
		})
	}
}

// Whoever has confirmed that it is the last try has it.
func TestLastTryThatWasShown(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{Tries: 2})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], "999999", shown)), fault.PINLastTry)
	w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), "")
	checkLogins(t, library, "user wrong", "user right")
}

// A card behind the smart card service, whose library tells no more than that there is one try.
func TestTriesOfAVirtualCard(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	open := func() (*window, protocol.CertificateList, [][]byte) {
		w := m.open(t)
		w.hello()
		list := w.shows(1)
		return w, list, w.deliver([]byte("Onay"))
	}
	first, list, shown := open()
	second, _, secondShown := open()
	request := signRequest(list.Certificates[0], "999999", shown)
	first.refused(first.ask(protocol.HostSign, request), fault.PINIncorrect)
	first.refused(first.ask(protocol.HostSign, request), fault.PINLastTry)
	request.Shown = secondShown
	failure := second.refused(second.ask(protocol.HostSign, request), fault.TriesFewer)
	if failure.PIN == nil || failure.PIN.State != protocol.PINFinal {
		t.Errorf("the window is told %+v", failure.PIN)
	}
	if left, _ := m.card.Tries(); left != 1 {
		t.Errorf("%d tries left, want 1", left)
	}
	request.PIN = []byte(pin)
	second.ends(second.ask(protocol.HostSign, request), "")
}
