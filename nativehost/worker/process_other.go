//go:build !linux

package worker

import "syscall"

// dieWithParent has no counterpart here; the end of its standard input ends the child.
func dieWithParent() *syscall.SysProcAttr { return nil }

// limitMemory has no counterpart here: macOS does not heed such limits, and Windows has them for jobs.
func limitMemory(uint64) error { return nil }
