package spool

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// create makes a file without a name (O_TMPFILE, open(2)); where the file system knows none, one that loses its name at once.
func create(folder string) (*os.File, error) {
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC|unix.O_EXCL, 0o600)
	switch {
	case err == nil:
		return os.NewFile(uintptr(fd), folder), nil
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT):
		return createUnlinked(folder)
	}
	return nil, &os.PathError{Op: "open", Path: folder, Err: err}
}
