//go:build unix

package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// fullErrors say that there is no room: on the disk, for the person, or in a file.
var fullErrors = []error{unix.ENOSPC, unix.EDQUOT, unix.EFBIG}

// createUnlinked makes a file that loses its name at once.
func createUnlinked(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, "document-*") // 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
