// Package secretfile reads files with secrets in them, and refuses those that everybody on the machine may open.
package secretfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// Read reads at most so many bytes of a file with a secret in it, which the caller clears.
func Read(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := Check(file); err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// Check refuses a file that everybody on the machine may read or write. Windows has no such bits.
func Check(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return errors.New("everybody on this machine may open the file (chmod o-rwx)")
	}
	return nil
}
