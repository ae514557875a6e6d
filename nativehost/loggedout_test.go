//go:build linux

package main_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// No login outlives its act: whatever a host has done with a PIN, and whatever way that ended, another program of the
// person that has the card open all the time gets no signature after it.

// A thief is that program.
type thief struct {
	*testcard.Sharer
	t           testing.TB
	slot        virtual.Slot
	certificate *x509.Certificate
}

// withThief is a machine with a card whose key in a slot wants its PIN once, and a thief.
func withThief(t testing.TB, slot virtual.Slot) (*readerMachine, *thief) {
	t.Helper()
	m := withOpenSC(t)
	certificate := m.key(t, slot, testcard.P256)
	m.put(t)
	s, err := m.service.Share(reader + " 00 00")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	th := &thief{s, t, slot, certificate}
	th.getsNothing()
	return m, th
}

func (th *thief) transmit(command ...byte) []byte {
	th.t.Helper()
	answer, err := th.Transmit(command)
	if err != nil || len(answer) < 2 {
		th.t.Fatalf("% x: % x %v", command, answer, err)
	}
	return answer
}

func (th *thief) selectPIV() {
	th.t.Helper()
	th.transmit(0, virtual.Select, 4, 0, 5, 0xa0, 0, 0, 3, 8)
}

// loggedIn reports whether the card says that it needs no PIN. It asks in one transaction: a reset between the two
// commands would leave the second without an application.
func (th *thief) loggedIn() bool {
	th.t.Helper()
	if err := th.Begin(); err != nil {
		th.t.Fatal(err)
	}
	th.selectPIV()
	status := fmt.Sprintf("%x", th.transmit(0, virtual.Verify, 0, 0x80))
	if err := th.End(); err != nil {
		th.t.Fatal(err)
	}
	if status != "9000" && !strings.HasPrefix(status, "63c") && status != "6983" {
		th.t.Fatalf("VERIFY without data: %s", status)
	}
	return status == "9000"
}

// login gives the card its PIN.
func (th *thief) login() {
	th.t.Helper()
	th.selectPIV()
	th.transmit(append([]byte{0, virtual.Verify, 0, 0x80, 8}, pin+"\xff\xff"...)...)
}

// signs reports whether the thief gets a signature.
func (th *thief) signs() bool {
	th.t.Helper()
	sum := sha256.Sum256([]byte("a document that the person has never seen"))
	command := append([]byte{0, virtual.GeneralAuthenticate, 0x11, byte(th.slot), 38, 0x7c, 36, 0x82, 0, 0x81, 32}, sum[:]...)
	answer := th.transmit(command...)
	ok := strings.HasSuffix(string(answer), "\x90\x00")
	if ok && (len(answer) < 6 || !ecdsa.VerifyASN1(th.certificate.PublicKey.(*ecdsa.PublicKey), sum[:], answer[4:len(answer)-2])) {
		th.t.Fatalf("% x", answer)
	}
	return ok
}

func (th *thief) getsNothing() {
	th.t.Helper()
	if th.loggedIn() {
		th.t.Error("the card counts as logged in")
	}
	if th.signs() {
		th.t.Error("another program has a signature")
	}
}

// awaitsNothing waits until the card does not count as logged in, without an event that tells when that is.
func (th *thief) awaitsNothing() {
	th.t.Helper()
	for end := time.Now().Add(patience); th.loggedIn(); {
		if time.Now().After(end) {
			th.t.Fatal("the card counts as logged in")
		}
	}
	th.getsNothing()
}

// The thief gets a signature while a login stands: this is what the other tests stand on.
func TestThiefSignsWithALogin(t *testing.T) {
	t.Parallel()
	_, th := withThief(t, virtual.Authentication)
	th.login()
	if !th.loggedIn() || !th.signs() {
		t.Error("no signature after a login")
	}
}

func TestNoLoginIsLeft(t *testing.T) {
	t.Parallel()
	for name, act := range pinActs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, th := withThief(t, virtual.Authentication)
			w, list := m.begins(t, name)
			w.answer(act.ask(w, list, pin), act.done, nil)
			th.getsNothing()
		})
	}
}

