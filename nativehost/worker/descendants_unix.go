//go:build unix && !linux

package worker

import (
	"os/exec"
	"syscall"
)

// attributes gives the worker a process group, with which what its library has started ends, unless that has left the
// group. The end of its standard input ends the worker.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// becomeSubreaper and killOwnDescendants have no counterpart here.
func becomeSubreaper()    {}
func killOwnDescendants() {}

func startWorker(cmd *exec.Cmd) error { return cmd.Start() }

// killDescendants ends what a worker that was waited for has left in its process group.
func killDescendants(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
