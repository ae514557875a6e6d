// Package process watches processes that are no child of the test.
package process

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Watch is a process that is waited for. It stays that process when its number is given to another.
type Watch struct{ fd int } // -1: it has ended, and its parent knows

// Open watches a process, until Close.
func Open(pid int) (*Watch, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return &Watch{fd: -1}, nil
	case err != nil:
		return nil, fmt.Errorf("watch process %d: %w", pid, err)
	}
	return &Watch{fd}, nil
}

// Close ends the watch, not the process.
func (w *Watch) Close() {
	if w.fd != -1 {
		unix.Close(w.fd)
	}
}

// Ends waits until the process ends, at most for limit, and reports whether it did.
//
// A signal of Go's scheduler interrupts a wait. It goes on: or a process that is about to end would count as one that stays.
func (w *Watch) Ends(limit time.Duration) (bool, error) {
	if w.fd == -1 {
		return true, nil
	}
	deadline := time.Now().Add(limit)
	for {
		left := max(time.Until(deadline), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}, int(left.Milliseconds()))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false, fmt.Errorf("wait for a process: %w", err)
		}
		return n == 1, nil
	}
}
