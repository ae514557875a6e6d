//go:build !linux

package acceptqueue

import "syscall"

func ignoreNew(syscall.RawConn) error { return nil }

func isWaiting(syscall.RawConn) (bool, error) { return false, nil }
