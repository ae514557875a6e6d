//go:build linux

package main_test

import (
	"maps"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// What a person has chosen is the card that is in the reader, and not one that came into it since: no act gives a PIN or
// PUK to a card that was not listed since it was put in, be its serial number the same or not.
func TestActsRefuseAnotherInsertion(t *testing.T) {
	t.Parallel()
	every := maps.Clone(pinActs)
	every["unblock"] = pinAct{func(w *window, list protocol.CertificateList, _ string) uint32 {
		return w.unblock(list.Tokens[0].ID, puk, freshPIN)
	}, protocol.HostReady}
	for name, act := range every {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withOpenSC(t)
			m.key(t, virtual.Signature, testcard.P256)
			m.put(t)
			w, list := m.begins(t, name)
			m.card.Pull()
			w.changed()
			w.refused(act.ask(w, list, pin), fault.TokenRemoved)
			m.put(t)
			w.changed()
			w.refused(act.ask(w, list, pin), fault.CardChanged)
			if heard := m.card.Count(virtual.PINs); heard != 0 {
				t.Errorf("the card heard %d PINs", heard)
			}
			list = w.shows(1)
			w.answer(act.ask(w, list, pin), act.done, nil)
		})
	}
}

// A PUK that was released for a card is used on no card that came into the reader after the claim.
func TestReleaseForAnotherInsertion(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	c := w.claim(list.Certificates[0], "")
	m.card.Pull()
	w.changed()
	m.put(t)
	w.changed()
	w.reported(w.release(c.seal(t, puk), freshPIN), c, fault.CardChanged)
	if n := m.card.Count(PUKs); n != 0 {
		t.Errorf("the card heard %d PUKs", n)
	}
}
