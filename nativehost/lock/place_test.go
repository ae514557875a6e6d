//go:build unix

package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/lock"
)

// What stands in the lock's place does not prevent locking, and the locks still exclude each other.
func TestFileBesideWhatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
		"loop":   func(path string) error { return os.Symlink(filepath.Base(path), path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			for _, place := range []string{path, path + ".1"} {
				if err := errors.Join(os.RemoveAll(place), put(place)); err != nil {
					t.Fatal(err)
				}
				unlock, err := lock.File(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if _, err := lock.File(ctx, path); !errors.Is(err, context.Canceled) {
					t.Errorf("locked twice: %v", err)
				}
				unlock()
			}
		})
	}
}
