//go:build !linux

package worker

import "syscall"

// dieWithParent has no counterpart here; the end of its standard input ends the child.
func dieWithParent() *syscall.SysProcAttr { return nil }
