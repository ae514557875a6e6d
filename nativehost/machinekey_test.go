//go:build linux

package main_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testtpm"
)

// The machine's key, which signs claims and opens what is released for them: in a TPM, late, lost, and without one.

// startTPM starts the TPM whose state is in dir.
func startTPM(t testing.TB, dir string) *testtpm.TPM {
	t.Helper()
	tpm, err := testtpm.Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpm.Stop)
	return tpm
}

// withTPM makes the machine's TPM the one at the socket, and its library SoftHSM2.
func (m *machine) withTPM(t testing.TB, socket string) {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	m.configureModule(t, module, socket)
}

func (m *machine) configureModule(t testing.TB, module, tpm string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"modules": []string{module}, "search": false, "tpm": tpm})
	if err != nil {
		t.Fatal(err)
	}
	m.configure(t, string(config))
}

// claims is a session that has claimed the machine's one card.
func (m *machine) claims(t testing.TB) (*window, claimed) {
	t.Helper()
	w := m.open(t)
	w.hello()
	return w, w.claim(w.list().Certificates[0], pin)
}

// A key in the TPM claims and opens; the machine is the same in the next session, and another once its TPM was
// cleared or its file is gone or broken.
func TestMachineKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tpm := startTPM(t, dir)
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	w, first := m.claims(t)
	if got := first.claim.Device.Protection; got != protocol.ProtectionTPM {
		t.Errorf("protected by %q", got)
	}
	w.reported(w.release(first.seal(t, soPIN), pin), first, protocol.OutcomeDone)
	w, again := m.claims(t)
	if first.claim.Device.ID() != again.claim.Device.ID() {
		t.Error("the next session is another machine")
	}
	w.close()
	known := map[string]bool{first.claim.Device.ID(): true}
	path := filepath.Join(m.folder(), "device.json")
	for name, lose := range map[string]func() error{
		"TPM cleared": func() error {
			err := tpm.Clear()
			startTPM(t, dir)
			return err
		},
		"file gone":   func() error { return os.Remove(path) },
		"file broken": func() error { return os.WriteFile(path, []byte(`{"version":1,"protection":"tpm"}`), 0o600) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		w, fresh := m.claims(t)
		if known[fresh.claim.Device.ID()] {
			t.Errorf("%s: not another machine", name)
		}
		known[fresh.claim.Device.ID()] = true
		w.reported(w.release(fresh.seal(t, soPIN), pin), fresh, protocol.OutcomeDone)
	}
}

// The key and the journal that an earlier version has left beside the configuration are this machine's still.
func TestMachineKeyOfEarlierVersion(t *testing.T) {
	t.Parallel()
	tpm := startTPM(t, t.TempDir())
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	w, first := m.claims(t)
	w.close()
	config := filepath.Join(m.home, ".config", "e-onay")
	for _, name := range []string{"device.json", "journal"} {
		if err := os.Rename(filepath.Join(m.folder(), name), filepath.Join(config, name)); err != nil {
			t.Fatal(err)
		}
	}
	if page := m.page(t); page.State != protocol.JournalWhole || page.Total != 1 || page.Protection != protocol.ProtectionTPM {
		t.Errorf("%+v", page)
	}
	w, again := m.claims(t)
	w.close()
	if first.claim.Device.ID() != again.claim.Device.ID() {
		t.Error("it is another machine")
	}
	if page := m.page(t); page.State != protocol.JournalWhole || page.Total != 2 || !page.Counted {
		t.Errorf("%+v", page)
	}
}

// Without a TPM and a keyring the key is in a file, and says so.
func TestMachineKeyInAFile(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, filepath.Join(t.TempDir(), "none"))
	w, c := m.claims(t)
	if got := c.claim.Device.Protection; got != protocol.ProtectionFile {
		t.Errorf("protected by %q", got)
	}
	w.reported(w.release(c.seal(t, soPIN), freshPIN), c, protocol.OutcomeDone)
}

