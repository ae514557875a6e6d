//go:build linux

package doctor_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
)

const (
	program = "/usr/bin/eonay-host"
	older   = "/opt/older/eonay-host"
)

// told are the checks of browsers that a person with these browsers gets, as level and name.
func told(t *testing.T, caller doctor.Caller, ordinary, confined []install.Browser) (checks []string) {
	t.Helper()
	dir := t.TempDir()
	p := doctor.Program{
		Executable: program, Browsers: ordinary, Confined: confined, Caller: caller,
		Device: device.Options{Path: filepath.Join(dir, "device.json")}, JournalAt: filepath.Join(dir, "journal"),
		HashSites: hashsites.File{Path: filepath.Join(dir, "hashsites.json")},
	}
	machine := doctor.Machine{
		Readers: func() ([]reader.Reader, error) { return nil, nil }, Now: time.Now(),
		Select: func([][]byte) module.Selection { return module.Selection{} },
	}
	doctor.Run(context.Background(), p, machine, func(c protocol.Check) {
		switch c.Name {
		case "version", "keynone", "journalempty", "service", "noreader", "nomodule":
		default:
			checks = append(checks, string(c.Level)+" "+c.Name)
		}
	})
	return checks
}

// used is a browser of a person who has used it, on a machine with one folder for everybody.
func used(t *testing.T, firefox bool) install.Browser {
	t.Helper()
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	if err := os.WriteFile(trace, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return install.Browser{Name: "Browser", Firefox: firefox, Dir: filepath.Join(dir, "own"), Machine: []string{filepath.Join(dir, "machine")}, Traces: []string{trace}}
}

// A person's own manifest comes first; where it names another program than the machine's, that is what is wrong.
func TestOwnManifestAndTheMachines(t *testing.T) {
	for _, tt := range []struct{ name, own, machine, want string }{
		{"none", "", "", "fail absent"},
		{"own", program, "", "ok manifest"},
		{"machine's", "", program, "ok machine"},
		{"both", program, program, "ok manifest"},
		{"own of an older program", older, "", "fail foreign"},
		{"own of an older program hides the machine's", older, program, "fail hides"},
		{"own before the machine's of an older program", program, older, "ok manifest"},
		{"machine's of an older program", "", older, "fail machineforeign"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := used(t, false)
			for dir, path := range map[string]string{b.Dir: tt.own, b.Machine[0]: tt.machine} {
				if path == "" {
					continue
				}
				if _, err := (install.Browser{Dir: dir}).Install(path); err != nil {
					t.Fatal(err)
				}
			}
			if got := told(t, doctor.NoCaller, []install.Browser{b}, nil); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("%q, want %s", got, tt.want)
			}
		})
	}
}

// Where others can write the machine's manifests, they name the program: that is told, and not that all is well.
func TestMachinesManifestOfOthers(t *testing.T) {
	b := used(t, false)
	if _, err := (install.Browser{Dir: b.Machine[0]}).Install(program); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(b.Machine[0], 0o777); err != nil {
		t.Fatal(err)
	}
	if got := told(t, doctor.NoCaller, []install.Browser{b}, nil); !slices.Equal(got, []string{"fail placeopen"}) {
		t.Errorf("%q", got)
	}
}

// A browser in a sandbox that starts no programs is a fault where it is the only one. Firefox asks the desktop, with the same
// manifests as outside of a sandbox.
func TestConfinedBrowsers(t *testing.T) {
	confined := func(firefox bool) install.Browser {
		b := used(t, firefox)
		b.Sandbox = install.Snap
		return b
	}
	installed := func(b install.Browser) install.Browser {
		if _, err := (install.Browser{Dir: b.Machine[0], Firefox: b.Firefox}).Install(program); err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name               string
		caller             doctor.Caller
		ordinary, confined []install.Browser
		want               []string
	}{
		{"Chromium alone", "", nil, []install.Browser{confined(false)}, []string{"fail confined"}},
		{"Chromium, unused", "", nil, []install.Browser{{Sandbox: install.Flatpak}}, []string{"warn browsers"}},
		{"Chromium beside another", "", []install.Browser{installed(used(t, true))}, []install.Browser{confined(false)}, []string{"ok machine", "warn confined"}},
		{"Firefox", "", nil, []install.Browser{installed(confined(true))}, []string{"ok machine", "warn portal"}},
		{"Firefox without a manifest", "", nil, []install.Browser{confined(true)}, []string{"fail absent", "warn portal"}},
		{"Firefox that has started this program", doctor.Firefox, nil, []install.Browser{installed(confined(true))}, []string{"ok caller", "ok machine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(t, tt.caller, tt.ordinary, tt.confined); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
