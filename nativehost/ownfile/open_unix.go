//go:build unix

package ownfile

import (
	"os"

	"golang.org/x/sys/unix"
)

func open(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0o600)
}
