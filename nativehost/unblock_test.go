//go:build linux

package main_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// manage.html unblocks a card with a PUK that the person types.

func (w *window) unblock(token, puk, new string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostUnblock, protocol.HostUnblockBody{Token: token, PUK: []byte(puk), New: []byte(new)})
}

// anyKey is a key that is on no token.
func anyKey(t *testing.T) crypto.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// What cannot be a PUK, or is no new PIN, costs no try; a wrong PUK costs one; the right one gives the PIN.
func TestUnblockWithTypedPUK(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	token, certificate := list.Tokens[0].ID, list.Certificates[0].ID
	for _, tt := range []struct {
		puk, new string
		want     fault.Code
		tries    int // of the PUK
	}{
		{"", freshPIN, fault.PINEmpty, 3},
		{"876", freshPIN, fault.PINLength, 3},
		{"8765432ı", freshPIN, fault.PINCharacters, 3},
		{puk, "", fault.PINEmpty, 3},
		{puk, "13", fault.PINLength, 3},
		{puk, "654321", fault.PINWeak, 3},
		{wrongPUK, freshPIN, fault.PUKIncorrect, 2},
	} {
		failure := w.refused(w.unblock(token, tt.puk, tt.new), tt.want)
		if failure.PIN == nil || failure.PIN.State != protocol.PINLocked {
			t.Errorf("%s: PIN %+v", tt.want, failure.PIN)
		}
		if _, tries := m.card.Tries(); tries != tt.tries {
			t.Errorf("%s: %d tries of the PUK are left, want %d", tt.want, tries, tt.tries)
		}
	}
	w.refused(w.unblock("none", puk, freshPIN), fault.NoToken)
	w.events = nil
	id := w.unblock(token, puk, freshPIN)
	w.answer(id, protocol.HostReady, nil)
	if got := w.list().Tokens[0].PUK; got != protocol.PUKReady {
		t.Errorf("PUK %q after the right one", got)
	}
	w.progressed(id, protocol.HostStagePIN)
	if pins, puks := m.card.Tries(); pins != 3 || puks != 3 || m.card.Count(PUKs) != 2 {
		t.Errorf("%d tries of the PIN, %d of the PUK, %d PUKs heard", pins, puks, m.card.Count(PUKs))
	}
	w.answer(w.selfTest(certificate, freshPIN), protocol.HostReady, nil)
}

// What refusals told of a PUK is in later lists too, where the library does not tell it; a card that has no try left is
// not asked any more.
func TestPUKStateStaysInTheSession(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	token := list.Tokens[0].ID
	for _, want := range []struct {
		code  fault.Code
		state string
	}{
		{fault.PUKIncorrect, protocol.PUKLow}, {fault.PUKIncorrect, protocol.PUKLow}, {fault.PUKLocked, protocol.PUKLocked},
	} {
		w.refused(w.unblock(token, wrongPUK, freshPIN), want.code)
		if got := w.list().Tokens[0].PUK; got != want.state {
			t.Errorf("PUK %q after %s, want %q", got, want.code, want.state)
		}
	}
	heard := m.card.Count(PUKs)
	w.refused(w.unblock(token, puk, freshPIN), fault.PUKLocked)
	if n := m.card.Count(PUKs); n != heard {
		t.Errorf("the card heard another PUK")
	}
}

// A card that has refused a PUK is known for it in later sessions, until it has taken one. Whatever the file
// holds, the card can be unblocked.
func TestRefusedPUKIsRemembered(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	path := filepath.Join(m.home, ".config", "e-onay", "puks.json")
	later := func(want string) (*window, string) {
		t.Helper()
		w, list := settings(t, m.machine, 1)
		if got := list.Tokens[0].PUK; got != want {
			t.Errorf("PUK %q in a later session, want %q", got, want)
		}
		return w, list.Tokens[0].ID
	}
	w.refused(w.unblock(list.Tokens[0].ID, wrongPUK, freshPIN), fault.PUKIncorrect)
	w.close()
	if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), m.card.Serial()) {
		t.Errorf("%v: %s", err, data)
	}
	open, _ := later(protocol.PUKLow)
	w, token := later(protocol.PUKLow)
	w.answer(w.unblock(token, puk, freshPIN), protocol.HostReady, nil)
	w.close()
	if got := open.list().Tokens[0].PUK; got != protocol.PUKReady {
		t.Errorf("PUK %q in a session that was open meanwhile", got)
	}
	open.close()
	for _, content := range []string{"", "{", `{"version":2,"refused":[]}`, `{"version":1,"refused":{}}`, strings.Repeat(" ", 20<<10)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w, token := later(protocol.PUKReady)
		w.refused(w.unblock(token, wrongPUK, freshPIN), fault.PUKIncorrect)
		w.answer(w.unblock(token, puk, freshPIN), protocol.HostReady, nil)
		w.close()
	}
}