// A PUK is a login too, of some cards.
func TestNoLoginIsLeftByAPUK(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*window, protocol.CertificateList){
		"typed": func(w *window, list protocol.CertificateList) {
			w.answer(w.unblock(list.Tokens[0].ID, puk, freshPIN), protocol.HostReady, nil)
		},
		"released": func(w *window, list protocol.CertificateList) {
			c := w.claim(list.Certificates[0], pin)
			w.reported(w.release(c.seal(w.t, puk), freshPIN), c, protocol.OutcomeDone)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, th := withThief(t, virtual.Authentication)
			w, list := settings(t, m.machine, 1)
			use(w, list)
			th.getsNothing()
			w.answer(w.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
			th.getsNothing()
		})
	}
}

// Nor is one left by an act that fails, or is ended in the midst of a signature.
func TestNoLoginIsLeftByWhatFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pin   string
		fault virtual.Fault // none where the card holds its signature back
		end   func(w *window, id uint32, answer func())
		// outlasts: the host is gone when the login ends
		outlasts bool
	}{
		"wrong PIN": {"999999", virtual.Fault{INS: virtual.Verify, Do: virtual.Slow}, func(w *window, id uint32, _ func()) {
			w.refused(id, fault.PINIncorrect)
		}, false},
		"no signature": {pin, virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Garbage, Lasting: true}, func(w *window, id uint32, _ func()) {
			w.answer(id, protocol.HostError, nil)
		}, false},
		"cancelled": {pin, virtual.Fault{}, func(w *window, id uint32, answer func()) {
			w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id})
			w.next()
			answer()
			w.refused(id, fault.Cancelled)
		}, false},
		"library hung, cancelled": {pin, virtual.Fault{}, func(w *window, id uint32, answer func()) {
			w.stopChild()
			w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id})
			w.next()
			answer()
			w.refused(id, fault.Cancelled)
		}, false},
		"window closed": {pin, virtual.Fault{}, func(w *window, id uint32, answer func()) {
			w.stdin.Close()
			answer()
			w.close()
		}, false},
		"worker killed": {pin, virtual.Fault{}, func(w *window, id uint32, answer func()) {
			killWorker(w.t, w)
			answer()
			w.refused(id, fault.ModuleCrashed)
		}, false},
		"host killed": {pin, virtual.Fault{}, func(w *window, id uint32, answer func()) {
			if err := w.cmd.Process.Kill(); err != nil {
				w.t.Fatal(err)
			}
			answer()
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, th := withThief(t, virtual.Authentication)
			w, list := settings(t, m.machine, 1)
			struck, answer := m.holds(t, virtual.GeneralAuthenticate)
			if tt.fault != (virtual.Fault{}) {
				struck = m.card.SetFault(tt.fault)
			}
			id := w.selfTest(list.Certificates[0].ID, tt.pin)
			happens(t, struck)
			tt.end(w, id, answer)
			m.card.ClearFault()
			if tt.outlasts {
				th.awaitsNothing()
			} else {
				th.getsNothing()
			}
		})
	}
}

