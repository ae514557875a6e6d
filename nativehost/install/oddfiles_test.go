//go:build unix

package install_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/place"
)

// A pipe in the manifest's place does not block, and is replaced.
func TestManifestIsAPipe(t *testing.T) {
	b := browsers(t)[0]
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(b.Path(), 0o600); err != nil {
		t.Fatal(err)
	}
	if state, err := b.Check(program); state != install.Absent || !errors.Is(err, place.ErrNotFile) {
		t.Errorf("%v, %v", state, err)
	}
	if _, err := b.Uninstall(program); !errors.Is(err, place.ErrNotFile) {
		t.Error(err)
	}
	if change, err := b.Install(program); change != install.Written || err != nil {
		t.Errorf("%v, %v", change, err)
	}
	expect(t, b, install.Ours)
}

// Where others can write the manifest, or exchange it, they name the program that the browser starts: that is told, and
// nothing is installed there.
func TestManifestOfOthers(t *testing.T) {
	b := browsers(t)[0]
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(b.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	refused := func(err error) {
		t.Helper()
		if others, ok := errors.AsType[*place.Error](err); !ok || others.Path != b.Dir {
			t.Error(err)
		}
	}
	_, err := b.Check(program)
	refused(err)
	_, err = b.Install(program)
	refused(err)
	if _, err := os.Lstat(b.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("installed: %v", err)
	}
	if err := os.WriteFile(b.Path(), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = b.Check(program)
	refused(err)
}
