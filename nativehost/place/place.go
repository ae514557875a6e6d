// Package place knows the folders in which this program keeps the person's files, and whether others can write there. Files
// that others can write are not read, and nothing is written beside them: a configuration names code that is loaded.
//
// Relative values of the variables that name folders are ignored, as the XDG base directory specification asks: the
// working directory, which may be a folder of downloads, never becomes the place of anything.
package place

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
)

// folder is the name of ours.
const folder = "e-onay"

// ErrNoHome means that neither the environment nor the system's list of users tells where the person's files are.
var ErrNoHome = errors.New("the person's own folder is not known")

// ErrNotFile means that a folder, a device or a pipe is where a file should be.
var ErrNotFile = errors.New("not a regular file")

// A Reason says why a file or folder is not used.
type Reason string

const (
	Foreign Reason = "foreign" // it belongs to another user
	Open    Reason = "open"    // other users can write it
)

// An Error names the file or folder that is in the way.
type Error struct {
	Path   string
	Reason Reason
}

func (e *Error) Error() string {
	if e.Reason == Foreign {
		return fmt.Sprintf("%s belongs to another user", e.Path)
	}
	return fmt.Sprintf("%s can be changed by other users", e.Path)
}

// ConfigHome returns the folder in which programs keep their configuration, each in its own.
func ConfigHome() (string, error) { return configHome() }

// Config returns our folder for configuration, the device key and the journal.
func Config() (string, error) {
	dir, err := configHome()
	return filepath.Join(dir, folder), err
}

// Cache returns our folder for what can be found out again.
func Cache() (string, error) {
	dir, err := cacheHome()
	return filepath.Join(dir, folder), err
}

// Home returns the person's own folder.
func Home() (string, error) {
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		return filepath.Clean(home), nil
	}
	person, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoHome, err)
	}
	if !filepath.IsAbs(person.HomeDir) {
		return "", ErrNoHome
	}
	return filepath.Clean(person.HomeDir), nil
}

// Read returns the content of a file that others cannot write, up to limit bytes and one more. The error of a missing file
// wraps fs.ErrNotExist; it is an *Error if others could create the file.
func Read(path string, limit int64) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, errors.Join(CheckFile(path), err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, ErrNotFile)
	}
	if err := CheckFile(path); err != nil {
		return nil, err
	}
	if err := checkOwned(path, info); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, limit+1))
}
