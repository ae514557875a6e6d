// Package install tells browsers where the host is: one native-messaging manifest for each browser, in
// the person's own folders (on Windows with a registry key of the person's that names it). Nothing is
// copied and nothing needs an administrator. A package of a distribution has manifests for everybody who
// uses the computer instead, in the folders that System names; a person's own hides those.
package install

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/place"
)

// A Browser is a browser of this machine, installed or not.
type Browser struct {
	Name string
	// Dir holds its manifests.
	Dir string
	// Traces are files that the browser itself makes: at least one is there once the person has used it. A folder proves
	// nothing, since any program that installs a manifest creates the folder for it.
	Traces []string
	// Firefox tells that the manifest is of Firefox's kind.
	Firefox bool
	// Machine are the folders for everybody who uses the computer, in which the browser looks when Dir has no manifest.
	Machine []string
	// Sandbox is what the browser is kept in, if anything.
	Sandbox Sandbox
	// key is the registry key that names the manifest; only on Windows.
	//lint:ignore U1000 the part for Windows reads it
	key string
}

// Files that a browser makes at its first start, in Chromium's folder of profiles and in Firefox's.
const (
	chromiumTrace = "Local State"
	firefoxTrace  = "profiles.ini"
)

// ProfileFolder returns the Chromium that is started with dir for its --user-data-dir.
func ProfileFolder(dir string) Browser {
	return Browser{Name: dir, Dir: filepath.Join(dir, "NativeMessagingHosts"), Traces: []string{filepath.Join(dir, chromiumTrace)}}
}

// State is how a browser's manifest stands to a program.
type State int

const (
	Absent  State = iota
	Ours          // names the program, as Install would write it
	Foreign       // names another program, or is not what Install would write
)

// A Change is what Install or Uninstall did.
type Change int

const (
	Unchanged Change = iota
	Written
	Removed
	Left // a manifest that is another program's
)

// maxManifest bounds what is read of a manifest.
const maxManifest = 64 << 10

// Path is where the browser's manifest lies.
func (b Browser) Path() string { return filepath.Join(b.Dir, protocol.HostName+".json") }

// Used tells whether the browser has been used by this person.
func (b Browser) Used() bool {
	return slices.ContainsFunc(b.Traces, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

// manifest has the fields that the browsers document; order and names are theirs.
type manifest struct {
	Name              string   `json:"name"`
	Description       string   `json:"description"`
	Path              string   `json:"path"`
	Type              string   `json:"type"`
	AllowedOrigins    []string `json:"allowed_origins,omitempty"`
	AllowedExtensions []string `json:"allowed_extensions,omitempty"`
}

// Manifest returns what Install writes for executable.
func (b Browser) Manifest(executable string) ([]byte, error) {
	m := manifest{Name: protocol.HostName, Description: "e-Onay", Path: executable, Type: "stdio"}
	if b.Firefox {
		m.AllowedExtensions = []string{protocol.FirefoxExtensionID}
	} else {
		m.AllowedOrigins = []string{"chrome-extension://" + protocol.ChromiumExtensionID + "/"}
	}
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}

// Check compares the browser's manifest with executable, an absolute path.
func (b Browser) Check(executable string) (State, error) {
	want, err := b.Manifest(executable)
	if err != nil {
		return Absent, err
	}
	got, err := b.read()
	if errors.Is(err, fs.ErrNotExist) {
		return Absent, nil
	}
	if err != nil {
		return Absent, err
	}
	relative, err := b.Manifest(b.relative(executable))
	if err != nil {
		return Absent, err
	}
	if !bytes.Equal(got, want) && !bytes.Equal(got, relative) {
		return Foreign, nil
	}
	return b.checkKey()
}

// CheckMachine compares the manifest for everybody with executable, and returns where it lies. There may be none.
func (b Browser) CheckMachine(executable string) (path string, state State, err error) {
	for _, dir := range b.Machine {
		m := Browser{Dir: dir, Firefox: b.Firefox}
		state, err = m.Check(executable)
		if err != nil || state != Absent {
			return m.Path(), state, err
		}
	}
	return "", Absent, nil
}

// read returns the manifest. If others can write it, or could create it, the error is a *place.Error: it names a program that
// the browser starts.
func (b Browser) read() ([]byte, error) {
	data, err := place.Read(b.Path(), maxManifest)
	if others, ok := errors.AsType[*place.Error](err); ok {
		return nil, others
	}
	return data, err
}

// Install makes the browser find executable, an absolute path. A manifest of ours that names another
// place is replaced: that is how the program is moved.
func (b Browser) Install(executable string) (Change, error) {
	state, err := b.Check(executable)
	if err == nil && state == Ours {
		return Unchanged, nil
	}
	if _, others := errors.AsType[*place.Error](err); others {
		return Unchanged, err
	}
	data, err := b.Manifest(executable)
	if err != nil {
		return Unchanged, err
	}
	if err := os.MkdirAll(b.Dir, 0o755); err != nil {
		return Unchanged, err
	}
	if err := atomicfile.Write(b.Path(), data, 0o644); err != nil {
		return Unchanged, err
	}
	return Written, b.writeKey()
}

// Uninstall removes the manifest if it names executable or a program that is no longer there, and its folder where that
// is empty then.
func (b Browser) Uninstall(executable string) (Change, error) {
	data, err := b.read()
	if errors.Is(err, fs.ErrNotExist) {
		return Unchanged, nil
	}
	if err != nil {
		return Unchanged, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Name != protocol.HostName {
		return Left, nil
	}
	if m.Path != executable {
		if _, err := os.Stat(m.Path); !errors.Is(err, fs.ErrNotExist) {
			return Left, nil
		}
	}
	if err := os.Remove(b.Path()); err != nil {
		return Unchanged, err
	}
	_ = os.Remove(b.Dir) // refused where others have manifests in it
	return Removed, b.removeKey()
}
