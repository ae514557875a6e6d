//go:build linux

package main_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

const (
	reader = "ACS ACR39U ICC Reader"
	atr    = "3B9F978131FE4580655443D2210831C073F6218081055B"
)

func (m *machine) startPCSC(t testing.TB) *testcard.PCSC { return m.startPCSCWith(t, reader) }

// startPCSCWith is startPCSC with a reader of another name.
func (m *machine) startPCSCWith(t testing.TB, reader string) *testcard.PCSC {
	t.Helper()
	service, err := testcard.StartPCSC(m.home, reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Stop)
	return service
}

// changed waits for the event that tells of a reader or card.
func (w *window) changed() {
	w.t.Helper()
	if e := w.read(); e.ID != 0 || e.Type != protocol.HostTokensChanged {
		w.t.Fatalf("got %d %s, want tokens-changed", e.ID, e.Type)
	}
}

func codes(list protocol.CertificateList) []fault.Code {
	var out []fault.Code
	for _, f := range list.Findings {
		out = append(out, f.Code)
	}
	return out
}

// A card that comes and goes is told, without being asked for.
func TestCardEvents(t *testing.T) {
	t.Parallel()
	m := newMachine(t, installed(t, "opensc-pkcs11.so"))
	service := m.startPCSC(t)
	w := m.open(t)
	w.hello()
	if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.NoToken}) {
		t.Fatalf("with an empty reader: %v", got)
	}
	for range 2 {
		card, err := service.Insert(atr)
		if err != nil {
			t.Fatal(err)
		}
		w.changed()
		// A card that no library knows is not "no card".
		if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.NoModule}) {
			t.Fatalf("with a card of an unknown kind: %v", got)
		}
		if err := card.Remove(); err != nil {
			t.Fatal(err)
		}
		w.changed()
		if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.NoToken}) {
			t.Fatalf("after the card: %v", got)
		}
	}
	w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
	if len(w.events) != 0 {
		t.Errorf("%d more events than changes", len(w.events))
	}
}

// The smart card service may come later than the window, and go before it.
func TestServiceEvents(t *testing.T) {
	t.Parallel()
	m := newMachine(t, installed(t, "opensc-pkcs11.so"))
	w := m.open(t)
	w.hello()
	if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.NoService}) {
		t.Fatalf("without the service: %v", got)
	}
	service := m.startPCSC(t)
	w.changed()
	if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.NoToken}) {
		t.Fatalf("with the service: %v", got)
	}
	service.Stop()
	w.changed()
	w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
}

func TestDoctorReaders(t *testing.T) {
	t.Parallel()
	m := newMachine(t, installed(t, "opensc-pkcs11.so"))
	service := m.startPCSC(t)
	card, err := service.Insert(atr)
	if err != nil {
		t.Fatal(err)
	}
	defer card.Remove()
	// The window's event says when pcscd has seen the card.
	w := m.open(t)
	w.hello()
	for !m.seesCard(t) {
		w.changed()
	}
}

func (m *machine) seesCard(t *testing.T) bool {
	out, _, _ := m.command(t, "doctor", "--lang", "en")
	sees := strings.Contains(out, "ok     Reader "+reader+" 00 00: a card is in it.")
	wants := []string{"ok     The smart card service is running.", "warn   Reader " + reader + " 00 01: no card."}
	if sees {
		wants = []string{"ok     Reader " + reader + " 00 01: empty.", "fail   No driver knows the card in the reader."}
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Fatalf("no %q in\n%s", want, out)
		}
	}
	return sees
}
