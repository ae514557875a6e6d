//go:build !unix

package worker

import (
	"os/exec"
	"syscall"
)

// attributes has no counterpart here; the end of its standard input ends the worker.
func attributes() *syscall.SysProcAttr { return nil }

// becomeSubreaper and killOwnDescendants have no counterpart here.
func becomeSubreaper()    {}
func killOwnDescendants() {}

func startWorker(cmd *exec.Cmd) error { return cmd.Start() }

// killDescendants has no counterpart here: what a library has started may outlive its worker.
func killDescendants(*exec.Cmd) {}
