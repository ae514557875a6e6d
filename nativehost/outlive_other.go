//go:build !unix

package main

import "syscall"

// detachedAttr has no counterpart on this system.
func detachedAttr() *syscall.SysProcAttr { return nil }
