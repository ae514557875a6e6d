//go:build linux

package worker_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/process"
	"github.com/e-onay/e-onay/test/testcard"
)

// What a library has started ends with its worker, in whatever way that ends, also a daemon that has left the session;
// nothing else does.
func TestDescendantsEndWithTheWorker(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, c *worker.Client, pid int){
		"closed": func(t *testing.T, c *worker.Client, _ int) { c.Close() },
		"killed": func(t *testing.T, c *worker.Client, pid int) {
			if err := unix.Kill(pid, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, pid, daemon := leaving(t)
			_, _, others := leaving(t)
			bystander := exec.Command("sleep", "600")
			if err := bystander.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { bystander.Process.Kill(); bystander.Wait() })
			end(t, c, pid)
			if ended, err := daemon.Ends(time.Minute); err != nil || !ended {
				t.Errorf("the daemon outlives its worker (%v)", err)
			}
			if ended, err := others.Ends(0); err != nil || ended {
				t.Errorf("the daemon of another worker has ended (%v)", err)
			}
			if err := bystander.Process.Signal(unix.Signal(0)); errors.Is(err, os.ErrProcessDone) {
				t.Error("another child has ended")
			}
		})
	}
}

// leaving is the client of a worker whose library has started a daemon.
func leaving(t *testing.T) (c *worker.Client, pid int, watched *process.Watch) {
	t.Helper()
	var daemon int
	insert(t)
	faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: "C_Initialize", Do: testcard.Leave})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { faulty.Close() })
	c = client(t, faulty.Path, generous)
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, number := range []*int{&pid, &daemon} {
		if *number, err = faulty.Called(time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if watched, err = process.Open(daemon); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watched.Close)
	return c, pid, watched
}