// A TPM that is lost between claim and release opens nothing and signs nothing: the card hears no PUK, and the window
// is told.
func TestMachineKeyLostMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tpm := startTPM(t, dir)
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	w, c := m.claims(t)
	if err := tpm.Clear(); err != nil {
		t.Fatal(err)
	}
	startTPM(t, dir)
	w.refused(w.release(c.seal(t, soPIN), freshPIN), fault.DeviceUnavailable)
	w.answer(w.selfTest(w.list().Certificates[0].ID, pin), protocol.HostReady, nil)
}

// A TPM that is there and does not answer is no reason for a weaker key: nothing is claimed, until it answers.
func TestMachineKeyThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tpm := startTPM(t, dir)
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	tpm.Stop() // its socket stays
	w := m.open(t)
	w.hello()
	list := w.list()
	w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], pin)), fault.DeviceUnavailable)
	startTPM(t, dir)
	c := w.claim(list.Certificates[0], pin)
	if got := c.claim.Device.Protection; got != protocol.ProtectionTPM {
		t.Errorf("protected by %q", got)
	}
}

// A slowTPM stands before a TPM, and lets nothing through before it is told to.
type slowTPM struct {
	path  string
	asked chan struct{} // closed by the first who comes
	open  chan struct{} // closed by the test
}

func newSlowTPM(t *testing.T, behind string) *slowTPM {
	t.Helper()
	s := &slowTPM{path: filepath.Join(t.TempDir(), "slow"), asked: make(chan struct{}), open: make(chan struct{})}
	l, err := net.Listen("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var once sync.Once
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			once.Do(func() { close(s.asked) })
			go s.carry(c, behind)
		}
	}()
	return s
}

func (s *slowTPM) carry(c net.Conn, behind string) {
	defer c.Close()
	<-s.open
	tpm, err := net.Dial("unix", behind)
	if err != nil {
		return
	}
	defer tpm.Close()
	go func() {
		_, _ = io.Copy(tpm, c)
		tpm.Close()
	}()
	_, _ = io.Copy(c, tpm)
}

// A TPM that answers late is waited for, with the session alive; who does not want to wait cancels, and nothing was
// done.
func TestMachineKeyThatIsLate(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	slow := newSlowTPM(t, startTPM(t, t.TempDir()).Socket())
	m.withTPM(t, slow.path)
	w := m.open(t)
	w.hello()
	list := w.list()
	cancelled := w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], pin))
	happens(t, slow.asked)
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: cancelled}), protocol.HostReady, nil)
	w.refused(cancelled, fault.Cancelled)
	id := w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], pin))
	w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
	close(slow.open)
	w.answer(id, protocol.HostClaimed, nil)
}

// The doctor says what protects the key, or that there is none yet, and makes none.
func TestDoctorOnTheMachineKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tpm := startTPM(t, dir)
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	path := filepath.Join(m.folder(), "device.json")
	check := func(name string, level protocol.CheckLevel, words string) {
		t.Helper()
		stdout, _, _ := m.command(t, "doctor", "--json")
		var report struct{ Checks []protocol.Check }
		if err := json.Unmarshal([]byte(stdout), &report); err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Checks {
			if !strings.HasPrefix(c.Name, "key") {
				continue
			}
			if c.Name != name || c.Level != level || c.Part != protocol.PartProgram {
				t.Errorf("check %+v, want %s %s", c, level, name)
			}
			if text, _, _ := m.command(t, "doctor", "--lang", "en"); !strings.Contains(text, words) {
				t.Errorf("no %q in\n%s", words, text)
			}
			return
		}
		t.Errorf("no check of the key in %s", stdout)
	}
	check("keynone", protocol.CheckOK, "has no E-Onay key yet")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the doctor made a key: %v", err)
	}
	w, _ := m.claims(t)
	w.close()
	check("key", protocol.CheckOK, "security chip (TPM)")
	tpm.Stop()
	check("keysilent", protocol.CheckWarn, "does not answer")
	m.checks(t, "journaluncounted", "does not count")
	if err := tpm.Clear(); err != nil {
		t.Fatal(err)
	}
	startTPM(t, dir)
	check("keylost", protocol.CheckWarn, "is gone")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	m.withTPM(t, "none")
	w, _ = m.claims(t)
	w.close()
	check("key", protocol.CheckOK, "a file of yours")
}
