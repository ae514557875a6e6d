//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// secretPIN is long enough not to be met by chance.
const secretPIN = "246810-gizli-isik"

// inMemory counts the PIN, and as base64 has it, in the memory of a process. Only root may look; anybody
// else is refused, which is a defence as well, and then ok is false.
func inMemory(t *testing.T, pid int) (plain, encoded int, ok bool) {
	t.Helper()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if errors.Is(err, fs.ErrPermission) {
		return 0, 0, false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	code := []byte(strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secretPIN)), "="))
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(mode, "rw") {
			continue
		}
		content := make([]byte, to-from)
		n, _ := memory.ReadAt(content, int64(from)) // a part that cannot be read holds nothing
		plain += bytes.Count(content[:n], []byte(secretPIN))
		encoded += bytes.Count(content[:n], code)
	}
	return plain, encoded, true
}

// nowhere fails where the PIN is in the memory of the host or of its worker.
func nowhere(t *testing.T, processes map[string]int) {
	t.Helper()
	for name, pid := range processes {
		if plain, encoded, _ := inMemory(t, pid); plain+encoded != 0 {
			t.Errorf("the PIN is in the memory of the %s: %d times, and %d times in base64", name, plain, encoded)
		}
	}
}

// After a signature of each kind, a refusal and a cancelled login no copy of the PIN is in the memory of host and
// worker; while the card checks it, the host has the one that it is going to clear.
func TestPINInMemory(t *testing.T) {
	t.Parallel()
	signs := func(w *window, c protocol.Certificate) uint32 {
		return w.ask(protocol.HostSign, signRequest(c, secretPIN, w.deliver([]byte("Onay"))))
	}
	signsTwice := func(w *window, c protocol.Certificate) uint32 {
		return w.ask(protocol.HostSign, withKeyPIN(signRequest(c, secretPIN, w.deliver([]byte("bir"), []byte("iki"))), secretPIN, nil))
	}
	logsIn := func(w *window, c protocol.Certificate) uint32 { return w.login(c, secretPIN, protocol.LoginFormat) }
	signsHash := func(w *window, c protocol.Certificate) uint32 {
		w.allow(c, portal)
		body := hashRequest(c, crypto.SHA256, portal)
		body.PIN = []byte(secretPIN)
		return w.ask(protocol.HostSignHash, body)
	}
	for _, tt := range []struct {
		name    string
		pin     string // the card's
		do      testcard.Action
		options []testcard.Option
		ask     func(*window, protocol.Certificate) uint32
		want    protocol.HostType
	}{
		{"signed", secretPIN, testcard.Pass, nil, signs, protocol.HostSigned},
		{"signed, the PIN asked for twice", secretPIN, testcard.Pass, []testcard.Option{testcard.AlwaysAuthenticate}, signsTwice, protocol.HostSigned},
		{"refused", pin, testcard.Pass, nil, signs, protocol.HostError},
		{"cancelled", secretPIN, testcard.Hang, nil, signs, protocol.HostError},
		{"logged in", secretPIN, testcard.Pass, nil, logsIn, protocol.HostAuthenticated},
		{"login refused", pin, testcard.Pass, nil, logsIn, protocol.HostError},
		{"login cancelled", secretPIN, testcard.Hang, nil, logsIn, protocol.HostError},
		{"hash signed", secretPIN, testcard.Pass, nil, signsHash, protocol.HostHashSigned},
		{"hash cancelled", secretPIN, testcard.Hang, nil, signsHash, protocol.HostError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: tt.do})
			c := m.insertWith(t, "Kart", tt.pin)
			public, err := c.token.NewKey(testcard.RSA2048, "imza", []byte{1}, tt.options...)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.token.Store(c.sub.Issue(t, public).Raw, []byte{1}, "imza"); err != nil {
				t.Fatal(err)
			}
			w, listed := m.fresh(t)
			id := tt.ask(w, listed)
			processes := map[string]int{"host": w.cmd.Process.Pid, "worker": called(t, faulty)}
			if tt.do == testcard.Hang {
				checkBusy(t, processes)
				delete(processes, "worker") // the cancel ends it
				w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
			}
			w.answer(id, tt.want, nil)
			nowhere(t, processes)
		})
	}
}

// checkBusy also proves that inMemory finds what is there.
func checkBusy(t *testing.T, processes map[string]int) {
	t.Helper()
	for name, pid := range processes {
		plain, encoded, ok := inMemory(t, pid)
		if ok && (plain != 1 || encoded != 0) {
			t.Errorf("while the card is at work the %s has the PIN %d times, and %d times in base64", name, plain, encoded)
		}
	}
}
