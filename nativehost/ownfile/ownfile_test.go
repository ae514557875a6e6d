//go:build unix

package ownfile_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// Whatever stands in a file's place is an error at once, for readers and for writers.
func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":         func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder":       func(path string) error { return os.Mkdir(path, 0o700) },
		"link":         func(path string) error { return os.Symlink("file", path) },
		"link to none": func(path string) error { return os.Symlink("none", path) },
		"loop":         func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"endless":      func(path string) error { return os.Symlink("/dev/zero", path) },
		"socket": func(path string) error {
			l, err := net.Listen("unix", path)
			if err == nil {
				t.Cleanup(func() { l.Close() })
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "place")
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_TRUNC} {
				if _, err := ownfile.Open(path, flag); !errors.Is(err, ownfile.ErrNotRegular) {
					t.Errorf("flags %x: %v", flag, err)
				}
			}
			if _, err := ownfile.Read(path, 10); !ownfile.IsForeign(err) {
				t.Error(err)
			}
			first, err := ownfile.SetAside(path)
			if err != nil || first != "place.broken" {
				t.Fatalf("%q, %v", first, err)
			}
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			if second, err := ownfile.SetAside(path); err != nil || second != "place.broken-2" {
				t.Errorf("%q, %v", second, err)
			}
			if _, err := ownfile.Open(path, os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after it was set aside: %v", err)
			}
			if err := errors.Join(put(path), ownfile.Write(path, []byte("x"))); err != nil {
				t.Fatal(err)
			}
			if data, err := ownfile.Read(path, 1); err != nil || string(data) != "x" {
				t.Errorf("written: %q, %v", data, err)
			}
			if _, err := os.Lstat(path + ".broken-3"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if _, err := ownfile.Read(path, 3); !errors.Is(err, fs.ErrNotExist) || ownfile.IsForeign(err) {
		t.Error(err)
	}
	f, err := ownfile.Open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("abc"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if data, err := ownfile.Read(path, 3); err != nil || string(data) != "abc" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ownfile.Read(path, 2); !errors.Is(err, ownfile.ErrTooLarge) {
		t.Error(err)
	}
}
