//go:build linux

package main_test

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/process"
	"github.com/e-onay/e-onay/test/testcard"
)

func sha256Of(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func hasFinding(list protocol.CertificateList, code fault.Code, subject string) bool {
	for _, f := range list.Findings {
		if f.Code == code && f.Subject == subject {
			return true
		}
	}
	return false
}

// Why there is no certificate: no library, none that works, no card, an empty one.
func TestFindingsSayWhyThereIsNoCertificate(t *testing.T) {
	t.Parallel()
	softHSM, _ := softHSMFile(t)
	junk := filepath.Join(t.TempDir(), "libjunk.so")
	if err := os.WriteFile(junk, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		modules []string
		want    []protocol.Finding
	}{
		{"no library", nil, []protocol.Finding{{Code: fault.NoService}}},
		{"library without a token", []string{softHSM}, []protocol.Finding{{Code: fault.NoToken}}},
		{"library without a reader", []string{installed(t, "opensc-pkcs11.so")}, []protocol.Finding{{Code: fault.NoService}}},
		{"library is missing", []string{"/none/libakisp11.so"}, []protocol.Finding{{Code: fault.ModuleFailed, Subject: "libakisp11.so", Detail: "No such file"}, {Code: fault.NoService}}},
		{"library is no library", []string{junk}, []protocol.Finding{{Code: fault.ModuleFailed, Subject: "libjunk.so", Detail: "file too short"}, {Code: fault.NoService}}},
		{"library is not PKCS #11", []string{installed(t, "libpcsclite.so.1")}, []protocol.Finding{{Code: fault.ModuleFailed, Subject: "libpcsclite.so.1", Detail: "no C_GetFunctionList"}, {Code: fault.NoService}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newMachine(t, tt.modules...).open(t)
			w.hello()
			list := w.list()
			if len(list.Tokens) != 0 || len(list.Certificates) != 0 || len(list.Findings) != len(tt.want) {
				t.Fatalf("list %+v", list)
			}
			for i, want := range tt.want {
				got := list.Findings[i]
				if got.Code != want.Code || got.Subject != want.Subject || !strings.Contains(got.Detail, want.Detail) {
					t.Errorf("finding %+v, want %+v", got, want)
				}
			}
		})
	}
	t.Run("empty token", func(t *testing.T) {
		t.Parallel()
		m := withSoftHSM(t)
		m.insert(t, "Boş kart")
		w := m.open(t)
		w.hello()
		if list := w.list(); len(list.Tokens) != 1 || len(list.Findings) != 1 || !hasFinding(list, fault.NoCertificate, "Boş kart") {
			t.Fatalf("list %+v", list)
		}
	})
	t.Run("broken configuration", func(t *testing.T) {
		t.Parallel()
		m := withSoftHSM(t)
		m.configure(t, "{\n\"modules\": 1}")
		w := m.open(t)
		w.hello()
		if list := w.list(); !hasFinding(list, fault.ModuleFailed, "host.json") {
			t.Fatalf("list %+v", list)
		}
	})
}

func TestTwoTokens(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	first, second := m.insert(t, "Bir"), m.insert(t, "İki")
	first.key(t, testcard.P256, 1)
	certificate := second.key(t, testcard.RSA2048, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	if len(list.Tokens) != 2 || list.Tokens[0].ID == list.Tokens[1].ID || len(list.Certificates) != 2 {
		t.Fatalf("list %+v", list)
	}
	labels := map[string]string{}
	for _, token := range list.Tokens {
		labels[token.ID] = token.Label
	}
	var chosen protocol.Certificate
	for _, c := range list.Certificates {
		if labels[c.Token] == "İki" {
			chosen = c
		}
	}
	if again := w.list(); again.Certificates[0] != list.Certificates[0] || again.Certificates[1] != list.Certificates[1] {
		t.Error("a second list names them differently")
	}
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(chosen, pin, shown)), protocol.HostSigned, &signed)
	checkSignature(t, second, signed.Signatures[0].Data, []byte("Onay"), certificate.Raw)
}

// One card, seen through two libraries, is one card; a library that fails hides nothing of another's.
func TestOneCardInTwoLibraries(t *testing.T) {
	t.Parallel()
	softHSM, _ := softHSMFile(t)
	crash := newFaulty(t, testcard.Fault{Function: "C_FindObjects", Do: testcard.Crash})
	same := newFaulty(t, testcard.Fault{Function: "C_FindObjects", Do: testcard.Pass})
	m := newMachine(t, crash.Path, softHSM, same.Path, "/none/libnone.so")
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	if len(list.Tokens) != 1 || list.Tokens[0].Module != filepath.Base(softHSM) || len(list.Certificates) != 1 {
		t.Errorf("list %+v", list)
	}
	if len(list.Findings) != 2 || !hasFinding(list, fault.ModuleCrashed, "faulty.so") || !hasFinding(list, fault.ModuleFailed, "libnone.so") {
		t.Errorf("findings %+v", list.Findings)
	}
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
}

