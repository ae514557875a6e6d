//go:build linux

package place_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/nativehost/place"
)

// A folder is never below the working directory, whatever the environment says.
func TestRelativeVariablesAreIgnored(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	for name, tt := range map[string]struct{ home, config, cache, wantConfig, wantCache string }{
		"as usual":       {home, "", "", home + "/.config/e-onay", home + "/.cache/e-onay"},
		"named":          {home, "/etc/mine", "/var/mine", "/etc/mine/e-onay", "/var/mine/e-onay"},
		"named relative": {home, "mine", "../mine", home + "/.config/e-onay", home + "/.cache/e-onay"},
		"dot":            {home, ".", ".", home + "/.config/e-onay", home + "/.cache/e-onay"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", tt.home)
			t.Setenv("XDG_CONFIG_HOME", tt.config)
			t.Setenv("XDG_CACHE_HOME", tt.cache)
			if got, err := place.Config(); got != tt.wantConfig || err != nil {
				t.Errorf("configuration in %q, %v; want %q", got, err, tt.wantConfig)
			}
			if got, err := place.Cache(); got != tt.wantCache || err != nil {
				t.Errorf("cache in %q, %v; want %q", got, err, tt.wantCache)
			}
		})
	}
}

// Without a home in the environment the list of users counts.
func TestHomeOfTheListOfUsers(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	for _, home := range []string{"", ".", "home/me"} {
		t.Setenv("HOME", home)
		got, err := place.Config()
		if err != nil || !filepath.IsAbs(got) || !strings.HasSuffix(got, "/.config/e-onay") {
			t.Errorf("HOME=%q: %q, %v", home, got, err)
		}
	}
}

// A file is read if only the person and the administrator can write it, its folder, the folders above, and what a link leads
// to.
func TestRead(t *testing.T) {
	const other = 12345
	asRoot := os.Getuid() == 0
	for name, tt := range map[string]struct {
		change func(t *testing.T, home string)
		want   place.Reason
		at     string // what the error names, below the home
		root   bool   // only root can set it up
	}{
		"the person's":               {change: func(*testing.T, string) {}},
		"readable by all":            {change: func(t *testing.T, home string) { chmod(t, home, ".config/e-onay/file", 0o644) }},
		"file open to all":           {func(t *testing.T, home string) { chmod(t, home, ".config/e-onay/file", 0o602) }, place.Open, ".config/e-onay/file", false},
		"file open to the group":     {func(t *testing.T, home string) { chmod(t, home, ".config/e-onay/file", 0o620) }, place.Open, ".config/e-onay/file", true},
		"folder open to all":         {func(t *testing.T, home string) { chmod(t, home, ".config/e-onay", 0o777) }, place.Open, ".config/e-onay", false},
		"folder open to all, sticky": {func(t *testing.T, home string) { chmod(t, home, ".config/e-onay", 0o777|fs.ModeSticky) }, place.Open, ".config/e-onay", false},
		"folder above open to all":   {func(t *testing.T, home string) { chmod(t, home, ".config", 0o777) }, place.Open, ".config", false},
		"home open to all":           {func(t *testing.T, home string) { chmod(t, home, ".", 0o777) }, place.Open, ".", false},
		"another's file":             {func(t *testing.T, home string) { chown(t, home, ".config/e-onay/file", other) }, place.Foreign, ".config/e-onay/file", true},
		"another's folder":           {func(t *testing.T, home string) { chown(t, home, ".config/e-onay", other) }, place.Foreign, ".config/e-onay", true},
		"another's folder above":     {func(t *testing.T, home string) { chown(t, home, ".config", other) }, place.Foreign, ".config", true},
		"a link to the person's":     {change: func(t *testing.T, home string) { link(t, home, ".config/e-onay/file", "dotfiles/file") }},
		"a link into another's folder": {func(t *testing.T, home string) {
			link(t, home, ".config/e-onay/file", "dotfiles/file")
			chown(t, home, "dotfiles", other)
		}, place.Foreign, "dotfiles", true},
		"a link into an open folder": {func(t *testing.T, home string) {
			link(t, home, ".config/e-onay", "dotfiles")
			chmod(t, home, "dotfiles", 0o777)
		}, place.Open, "dotfiles", false},
		"another's link": {func(t *testing.T, home string) {
			link(t, home, ".config/e-onay/file", "dotfiles/file")
			chown(t, home, ".config/e-onay/file", other)
		}, place.Foreign, ".config/e-onay/file", true},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.root && !asRoot {
				t.Skip("only root gives files away")
			}
			home := t.TempDir()
			t.Setenv("HOME", home)
			for _, folder := range []string{".config/e-onay", "dotfiles"} {
				if err := os.MkdirAll(filepath.Join(home, folder), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(home, folder, "file"), []byte("content"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			tt.change(t, home)
			path := filepath.Join(home, ".config/e-onay/file")
			content, err := place.Read(path, 100)
			if tt.want == "" {
				if err != nil || string(content) != "content" {
					t.Errorf("%q, %v", content, err)
				}
				return
			}
			e, ok := errors.AsType[*place.Error](err)
			if !ok || e.Reason != tt.want || e.Path != filepath.Join(home, tt.at) {
				t.Errorf("got %v, want %s of %s", err, tt.want, tt.at)
			}
		})
	}
}

// A missing file is fine where others cannot create it; a pipe does not block; a loop of links is an error.
func TestReadOfMissingAndIrregularFiles(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	if _, err := place.Read(filepath.Join(home, "none/none/file"), 100); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := unix.Mkfifo(filepath.Join(home, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(home, "loop")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pipe", "loop", "."} {
		if content, err := place.Read(filepath.Join(home, name), 100); err == nil {
			t.Errorf("%s: %q", name, content)
		}
	}
}

func chmod(t *testing.T, home, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(home, path), mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, home, path string, owner int) {
	t.Helper()
	if err := os.Lchown(filepath.Join(home, path), owner, owner); err != nil {
		t.Fatal(err)
	}
}

// link puts a link to target in the place of what is at path.
func link(t *testing.T, home, path, target string) {
	t.Helper()
	path = filepath.Join(home, path)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(home, target), path); err != nil {
		t.Fatal(err)
	}
}
