package worker_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// runChild runs a child on given input until it ends by itself.
func runChild(t *testing.T, module string, in io.Reader, out io.Writer) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable, "worker", module)
	cmd.Stdin, cmd.Stdout = in, out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}

// A child that crashes leaves no core file behind: a PIN could be in it.
func TestChildLeavesNoCore(t *testing.T) {
	insert(t)
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable, "worker", softHSM(t))
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
	defer cmd.Wait()
	defer stdin.Close()
	say(stdin, `{"op":"close"}`)
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatal(err) // its first answer says that it is up
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`Max core file size +0 +0 `).Match(limits) {
		t.Errorf("limits:\n%s", limits)
	}
}
