package legaltext

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// Archive keeps every version of the texts in a folder, each in a file that is named after it. Several processes, also on
// several machines, can keep their texts in one folder, and folders can be put together: a name says what the file holds.
type Archive struct {
	dir  string // "" keeps nothing
	mu   sync.Mutex
	kept map[string]bool // versions of this process's texts that are in the folder
}

// NewArchive returns the archive in a folder, which must be there; one without a folder keeps nothing.
func NewArchive(dir string) *Archive { return &Archive{dir: dir, kept: map[string]bool{}} }

// Keep puts a text into the folder, unless it is there.
func (a *Archive) Keep(t Text) error {
	if a.dir == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept[t.Version] {
		return nil
	}
	if _, found, err := a.Find(t.Version); err != nil || found {
		a.kept[t.Version] = err == nil
		return err
	}
	if err := writeWhole(filepath.Join(a.dir, t.Version+".txt"), t.Body); err != nil {
		return fmt.Errorf("text archive: %w", err)
	}
	a.kept[t.Version] = true
	return nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(path, content string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".text-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if _, err := file.WriteString(content); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

var version = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Find returns the text of a version. A file that does not hold what its name says counts as missing.
func (a *Archive) Find(name string) (t Text, found bool, err error) {
	if a.dir == "" || !version.MatchString(name) {
		return Text{}, false, nil
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return Text{}, false, fmt.Errorf("text archive: %w", err)
	}
	defer root.Close()
	file, err := root.Open(name + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		return Text{}, false, nil
	}
	if err != nil {
		return Text{}, false, fmt.Errorf("text archive: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxText+1))
	if err != nil {
		return Text{}, false, fmt.Errorf("text archive: %w", err)
	}
	t, err = Parse(data)
	return t, err == nil && t.Version == name, nil
}
