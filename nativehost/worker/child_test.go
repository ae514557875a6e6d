//go:build linux

package worker_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/e-onay/e-onay/nativehost/messaging"
)

// A running child, as the host has it.
type running struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *messaging.Reader
}

func startChild(t *testing.T, module string) *running {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable, "worker", module)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait() // a child that has ended is all that is wanted
	})
	r := &running{cmd: cmd, stdin: stdin, out: messaging.NewReader(stdout)}
	if hello := r.answer(t); string(hello) != `{"hello":true}` {
		t.Fatalf("the child begins with %s", hello)
	}
	return r
}

// answer sends frames and returns the one that comes back.
func (r *running) answer(t *testing.T, frames ...string) []byte {
	t.Helper()
	say(r.stdin, frames...)
	frame, err := r.out.Read()
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// A child that crashes leaves no core file behind: a PIN could be in it.
func TestChildLeavesNoCore(t *testing.T) {
	insert(t)
	child := startChild(t, softHSM(t))
	child.answer(t, `{"op":"close"}`) // it is up
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", child.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`Max core file size +0 +0 `).Match(limits) {
		t.Errorf("limits:\n%s", limits)
	}
}
