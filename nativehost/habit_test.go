//go:build linux

package main_test

import (
	"crypto/x509"
	"encoding/json"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// withHabit is a machine whose library has a habit.
func withHabit(t testing.TB, habit testcard.Habit) (*machine, *testcard.Accustomed) {
	t.Helper()
	library, err := testcard.NewAccustomed(t.TempDir(), habit)
	if err != nil {
		t.Fatal(err)
	}
	return newMachine(t, library.Path), library
}

// checkLogins compares the PINs that the library was given.
func checkLogins(t *testing.T, library *testcard.Accustomed, want ...string) {
	t.Helper()
	got, err := library.Logins()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the library was given %q, want %q", got, want)
	}
}

// Where libraries in the field differ from the standard, while they list and sign, the card signs all the same.
func TestHabitsOfLibraries(t *testing.T) {
	t.Parallel()
	for name, habit := range map[string]testcard.Habit{
		"ECDSA signatures in DER":                  {DER: true},
		"asking for a signature's length signs":    {LengthSigns: true},
		"the list of slots grows while it is read": {SlotsGrow: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, library := withHabit(t, habit)
			c := m.insert(t, "Kart")
			certificate := c.key(t, testcard.P256, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			if len(list.Certificates) != 1 {
				t.Fatalf("list %+v", list)
			}
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
			checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), certificate.Raw)
			checkLogins(t, library, "user right")
		})
	}
}

// A list of slots that never stops growing is a finding.
func TestSlotsGrowWithoutEnd(t *testing.T) {
	t.Parallel()
	m, _ := withHabit(t, testcard.Habit{SlotsGrow: 1000})
	w := m.open(t)
	w.hello()
	if list := w.list(); !hasFinding(list, fault.ModuleFailed, "habit.so") {
		t.Errorf("findings %+v", list.Findings)
	}
}

// keyed stores a key that wants a PIN for each signature, and its certificate.
func (c *card) keyed(t testing.TB, kind testcard.Kind) *x509.Certificate {
	t.Helper()
	public, err := c.token.NewKey(kind, "imza", []byte{1}, testcard.AlwaysAuthenticate)
	if err != nil {
		t.Fatal(err)
	}
	certificate := c.sub.Issue(t, public)
	if err := c.token.Store(certificate.Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// A library that is logged in before a PIN was given takes no wrong PIN for the right one.
func TestLoggedInBeforeThePIN(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{LoggedIn: pin})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], "999999", shown)), fault.PINIncorrect)
	w.refused(w.changePIN(list.Tokens[0].ID, "999999", freshPIN), fault.PINIncorrect)
	w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), "")
	checkLogins(t, library, "user wrong", "user wrong", "user right")
}

// The PIN is typed once for all documents of an act, also where the library forgets the login after each signature.
func TestLoginIsForgotten(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{Forgets: true})
	c := m.insert(t, "Kart")
	certificate := c.key(t, testcard.P256, 1)
	documents := [][]byte{[]byte("bir"), []byte("iki"), []byte("üç")}
	w, list, shown := m.ready(t, documents...)
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
	for i, document := range documents {
		checkSignature(t, c, signed.Signatures[i].Data, document, certificate.Raw)
	}
	checkLogins(t, library, "user right", "user right", "user right")
}

// The same holds for a key that wants its own PIN for each signature.
func TestLoginOfAKeyIsForgotten(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{Forgets: true, KeyPIN: keyPIN, KeyTries: 3})
	m.insert(t, "Kart").keyed(t, testcard.RSA2048)
	w, list, shown := m.ready(t, []byte("bir"), []byte("iki"))
	w.ends(w.ask(protocol.HostSign, withKeyPIN(signRequest(list.Certificates[0], pin, shown), keyPIN, nil)), "")
	checkLogins(t, library, "user right", "key right", "key other", "user right", "key right")
}

const (
	keyPIN      = "135791"
	wrongKeyPIN = "975311"
)

// withKeyPIN is signRequest with the key's PIN, typed when the window showed its state.
func withKeyPIN(r protocol.HostSignBody, keyPIN string, told *protocol.PINState) protocol.HostSignBody {
	r.KeyPIN = []byte(keyPIN)
	if told != nil {
		r.KeyTold = told.State
	}
	return r
}

