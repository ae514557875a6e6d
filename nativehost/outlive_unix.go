//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// startDetached starts what command returns in a session of its own, so that signals to this process's group or terminal do
// not reach it.
func startDetached(command func() *exec.Cmd) (*exec.Cmd, error) {
	cmd := command()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, cmd.Start()
}
