//go:build !unix

package main

import "syscall"

// apart has no counterpart here.
func apart() *syscall.SysProcAttr { return nil }