// A key with a PIN of its own gets no PIN that was typed for the card; each is asked for and counted as what it is.
func TestKeyWithItsOwnPIN(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{KeyPIN: keyPIN, KeyTries: 3})
	c := m.insert(t, "Kart")
	certificate := c.keyed(t, testcard.RSA2048)
	w, list, shown := m.ready(t, []byte("bir"), []byte("iki"))
	if list.Certificates[0].KeyPIN != nil {
		t.Errorf("before anybody knows of it, the key's PIN is %+v", list.Certificates[0].KeyPIN)
	}
	request := signRequest(list.Certificates[0], pin, shown)
	sign := func(keyPIN string, told *protocol.PINState, want fault.Code) *protocol.PINState {
		t.Helper()
		failure := w.refused(w.ask(protocol.HostSign, withKeyPIN(request, keyPIN, told)), want)
		if failure.KeyPIN == nil || failure.PIN != nil {
			t.Fatalf("told of the card's PIN %+v, of the key's %+v", failure.PIN, failure.KeyPIN)
		}
		return failure.KeyPIN
	}
	state := sign("", nil, fault.KeyPINRequired)
	checkLogins(t, library, "user right")
	sign("", nil, fault.KeyPINRequired) // known by now: not even the card's PIN is sent
	checkLogins(t, library, "user right")
	if state = sign(wrongKeyPIN, state, fault.KeyPINIncorrect); state.State != protocol.PINLow {
		t.Errorf("after a wrong one: %+v", state)
	}
	if listed := w.list().Certificates[0].KeyPIN; listed == nil || *listed != *state {
		t.Errorf("listed: %+v, want %+v", listed, state)
	}
	checkLogins(t, library, "user right", "user right", "key wrong")
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, withKeyPIN(request, keyPIN, state)), protocol.HostSigned, &signed)
	checkSignature(t, c, signed.Signatures[1].Data, []byte("iki"), certificate.Raw)
	checkLogins(t, library, "user right", "user right", "key wrong", "user right", "key right", "key right")

	w.close()
	w, list, _ = m.ready(t, []byte("Onay"))
	if state := list.Certificates[0].KeyPIN; state == nil || state.State != protocol.PINReady {
		t.Errorf("the next window is told %+v", state)
	}
}

// What other windows have cost a key's PIN is known to this one, and its last try needs the person's word.
func TestKeyPINOfAnotherWindow(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{KeyPIN: keyPIN, KeyTries: 3})
	m.insert(t, "Kart").keyed(t, testcard.RSA2048)
	w, list, shown := m.ready(t, []byte("Onay"))
	request := signRequest(list.Certificates[0], pin, shown)
	other, _, otherShown := m.ready(t, []byte("Onay"))
	state := w.refused(w.ask(protocol.HostSign, request), fault.KeyPINRequired).KeyPIN
	stale := *state
	for range 2 {
		state = w.refused(w.ask(protocol.HostSign, withKeyPIN(request, wrongKeyPIN, state)), fault.KeyPINIncorrect).KeyPIN
	}
	if state.State != protocol.PINFinal {
		t.Errorf("after two wrong ones: %+v", state)
	}
	request.Shown = otherShown
	failure := other.refused(other.ask(protocol.HostSign, withKeyPIN(request, wrongKeyPIN, &stale)), fault.TriesFewer)
	if failure.KeyPIN == nil || *failure.KeyPIN != *state {
		t.Errorf("the other window is told %+v, want %+v", failure.KeyPIN, state)
	}
	checkLogins(t, library, "user right", "user right", "key wrong", "user right", "key wrong")
	other.refused(other.ask(protocol.HostSign, withKeyPIN(request, wrongKeyPIN, state)), fault.KeyPINIncorrect)
	// Each worker of this library counts for itself, as no card does.
}

// For a key that turns out to take the card's PIN, the person is asked once and never again.
func TestKeyThatTakesTheCardsPIN(t *testing.T) {
	t.Parallel()
	m, library := withHabit(t, testcard.Habit{KeyPIN: pin, KeyTries: 3})
	m.insert(t, "Kart").keyed(t, testcard.RSA2048)
	w, list, shown := m.ready(t, []byte("Onay"))
	request := signRequest(list.Certificates[0], pin, shown)
	state := w.refused(w.ask(protocol.HostSign, request), fault.KeyPINRequired).KeyPIN
	w.ends(w.ask(protocol.HostSign, withKeyPIN(request, pin, state)), "")
	w.close()

	w, list, shown = m.ready(t, []byte("Onay"))
	if list.Certificates[0].KeyPIN != nil {
		t.Errorf("the next window is told %+v", list.Certificates[0].KeyPIN)
	}
	w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), "")
	checkLogins(t, library, "user right", "user right", "key right", "user right", "key right")
}

// A person who has to type on the reader once more is asked to, and has the time limit of a person each time.
func TestPINPadAsksForEachSignature(t *testing.T) {
	t.Parallel()
	const typing = soon + soon/4 // longer than the card may take
	m, library := withHabit(t, testcard.Habit{Pad: pin, Typing: typing})
	m.insert(t, "Kart").keyed(t, testcard.P256)
	w := m.openHurried(t, library.Path)
	w.hello()
	list, shown := w.list(), w.deliver([]byte("Onay"))
	w.events = nil
	w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], "", shown)), "")
	checkLogins(t, library, "user right", "key right")
	var stages []protocol.HostStage
	for _, e := range w.events {
		var p protocol.HostProgressBody
		if err := json.Unmarshal(e.Body, &p); err != nil {
			t.Fatal(err)
		}
		stages = append(stages, p.Stage)
	}
	want := []protocol.HostStage{protocol.HostStageLogin, protocol.HostStageSigning, protocol.HostStageAgain, protocol.HostStageSigning}
	if !slices.Equal(stages, want) {
		t.Errorf("the window was told %q, want %q", stages, want)
	}
}
