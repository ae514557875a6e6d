//go:build unix

package worker

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// channel returns the two ends of a stream between this process and a child. They are sockets: on Linux a program of the
// same user can open either end of a pipe through /proc/PID/fd as long as PID is dumpable, which every program is when it
// starts. A socket cannot be opened so.
func channel(bool) (ours, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(ends[0])
		unix.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(ends[1]), "worker")
	if err := unix.SetNonblock(ends[0], true); err != nil { // so that closing it ends a read
		unix.Close(ends[0])
		theirs.Close()
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(ends[0]), "worker"), theirs, nil
}
