//go:build unix

package testcard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// What is said to crash does, and only that.
func TestFaultyOneAtATime(t *testing.T) {
	caller := filepath.Join(t.TempDir(), "caller")
	if out, err := exec.Command("cc", "-o", caller, "testdata/caller.c", "-ldl", "-lpthread").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hsm, err := testcard.NewSoftHSM(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hsm.AddToken("Kart", "246810", "87654321"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		fault   testcard.Fault
		use     string
		crashes bool
	}{
		{"sessions", testcard.Fault{OneSession: true}, "sessions", true},
		{"sessions in turn", testcard.Fault{OneSession: true}, "turns", false},
		{"sessions without a fault", testcard.Fault{}, "sessions", false},
		{"threads", testcard.Fault{OneThread: true}, "threads", true},
		{"one thread", testcard.Fault{OneThread: true}, "sessions", false},
		{"threads without a fault", testcard.Fault{}, "threads", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faulty, err := testcard.NewFaulty(t.TempDir(), tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			cmd := exec.Command(caller, faulty.Path, tt.use)
			cmd.Env = append(os.Environ(), hsm.Env())
			err = cmd.Run()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if crashed := status.Signaled() && status.Signal() == syscall.SIGSEGV; crashed != tt.crashes || !crashed && err != nil {
				t.Fatalf("%v, crash %v", err, crashed)
			}
		})
	}
}
