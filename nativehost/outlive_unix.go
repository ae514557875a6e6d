//go:build unix

package main

import "syscall"

// detachedAttr starts a process in a session of its own, so that signals to this process's group or terminal do not reach
// it.
func detachedAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
