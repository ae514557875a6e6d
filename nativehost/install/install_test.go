//go:build unix

package install_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/install"
)

const program = "/opt/e-onay/eonay-host"

// browsers returns those of a fresh home.
func browsers(t *testing.T) []install.Browser {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	all, err := install.Browsers()
	if err != nil {
		t.Fatal(err)
	}
	return append(all, install.ProfileFolder(filepath.Join(home, "profile")))
}

func TestInstall(t *testing.T) {
	all := browsers(t)
	if len(all) != 8 {
		t.Fatalf("%d browsers, want Chromium, Chrome, Edge, Brave, Vivaldi, Opera, Firefox and the folder", len(all))
	}
	for _, b := range append(all, install.System(t.TempDir())...) {
		expect(t, b, install.Absent)
		if got, err := b.Install(program); got != install.Written || err != nil {
			t.Errorf("%s: first install: %v, %v", b.Name, got, err)
		}
		if got, err := b.Install(program); got != install.Unchanged || err != nil {
			t.Errorf("%s: second install: %v, %v", b.Name, got, err)
		}
		expect(t, b, install.Ours)
		checkManifest(t, b)
		if entries, err := os.ReadDir(b.Dir); err != nil || len(entries) != 1 {
			t.Errorf("%s: %d files left in its folder, %v", b.Name, len(entries), err)
		}
		if got, err := b.Uninstall(program); got != install.Removed || err != nil {
			t.Errorf("%s: uninstall: %v, %v", b.Name, got, err)
		}
		if got, err := b.Uninstall(program); got != install.Unchanged || err != nil {
			t.Errorf("%s: second uninstall: %v, %v", b.Name, got, err)
		}
		expect(t, b, install.Absent)
	}
}

// checkManifest reads the manifest as a browser would: exact keys, exact values.
func checkManifest(t *testing.T, b install.Browser) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.Dir, "tr.eonay.host.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	key, id := "allowed_origins", "chrome-extension://"+protocol.ChromiumExtensionID+"/"
	if b.Firefox {
		key, id = "allowed_extensions", protocol.FirefoxExtensionID
	}
	allowed, _ := m[key].([]any)
	if m["name"] != "tr.eonay.host" || m["path"] != program || m["type"] != "stdio" || len(allowed) != 1 || allowed[0] != id || len(m) != 5 {
		t.Errorf("%s: manifest %s", b.Name, data)
	}
}

func TestInstallReplacesAnOlderPlace(t *testing.T) {
	b := browsers(t)[0]
	if _, err := b.Install("/old/eonay-host"); err != nil {
		t.Fatal(err)
	}
	expect(t, b, install.Foreign)
	if got, err := b.Install(program); got != install.Written || err != nil {
		t.Fatalf("got %v, %v", got, err)
	}
	expect(t, b, install.Ours)
}

func TestUninstallRemovesOnlyOurs(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "eonay-host")
	if err := os.WriteFile(elsewhere, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, manifest string
		want           install.Change
	}{
		{"another place that is there", `{"name":"tr.eonay.host","path":"` + elsewhere + `"}`, install.Left},
		{"another place that is gone", `{"name":"tr.eonay.host","path":"/none/eonay-host"}`, install.Removed},
		{"another host's name", `{"name":"com.example.host","path":"` + program + `"}`, install.Left},
		{"not a manifest", `hello`, install.Left},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := browsers(t)[0]
			if err := os.MkdirAll(b.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(b.Path(), []byte(tt.manifest), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := b.Uninstall(program)
			if got != tt.want || err != nil {
				t.Fatalf("got %v, %v; want %v", got, err, tt.want)
			}
			_, err = os.Stat(b.Path())
			if there := err == nil; there != (tt.want == install.Left) {
				t.Fatalf("manifest still there: %t", there)
			}
		})
	}
}

func TestInstallWhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := install.ProfileFolder(file).Install(program); err == nil || got != install.Unchanged {
		t.Fatalf("got %v, %v; want an error", got, err)
	}
}

func expect(t *testing.T, b install.Browser, want install.State) {
	t.Helper()
	if got, err := b.Check(program); got != want || err != nil {
		t.Errorf("%s: state %v, %v; want %v", b.Name, got, err, want)
	}
}
