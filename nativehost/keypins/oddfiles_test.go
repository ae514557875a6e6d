//go:build unix

package keypins_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/lock"
)

// What stands in the file's place remembers nothing, does not block, and is set aside by the next note.
func TestFindBesideWhatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":        func(path string) error { return unix.Mkfifo(path, 0o600) },
		"full folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
		"loop":        func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"endless":     func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			f := keypins.File{Path: filepath.Join(t.TempDir(), "keypins.json")}
			if err := put(f.Path); err != nil {
				t.Fatal(err)
			}
			find(t, f, keypins.Key{Name: "a"}, false)
			if err := f.Refused(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			find(t, f, keypins.Key{Name: "a", Own: true, Refused: 1}, true)
		})
	}
}

// A file that others can write must not say that a key takes the card's PIN.
func TestFindIgnoresWhatOthersCanWrite(t *testing.T) {
	f := keypins.File{Path: filepath.Join(t.TempDir(), "keypins.json")}
	if err := f.Accepted(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	find(t, f, keypins.Key{Name: "a"}, true)
	if err := os.Chmod(f.Path, 0o666); err != nil {
		t.Fatal(err)
	}
	find(t, f, keypins.Key{Name: "a"}, false)
}

// A process that holds the lock does not delay an act.
func TestRefusedDoesNotWaitForTheLock(t *testing.T) {
	f := keypins.File{Path: filepath.Join(t.TempDir(), "keypins.json")}
	unlock, err := lock.File(t.Context(), f.Path+".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := f.Refused(t.Context(), "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("noted beside another: %v", err)
	}
}
