//go:build linux

package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// What goes wrong around a card, and what the person is told of it. No trouble costs a try, and after it the
// session goes on.

// refusedWith waits for the answer to request id and returns its code.
func (w *window) refusedWith(id uint32) fault.Code {
	w.t.Helper()
	var f protocol.HostFailure
	w.answer(id, protocol.HostError, &f)
	return f.Code
}

// await lists until one is as wanted.
func (w *window) await(what string, is func(protocol.CertificateList) bool) protocol.CertificateList {
	w.t.Helper()
	for end := time.Now().Add(patience); ; {
		list := w.list()
		if is(list) {
			return list
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: %+v", what, list)
		}
	}
}

// anotherProgram has exclusive access to the card in the reader until its function is called.
func anotherProgram(t *testing.T, m *readerMachine) (letGo func()) {
	t.Helper()
	letGo, err := m.service.Keep(reader + " 00 00")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(letGo)
	return letGo
}

// A card to which another program has exclusive access is not reported as missing, and is listed once it is released.
func TestExclusiveAccessIsReported(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	letGo := anotherProgram(t, m)
	w := m.open(t)
	w.hello()
	list := w.await("busy", func(l protocol.CertificateList) bool { return hasFinding(l, fault.CardBusy, reader+" 00 00") })
	if len(list.Findings) != 1 || !list.Readers[0].Busy {
		t.Errorf("%+v", list)
	}
	letGo()
	w.changed()
	list = w.shows(1)
	if list.Readers[0].Busy || len(list.Certificates) != 1 {
		t.Errorf("%+v", list)
	}
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
}

// Another program takes exclusive access to the card between the list and the PIN.
func TestExclusiveAccessAtLogin(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	// The worker lets go of the card so that another program can have it, as a library does that connects anew.
	killWorker(t, w)
	letGo := anotherProgram(t, m)
	sent := m.card.Count(virtual.PINs)
	code := w.refusedWith(w.selfTest(list.Certificates[0].ID, pin))
	if code != fault.CardBusy {
		t.Errorf("refused with %s", code)
	}
	if m.card.Count(virtual.PINs) != sent {
		t.Error("a PIN was sent")
	}
	letGo()
	list = w.shows(1)
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
}

// A card that was exchanged between the list and the PIN does not get the PIN.
func TestAnotherCardGetsNoPIN(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	m.card.Pull()
	w.changed()
	other := *m
	var err error
	if other.card, err = virtual.New(virtual.Options{PIN: pin, PUK: puk}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.card.Pull)
	other.key(t, virtual.Signature, testcard.P256)
	other.put(t)
	w.changed()
	if code := w.refusedWith(w.selfTest(list.Certificates[0].ID, pin)); code != fault.CardChanged {
		t.Errorf("signing with the other: %s", code)
	}
	if code := w.refusedWith(w.changePIN(list.Tokens[0].ID, pin, freshPIN)); code != fault.CardChanged {
		t.Errorf("changing the PIN of the other: %s", code)
	}
	if n := other.card.Count(virtual.PINs); n != 0 {
		t.Errorf("the other card was sent %d PINs", n)
	}
	list = w.shows(1)
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
}