// A library that prints on standard output does not disturb the protocol.
func TestLibraryThatPrints(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Sign", Do: testcard.Chatter})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
	if faulty.Calls() == 0 {
		t.Error("the library did not talk")
	}
}

// A crash in the middle of a signature is told, and the next attempt gets a fresh worker.
func TestCrashWhileSigning(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Sign", Do: testcard.Crash})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	request := signRequest(list.Certificates[0], pin, shown)
	w.refused(w.ask(protocol.HostSign, request), fault.ModuleCrashed)
	first := called(t, faulty)
	if again := w.list(); len(again.Certificates) != 1 {
		t.Fatalf("list after the crash: %+v", again)
	}
	w.refused(w.ask(protocol.HostSign, request), fault.ModuleCrashed)
	if second := called(t, faulty); second == first {
		t.Error("the same process crashed twice")
	}
}

func called(t *testing.T, faulty *testcard.Faulty) int {
	t.Helper()
	pid, err := faulty.Called(patience)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// Cancel and ping are answered while a library hangs, in a list and in a signature, and the session goes
// on afterwards.
func TestCancelAndPingOvertake(t *testing.T) {
	t.Parallel()
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		m, faulty := withFault(t, testcard.Fault{Function: "C_GetSlotList", Do: testcard.Hang})
		w := m.open(t)
		w.hello()
		id := w.ask(protocol.HostCertificates, nil)
		queued := w.ask(protocol.HostCertificates, nil)
		pid := called(t, faulty)
		w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
		w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: queued}), protocol.HostReady, nil)
		died := watch(t, pid)
		cancel := w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id})
		w.answer(cancel, protocol.HostReady, nil)
		w.refused(id, fault.Cancelled)
		w.refused(queued, fault.Cancelled)
		died()
		w.answer(w.ask(protocol.HostDocument, textDocument(0, 0)), protocol.HostReady, nil)
	})
	for _, function := range []string{"C_Login", "C_Sign"} {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: function, Do: testcard.Hang})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			id := w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown))
			died := watch(t, called(t, faulty))
			w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
			w.refused(id, fault.Cancelled)
			died()
			if again := w.list(); len(again.Certificates) != 1 {
				t.Fatalf("list after the cancel: %+v", again)
			}
		})
	}
}

// While a card is at work 64 requests may wait; one more is refused at once, and all others get their turn.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_GetSlotList", Do: testcard.Hang})
	w := m.open(t)
	w.hello()
	stuck := w.ask(protocol.HostCertificates, nil)
	called(t, faulty)
	for range 64 {
		w.ask("unknown", nil)
	}
	w.refused(w.ask("unknown", nil), fault.Sequence)
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: stuck}), protocol.HostReady, nil)
	for id := stuck; id <= stuck+64; id++ {
		want := fault.Unsupported
		if id == stuck {
			want = fault.Cancelled
		}
		w.refused(id, want)
	}
}

// The worker, even with its library stuck, ends with the window, and when the host is killed.
func TestWorkerEndsWithTheHost(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*window){
		"window closed": func(w *window) { w.stdin.Close() },
		"host killed":   func(w *window) { w.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Sign", Do: testcard.Hang})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown))
			died := watch(t, called(t, faulty))
			end(w)
			died()
		})
	}
}

// So does what its library has started, also a daemon.
func TestDaemonEndsWithTheHost(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*window){
		"window closed": func(w *window) { w.stdin.Close() },
		"host killed":   func(w *window) { w.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Initialize", Do: testcard.Leave})
			w := m.open(t)
			w.hello()
			w.list()
			called(t, faulty) // the worker
			died := watch(t, called(t, faulty))
			end(w)
			died()
		})
	}
}

// watch returns a function that waits for the process, which need not be a child, to end. It may have ended already.
func watch(t testing.TB, pid int) func() {
	t.Helper()
	watched, err := process.Open(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watched.Close)
	return func() {
		t.Helper()
		if ended, err := watched.Ends(patience); err != nil || !ended {
			t.Fatalf("process %d outlives (%v)", pid, err)
		}
	}
}

// killWorker kills the only worker of a session, as a crash does.
func killWorker(t testing.TB, w *window) {
	t.Helper()
	if err := unix.Kill(w.child(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// child is the only process that the window's has started: a session's worker.
func (w *window) child() int {
	w.t.Helper()
	children, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(w.cmd.Process.Pid)).Output()
	if err != nil {
		w.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		w.t.Fatal(err)
	}
	return pid
}
