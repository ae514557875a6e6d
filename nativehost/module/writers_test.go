//go:build linux

package module

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A library of the administrator's is taken also where a group of theirs may write its folder, as /usr/local on Debian;
// a folder that everybody may write is not.
func TestCheckWritersOfTheAdministratorsFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can make such a folder")
	}
	dir, err := os.MkdirTemp("/run", "eonay-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	library := filepath.Join(dir, "driver.so")
	if err := os.WriteFile(library, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const staff = 50
	if err := errors.Join(os.Chown(dir, 0, staff), os.Chmod(dir, 0o775)); err != nil {
		t.Fatal(err)
	}
	for _, guarded := range []bool{true, false} {
		if err := checkWriters(library, guarded); err != nil {
			t.Errorf("guarded %v: %v", guarded, err)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := checkWriters(library, false); err == nil {
		t.Error("taken from a folder of everybody's")
	}
}
