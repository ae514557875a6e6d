//go:build unix

package pukrefusals_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/pukrefusals"
)

// What stands in the file's place and is not a regular file warns of nothing, does not block, and is set aside by the next
// refusal.
func TestNotARegularFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":        func(path string) error { return unix.Mkfifo(path, 0o600) },
		"full folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
		"loop":        func(path string) error { return os.Symlink(filepath.Base(path), path) },
	} {
		t.Run(name, func(t *testing.T) {
			f := pukrefusals.File{Path: filepath.Join(t.TempDir(), "puks.json")}
			if err := put(f.Path); err != nil {
				t.Fatal(err)
			}
			if f.Has("card") {
				t.Error("it warns")
			}
			if err := f.Note(t.Context(), "card", true); err != nil || !f.Has("card") {
				t.Errorf("noted: %v", err)
			}
		})
	}
}

// Several windows note refusals at once: each card is remembered.
func TestConcurrentNotes(t *testing.T) {
	f := pukrefusals.File{Path: filepath.Join(t.TempDir(), "puks.json")}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if err := f.Note(t.Context(), fmt.Sprint(i), true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range 16 {
		if !f.Has(fmt.Sprint(i)) {
			t.Errorf("card %d is forgotten", i)
		}
	}
}
