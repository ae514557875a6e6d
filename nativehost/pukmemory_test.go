//go:build linux

package main_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A released PUK is never in the host's memory, and in the worker's once, while the card has it; a typed one is in
// the host's until the card has answered. No worker that had a PUK outlives its use.
func TestPUKInMemory(t *testing.T) {
	t.Parallel()
	release := func(t *testing.T, w *window, list protocol.CertificateList) uint32 {
		return w.release(w.claim(list.Certificates[0], "").seal(t, secretPIN), freshPIN)
	}
	unblock := func(_ *testing.T, w *window, list protocol.CertificateList) uint32 {
		return w.unblock(list.Tokens[0].ID, secretPIN, freshPIN)
	}
	for name, tt := range map[string]struct {
		ask   func(*testing.T, *window, protocol.CertificateList) uint32
		soPIN string
		do    testcard.Action
		host  int // how often the host has it while the card is at work
		want  protocol.HostType
	}{
		"released":             {release, secretPIN, testcard.Pass, 0, protocol.HostReleased},
		"released, refused":    {release, soPIN, testcard.Pass, 0, protocol.HostReleased},
		"released, card hangs": {release, secretPIN, testcard.Hang, 0, protocol.HostReleased},
		"typed":                {unblock, secretPIN, testcard.Pass, 1, protocol.HostReady},
		"typed, refused":       {unblock, soPIN, testcard.Pass, 1, protocol.HostError},
		"typed, card hangs":    {unblock, secretPIN, testcard.Hang, 1, protocol.HostError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: tt.do, ClearFlags: ckfPINInit})
			token, err := m.hsm.AddToken("Kart", pin, tt.soPIN)
			if err != nil {
				t.Fatal(err)
			}
			issueTo(t, token)
			w := m.open(t)
			w.hello()
			id := tt.ask(t, w, w.list())
			worker := called(t, faulty)
			ended := watch(t, worker)
			if tt.do == testcard.Hang {
				for process, want := range map[int]int{w.cmd.Process.Pid: tt.host, worker: 1} {
					if plain, encoded, ok := inMemory(t, process); ok && (plain != want || encoded != 0) {
						t.Errorf("while the card is at work: %d times, and %d times in base64, want %d", plain, encoded, want)
					}
				}
				if err := unix.Kill(worker, unix.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			w.answer(id, tt.want, nil)
			ended()
			nowhere(t, map[string]int{"host": w.cmd.Process.Pid})
		})
	}
}