// stopChild has the worker's library hang.
func (w *window) stopChild() {
	w.t.Helper()
	if err := unix.Kill(w.child(), unix.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
}

// The browser kills what it has started: the session outlives that.
func TestNoLoginIsLeftByTheBrowser(t *testing.T) {
	t.Parallel()
	m, th := withThief(t, virtual.Authentication)
	w := m.run(t, origin)
	w.hello()
	list := w.shows(1)
	struck, answer := m.holds(t, virtual.GeneralAuthenticate)
	w.selfTest(list.Certificates[0].ID, pin)
	happens(t, struck)
	w.killedByBrowser(answer)
	th.getsNothing()
}

// A person who logs out of the machine has every program told to end, and killed in the end. The worker ends the login
// first, also where its library holds no transaction, whose end would have done so.
func TestNoLoginIsLeftByLoggingOut(t *testing.T) {
	t.Parallel()
	m, th := withThief(t, virtual.Authentication)
	m.useOpenSC(t) // by which it holds no transaction
	w, list := m.begins(t, "login")
	unlock, _ := m.holdLogin(t, w, list)
	defer unlock()
	if !th.loggedIn() {
		t.Fatal("no login stands")
	}
	worker := w.child()
	ended := watch(t, worker)
	for _, signal := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM} {
		if err := unix.Kill(worker, signal); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended()
	th.getsNothing()
}

// holdLogin begins a login that is not signed before unlock: the card is logged in, and OpenSC has nothing to do.
func (m *readerMachine) holdLogin(t testing.TB, w *window, list protocol.CertificateList) (unlock func(), id uint32) {
	t.Helper()
	unlock, err := m.hashSites().Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id = pinActs["login"].ask(w, list, pin)
	for stage := protocol.HostStageLogin; stage != protocol.HostStageSigning; {
		var p protocol.HostProgressBody
		if e := w.read(); e.Type != protocol.HostProgress || json.Unmarshal(e.Body, &p) != nil {
			t.Fatalf("%s %s", e.Type, e.Body)
		}
		stage = p.Stage
	}
	return unlock, id
}

// A program that holds the card keeps neither the answer nor the window. The card is reset once the program lets go.
func TestResetWaitsForAnotherProgram(t *testing.T) {
	t.Parallel()
	m, th := withThief(t, virtual.Authentication)
	w, list := settings(t, m.machine, 1)
	if err := th.Begin(); err != nil {
		t.Fatal(err)
	}
	id := w.selfTest(list.Certificates[0].ID, pin)
	for e := w.read(); e.Type != protocol.HostProgress; {
		e = w.read()
	}
	w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id})
	w.next()
	start := time.Now()
	w.refused(id, fault.Cancelled)
	if took := time.Since(start); took > atOnce {
		t.Errorf("the answer came after %v", took)
	}
	th.login()
	if !th.loggedIn() {
		t.Fatal("the card was reset while a program held it")
	}
	if err := th.End(); err != nil {
		t.Fatal(err)
	}
	th.awaitsNothing()
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	th.getsNothing()
}

// While a login stands and OpenSC has nothing to do, another program has to wait; OpenSC's own configuration counts where
// it is not the installed one.
func TestLoginIsNotShared(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"as installed": false, "set up by the person": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, th := withThief(t, virtual.Authentication)
			if shared {
				m.useOpenSC(t) // by which it holds no transaction
			}
			impatient, err := m.service.ShareImpatiently(reader + " 00 00")
			if err != nil {
				t.Fatal(err)
			}
			defer impatient.Stop()
			w, list := m.begins(t, "login")
			unlock, id := m.holdLogin(t, w, list)
			defer unlock()
			answer, err := impatient.Transmit([]byte{0, virtual.Verify, 0, 0x80})
			if got := err == nil; got != shared {
				t.Errorf("another program got % x, %v", answer, err)
			}
			unlock()
			w.answer(id, protocol.HostAuthenticated, nil)
			th.getsNothing()
		})
	}
}

// A reset is no other insertion, for us or for others: act follows act in one window, in another that was open before, and
// no window is told of a change.
func TestActsAfterAReset(t *testing.T) {
	t.Parallel()
	m, th := withThief(t, virtual.Authentication)
	first, list := settings(t, m.machine, 1)
	second, other := settings(t, m.machine, 1)
	for range 3 {
		first.answer(first.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
		th.getsNothing()
		second.answer(second.selfTest(other.Certificates[0].ID, pin), protocol.HostReady, nil)
		th.getsNothing()
	}
	for _, w := range []*window{first, second} {
		w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
		for _, e := range w.events {
			if e.Type == protocol.HostTokensChanged {
				t.Error("the window was told of a change")
			}
		}
	}
	if left, _ := m.card.Tries(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

// Of a family that must not be reset the card is left as the library leaves it.
func TestFamilyThatIsNotReset(t *testing.T) {
	t.Parallel()
	m, th := withThief(t, virtual.Authentication)
	own := `{"version": 1, "families": [{"id": "lasting", "name": "Sanal kart", "match": [{"atr": "` + virtual.AKIS228 + `"}], "modules": ["opensc"], "reset": "never", "driver": {}}]}`
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	w, list := settings(t, m.machine, 1)
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	if !th.loggedIn() {
		t.Error("the card was reset")
	}
}
