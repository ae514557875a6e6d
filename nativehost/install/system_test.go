//go:build linux

package install_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/install"
)

// Each browser looks into a folder for everybody, and only into those that a package writes.
func TestEveryBrowserHasAFolderForEverybody(t *testing.T) {
	var written []string
	for _, b := range install.System("/") {
		written = append(written, b.Dir)
	}
	for _, b := range browsers(t)[:7] {
		if len(b.Machine) == 0 {
			t.Errorf("%s has none", b.Name)
		}
		for _, dir := range b.Machine {
			if !slices.Contains(written, dir) {
				t.Errorf("%s looks into %s, which no package writes", b.Name, dir)
			}
		}
	}
}

// The manifest for everybody counts wherever the browser finds it first.
func TestManifestForEverybody(t *testing.T) {
	root := t.TempDir()
	b := install.Browser{Machine: []string{filepath.Join(root, "first"), filepath.Join(root, "second")}}
	expectMachine := func(want install.State, path string) {
		t.Helper()
		got, state, err := b.CheckMachine(program)
		if state != want || got != path || err != nil {
			t.Errorf("%q, %v, %v; want %q, %v", got, state, err, path, want)
		}
	}
	expectMachine(install.Absent, "")
	second := install.Browser{Dir: b.Machine[1]}
	if _, err := second.Install(program); err != nil {
		t.Fatal(err)
	}
	expectMachine(install.Ours, second.Path())
	first := install.Browser{Dir: b.Machine[0]}
	if _, err := first.Install("/opt/older/eonay-host"); err != nil {
		t.Fatal(err)
	}
	expectMachine(install.Foreign, first.Path())
	if err := os.Chmod(b.Machine[0], 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.CheckMachine(program); err == nil {
		t.Error("a folder that others can write is believed")
	}
}

// Browsers in a sandbox are known by what they have written, and are no others than those that are known outside of one.
func TestConfined(t *testing.T) {
	browsers(t)
	all, err := install.Confined()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range all {
		names = append(names, b.Name)
		if b.Used() {
			t.Errorf("%s is used in an empty home", b.Name)
		}
		if err := os.MkdirAll(filepath.Dir(b.Traces[0]), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.Traces[0], nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if !b.Used() || b.Firefox != strings.HasPrefix(b.Name, "Firefox") || len(b.Machine) == 0 {
			t.Errorf("%+v", b)
		}
	}
	for _, want := range []string{"Firefox (Snap)", "Firefox (Flatpak)", "Chromium (Snap)", "Chromium (Flatpak)", "Opera (Flatpak)"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %q", want, names)
		}
	}
}