// A card's family says what its PUK is made of, and how it unblocks, whatever is usual with the library.
func TestUnblockOfAFamily(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	own := `{"version": 1,
"modules": [{"id": "opensc", "files": {"linux": ["opensc-pkcs11.so"]}, "quirks": ["opensc"], "unblock": "none"}],
"families": [{"id": "digits", "name": "Rakamlı kart", "match": [{"atr": "` + virtual.AKIS228 + `"}], "modules": ["opensc"], "pin": "digits", "unblock": "set-pin", "driver": {}}]}`
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	_, w, list := blocked(t, m)
	w.refused(w.unblock(list.Tokens[0].ID, "8765432a", freshPIN), fault.PINCharacters)
	w.answer(w.unblock(list.Tokens[0].ID, puk, freshPIN), protocol.HostReady, nil)
	if n := m.card.Count(PUKs); n != 1 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

func TestUnblockOnSoftHSM(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, list := settings(t, m, 1)
	w.refused(w.unblock(list.Tokens[0].ID, wrongPUK, freshPIN), fault.PUKIncorrect)
	if got := w.list().Tokens[0].PUK; got != protocol.PUKLow {
		t.Errorf("PUK %q after a wrong one", got)
	}
	w.answer(w.unblock(list.Tokens[0].ID, soPIN, freshPIN), protocol.HostReady, nil)
	w.refused(w.selfTest(list.Certificates[0].ID, pin), fault.PINIncorrect)
	w.answer(w.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
}

// Flags of the security officer's PIN are what the list tells of the PUK, and a card that has no try left is not
// asked.
func TestListReportsPUKState(t *testing.T) {
	t.Parallel()
	for flags, want := range map[uint]string{
		0x100000: protocol.PUKLow, 0x300000: protocol.PUKFinal, 0x700000: protocol.PUKLocked,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass, TokenFlags: flags})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, list := settings(t, m, 1)
			if got := list.Tokens[0].PUK; got != want {
				t.Errorf("PUK %q, want %q", got, want)
			}
			if want != protocol.PUKLocked {
				w.answer(w.unblock(list.Tokens[0].ID, soPIN, freshPIN), protocol.HostReady, nil)
				return
			}
			w.refused(w.unblock(list.Tokens[0].ID, soPIN, freshPIN), fault.PUKLocked)
			w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], pin)), fault.PUKLocked)
			if n := faulty.Calls(); n != 0 {
				t.Errorf("%d logins", n)
			}
		})
	}
}

// Once the card is at work, neither a cancel nor the window's end interrupts it: what it does is reported if the window is
// there, and done if it is not.
func TestUnblockOutlivesCancel(t *testing.T) {
	t.Parallel()
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		m := withOpenSC(t)
		_, w, list := blocked(t, m)
		c := w.claim(list.Certificates[0], "")
		struck, answer := m.holds(t, virtual.ResetRetryCounter)
		id := w.release(c.seal(t, puk), freshPIN)
		happens(t, struck)
		w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
		answer()
		w.reported(id, c, protocol.OutcomeDone)
	})
	t.Run("window closed", func(t *testing.T) {
		t.Parallel()
		m := withOpenSC(t)
		_, w, list := blocked(t, m)
		struck, answer := m.holds(t, virtual.ResetRetryCounter)
		w.unblock(list.Tokens[0].ID, puk, freshPIN)
		happens(t, struck)
		w.stdin.Close()
		answer()
		w.close()
		later, list := settings(t, m.machine, 1)
		later.answer(later.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
	})
	t.Run("window closed, card silent", func(t *testing.T) {
		t.Parallel()
		m := withOpenSC(t)
		_, w, list := blocked(t, m)
		struck := m.card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.Mute})
		w.unblock(list.Tokens[0].ID, puk, freshPIN)
		happens(t, struck)
		died := watch(t, w.cmd.Process.Pid)
		w.stdin.Close()
		died()
	})
	t.Run("cancelled before its turn", func(t *testing.T) {
		t.Parallel()
		m := withOpenSC(t)
		m.key(t, virtual.Authentication, testcard.P256)
		m.put(t)
		w, list := settings(t, m.machine, 1)
		c := w.claim(list.Certificates[0], pin)
		struck := m.card.SetFault(virtual.Fault{INS: virtual.Verify, Do: virtual.Mute})
		before := w.selfTest(list.Certificates[0].ID, pin)
		id := w.release(c.seal(t, puk), freshPIN)
		happens(t, struck)
		w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
		m.card.Pull()
		w.refused(before, fault.TokenRemoved)
		w.reported(id, c, fault.Cancelled)
		w.refused(w.release(c.seal(t, puk), freshPIN), fault.Sequence)
		if n := m.card.Count(PUKs); n != 0 {
			t.Errorf("the card heard %d PUKs", n)
		}
	})
}
