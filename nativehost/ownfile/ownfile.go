// Package ownfile opens the files that this program keeps for the person. A pipe, a folder, a link, a device or an endless file
// in the place of one is an error at once: no window waits for it.
package ownfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/place"
)

// Errors. Both mean that the file is not one of ours, whatever it is.
var (
	ErrNotRegular = errors.New("not a regular file")
	ErrTooLarge   = errors.New("larger than this program writes it")
)

// Open opens the regular file at path with the flags of os.OpenFile; O_CREATE creates one for the owner alone. It follows no
// link in the last element of the path, and does not block. A file that others own or can write is a *place.Error.
func Open(path string, flag int) (*os.File, error) {
	f, err := open(path, flag)
	if err != nil {
		if info, other := os.Lstat(path); other == nil && !info.Mode().IsRegular() {
			err = notRegular(path)
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path)
	}
	if err == nil {
		err = place.CheckFile(path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func notRegular(path string) error { return fmt.Errorf("%s: %w", filepath.Base(path), ErrNotRegular) }

// Read returns the content of the regular file at path, of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %w: %d bytes", filepath.Base(path), ErrTooLarge, limit)
	}
	return data, err
}

// Write replaces the file at path atomically with one that only the owner can read. What stands there and is not a regular file
// is set aside.
func Write(path string, data []byte) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		if _, err := SetAside(path); err != nil {
			return err
		}
	}
	return atomicfile.Write(path, data, 0o600)
}

// IsForeign reports whether err means that this program has not put there what stands at the path.
func IsForeign(err error) bool { return errors.Is(err, ErrNotRegular) || errors.Is(err, ErrTooLarge) }

// SetAside renames whatever stands at path, so that a file can be put there, and returns its new name, in the same
// folder. What was set aside before stays.
func SetAside(path string) (string, error) {
	for i := 1; i <= maxAside; i++ {
		name := path + ".broken"
		if i > 1 {
			name = fmt.Sprintf("%s.broken-%d", path, i)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return filepath.Base(name), os.Rename(path, name)
		}
	}
	return "", fmt.Errorf("%s: %d files were set aside already", filepath.Base(path), maxAside)
}

// maxAside bounds how many files are kept that stood in the place of one.
const maxAside = 100
