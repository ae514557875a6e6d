//go:build unix

package spool_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/spool"
)

// What is written is read again, by place, and no name stands in the folder meanwhile.
func TestSpool(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "e-onay")
	f := &spool.File{Folder: folder}
	first, second := bytes.Repeat([]byte("a"), 300_000), []byte("second")
	for range 2 { // it can be used again
		for _, data := range [][]byte{first, second} {
			if n, err := f.Write(data); n != len(data) || err != nil {
				t.Fatal(n, err)
			}
		}
		if names, err := os.ReadDir(folder); err != nil || len(names) != 0 {
			t.Errorf("%v, %v", names, err)
		}
		section := f.Section(int64(len(first)), int64(len(second)))
		got, err := io.ReadAll(io.NewSectionReader(section, 0, 100))
		if err != nil || !bytes.Equal(got, second) {
			t.Errorf("%q, %v", got, err)
		}
		if f.Size() != int64(len(first)+len(second)) {
			t.Errorf("%d bytes", f.Size())
		}
		if err := f.Close(); err != nil || f.Size() != 0 {
			t.Errorf("%v, %d bytes", err, f.Size())
		}
	}
	if got, err := io.ReadAll(io.NewSectionReader(f.Section(0, 0), 0, 1)); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// A full disk has a code of its own; what else goes wrong has not.
func TestFullDisk(t *testing.T) {
	if folder := os.Getenv("SPOOL_LIMITED"); folder != "" {
		limit := unix.Rlimit{Cur: 1000, Max: 1000}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		f := &spool.File{Folder: folder}
		if _, err := f.Write(make([]byte, 1001)); fault.CodeOf(err) != fault.DiskFull {
			t.Errorf("%v", err)
		}
		return
	}
	limited := exec.Command(os.Args[0], "-test.run=^TestFullDisk$")
	limited.Env = append(os.Environ(), "SPOOL_LIMITED="+t.TempDir())
	if out, err := limited.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &spool.File{Folder: file}
	if _, err := f.Write([]byte("a")); err == nil || fault.CodeOf(err) != fault.Internal {
		t.Errorf("%v", err)
	}
}
