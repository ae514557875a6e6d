//go:build linux

package device_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// Three machines of one home, two with a TPM, have a key and a whole journal each, however their acts follow one another;
// and the one whose key an earlier version had left there keeps it, with its journal.
func TestSharedHome(t *testing.T) {
	home := t.TempDir()
	machines := map[string]device.Options{
		"a": {TPM: start(t, t.TempDir()).Open}, "b": {TPM: start(t, t.TempDir()).Open}, "c": {TPM: noTPM},
	}
	names := slices.Sorted(maps.Keys(machines))
	opens := func(name string) (*device.Key, *journal.Journal, device.Options) {
		t.Helper()
		o := machines[name]
		folder, err := device.TakeOver(t.Context(), home, filepath.Join(home, "machines", name), o)
		if err != nil {
			t.Fatal(err)
		}
		o.Path = filepath.Join(folder, "device.json")
		key, err := (&device.Installation{Options: o}).Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return key, journal.New(filepath.Join(folder, "journal"), key, journal.DefaultLimits), o
	}
	earlier := machines["b"]
	earlier.Path = filepath.Join(home, "device.json")
	kept, err := device.Make(t.Context(), earlier)
	if err != nil {
		t.Fatal(err)
	}
	act := journal.Act{Kind: "sign", Outcome: "done"}
	if _, err := journal.New(filepath.Join(home, "journal"), kept, journal.DefaultLimits).Append(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for round := range 3 {
		for _, name := range names {
			key, j, _ := opens(name)
			if id := key.Public().ID(); round == 0 {
				keys[name] = id
			} else if keys[name] != id {
				t.Errorf("round %d: machine %s has another key", round, name)
			}
			if _, err := j.Append(t.Context(), act); err != nil {
				t.Fatal(err)
			}
		}
	}
	if keys["b"] != kept.Public().ID() {
		t.Error("the key of the earlier version is lost")
	}
	for _, name := range names {
		key, j, _ := opens(name)
		n := 0
		err := j.Read(t.Context(), key.Public().Signing, func(e journal.Entry) bool { n++; return e.Act.Kind == "sign" })
		if want := map[string]int{"a": 3, "b": 4, "c": 3}[name]; err != nil || n != want {
			t.Errorf("machine %s: %d entries, want %d; %v", name, n, want, err)
		}
	}
}

// Whatever protects it, the key of an earlier version is taken over once, also where that was begun before a crash; one that
// cannot be attributed stays, and so does one of another machine.
func TestKeyOfAnEarlierVersion(t *testing.T) {
	for _, p := range protections {
		t.Run(string(p), func(t *testing.T) {
			o := options(t, p)
			home := filepath.Dir(o.Path)
			machine := filepath.Join(home, "machines", "1")
			made, err := device.Make(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(machine, "journal"), 0o700); err != nil { // and then it was killed
				t.Fatal(err)
			}
			silent := o
			switch p {
			case device.TPM:
				silent.TPM = func() (device.Transport, error) { return nil, device.ErrUnavailable }
			case device.Keyring:
				keyring.MockInitWithError(errors.New("the keyring is closed"))
			}
			if p != device.File {
				if folder, err := device.TakeOver(t.Context(), home, machine, silent); folder != home || !errors.Is(err, device.ErrUnavailable) {
					t.Errorf("while it does not answer: %s, %v", folder, err)
				}
			}
			if p == device.Keyring {
				keyring.MockInit()
				if folder, err := device.TakeOver(t.Context(), home, machine, o); folder != machine || err != nil {
					t.Errorf("another machine's: %s, %v", folder, err)
				}
				return // the mock has forgotten the key
			}
			if folder, err := device.TakeOver(t.Context(), home, machine, o); folder != machine || err != nil {
				t.Fatalf("%s, %v", folder, err)
			}
			o.Path = filepath.Join(machine, "device.json")
			if k, err := device.Open(t.Context(), o); err != nil || k.Public().ID() != made.Public().ID() {
				t.Errorf("%v", err)
			}
			if _, err := os.Lstat(filepath.Join(home, "device.json")); err == nil {
				t.Error("it is in both places")
			}
		})
	}
}

// A machine's folder is named by nothing that the system calls the machine.
func TestMachineFolder(t *testing.T) {
	folder := device.MachineFolder("/home/a/.config/e-onay")
	if id, err := os.ReadFile("/etc/machine-id"); err != nil {
		if folder != "/home/a/.config/e-onay" {
			t.Error(folder)
		}
	} else if filepath.Dir(folder) != "/home/a/.config/e-onay/machines" || len(filepath.Base(folder)) != 32 || strings.Contains(folder, strings.TrimSpace(string(id))) {
		t.Error(folder)
	}
	if folder != device.MachineFolder("/home/a/.config/e-onay") {
		t.Error("it changes")
	}
}