// tellsTries registers the card as one of a family whose PINs are digits and that tells its tries.
func (m *readerMachine) tellsTries(t *testing.T) {
	t.Helper()
	registry, err := json.Marshal(map[string]any{
		"version": 1,
		"families": []map[string]any{{
			"id": "sanal", "name": "Sanal kart", "match": []map[string]string{{"atr": virtual.AKIS228}},
			"modules": []string{"opensc"}, "pin": "digits", "tries": "00200080",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), registry, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What the card's family says of its PINs holds, and the card tells its tries at no cost.
func TestFamilyPIN(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	m.tellsTries(t)
	w, list := settings(t, m.machine, 1)
	certificate := list.Certificates[0].ID
	state := func() protocol.PINState { t.Helper(); return w.shows(1).Tokens[0].PIN }
	if s := state(); s.Tries != 3 || s.Alphabet != protocol.PINDigits || s.State != protocol.PINReady || list.Readers[0].Family != "Sanal kart" {
		t.Errorf("at first %+v", s)
	}
	w.refused(w.selfTest(certificate, "24681a"), fault.PINCharacters)
	for _, want := range []protocol.PINState{{Tries: 2, State: protocol.PINLow}, {Tries: 1, State: protocol.PINFinal}, {State: protocol.PINLocked}} {
		var f protocol.HostFailure
		w.answer(w.selfTest(certificate, "999999"), protocol.HostError, &f)
		if f.PIN == nil || f.PIN.Tries != want.Tries || f.PIN.State != want.State || f.PIN.Alphabet != protocol.PINDigits {
			t.Errorf("refused with %s %+v, want %+v", f.Code, f.PIN, want)
		}
		if s := state(); s.Tries != want.Tries || s.State != want.State {
			t.Errorf("listed as %+v, want %+v", s, want)
		}
		if tries, _ := m.card.Tries(); tries != want.Tries {
			t.Errorf("%d tries are left, want %d", tries, want.Tries)
		}
	}
	w.refused(w.selfTest(certificate, pin), fault.PINLocked)
}

// A registry may name no other command than one that asks.
func TestRegistryRefusesOtherCommands(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"0020008008", "00240080", "002000", "002C0080", "80200080", "00200180", "0020008g"} {
		m := withSoftHSM(t)
		registry := `{"version": 1, "families": [{"id": "x", "name": "X", "match": [{"historical": "01"}],
"modules": ["opensc"],
"tries": "` + command + `"}]}`
		if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(registry), 0o600); err != nil {
			t.Fatal(err)
		}
		if stdout, _, _ := m.command(t, "doctor"); !strings.Contains(stdout, "modules.json:3: ") {
			t.Errorf("%s is taken, or its line not told:\n%s", command, stdout)
		}
	}
}

// The service is killed, and comes back: the list says so and then shows the card, by itself; in the midst of a
// signature the person is told, and signs when it is back.
func TestServiceComesBackAfterAKill(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	struck := m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
	id := w.selfTest(list.Certificates[0].ID, pin)
	happens(t, struck)
	m.service.Kill()
	if code := w.refusedWith(id); code != fault.NoService {
		t.Errorf("in the midst of a signature: %s", code)
	}
	w.await("no service", func(l protocol.CertificateList) bool {
		return hasFinding(l, fault.NoService, "") && len(l.Tokens) == 0
	})
	m.card.Pull()
	m.card.ClearFault()
	m.service = m.startPCSC(t)
	m.put(t)
	list = w.await("the card is back", func(l protocol.CertificateList) bool { return len(l.Certificates) == 1 })
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	if tries, _ := m.card.Tries(); tries != 3 {
		t.Errorf("%d tries are left", tries)
	}
}

// A card that falls silent keeps whoever asks for it, be the question given up or not: the host asks once, however
// often the person tries, and leaves the service's few connections to others.
func TestSilentCardIsAskedOnce(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	before := sockets(t, w.cmd.Process.Pid)
	struck := m.card.SetFault(virtual.Fault{INS: virtual.Verify, Do: virtual.Mute})
	for i := range 20 {
		id := w.selfTest(list.Certificates[0].ID, pin)
		if i == 0 {
			happens(t, struck)
		}
		w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
		w.refused(id, fault.Cancelled)
	}
	// One connection asks whether a program keeps the card, the other is to reset it.
	if n := sockets(t, w.cmd.Process.Pid); n > before+2 {
		t.Errorf("%d connections, where there were %d", n, before)
	}
	m.card.Pull()
	m.card.ClearFault()
	w.shows(0)
	m.put(t)
	w.signsAgain(m)
}

// sockets counts the connections of a process.
func sockets(t *testing.T, pid int) (n int) {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}
