//go:build !unix

package worker

import (
	"os/exec"
	"syscall"
)

// attributes has no counterpart here; the end of its standard input ends the worker.
func attributes() *syscall.SysProcAttr { return nil }

// adopt and endOwn have no counterpart here.
func adopt()  {}
func endOwn() {}

func startWorker(cmd *exec.Cmd) error { return cmd.Start() }

// endDescendants has no counterpart here: what a library has started may outlive its worker.
func endDescendants(*exec.Cmd) {}
