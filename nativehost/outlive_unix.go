//go:build unix

package main

import "syscall"

// apart keeps what is sent to this process's group, or to its terminal's, from the session.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
