package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/whole"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Own is the person's own list of libraries, in the configuration file, and its effect on a Finder.
type Own struct {
	// Path is the configuration's.
	Path   string
	Finder *Finder
}

// Bounds of a library that is added.
const (
	maxPath    = 4096
	maxLibrary = 256 << 20
)

// Paths returns the libraries, in the order they are tried.
func (o Own) Paths() []string { return slices.Clone(o.Finder.Config.Modules) }

// Check returns the library at path if it may be added, else an error of code module_path or
// module_architecture. Nothing of the file is run: a library does what it likes as soon as it is loaded.
//
// guarded asks that nobody but the administrator can have written the file: so whoever takes over the extension
// cannot have a file loaded that they made the browser save.
func (o Own) Check(path string, guarded bool) (Library, error) {
	if err := checkPath(path); err != nil {
		return Library{}, protocol.NewError(protocol.CodeModulePath, err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil && guarded {
		err = checkGuarded(real)
	}
	if err == nil {
		err = checkExports(real)
	}
	if err != nil {
		return Library{}, protocol.NewError(protocol.CodeModulePath, err)
	}
	if err := worker.CheckArchitecture(real); err != nil {
		return Library{}, err
	}
	return o.Finder.own(path), nil
}

func checkPath(path string) error {
	switch {
	case len(path) > maxPath || !utf8.ValidString(path) || !printable(path):
		return errors.New("not a path")
	case !filepath.IsAbs(path) || filepath.Clean(path) != path:
		return errors.New("the path is not absolute, or has detours")
	}
	return nil
}

// checkExports refuses what has no name of a PKCS #11 library's first function in it.
func checkExports(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxLibrary {
		return fmt.Errorf("%s of %d bytes", info.Mode().Type(), info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	name := []byte("C_GetFunctionList\x00")
	const chunk = 1 << 20
	buffer := make([]byte, 0, chunk+len(name))
	for {
		n, err := f.Read(buffer[len(buffer) : len(buffer)+chunk])
		buffer = buffer[:len(buffer)+n]
		if bytes.Contains(buffer, name) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errors.New("not a PKCS #11 library: no C_GetFunctionList")
		}
		if err != nil {
			return err
		}
		keep := min(len(buffer), len(name))
		buffer = append(buffer[:0], buffer[len(buffer)-keep:]...)
	}
}

// Add puts the library at path, which Check has taken, before those that are found.
func (o Own) Add(path string) error {
	return o.change(func(modules []string) ([]string, error) {
		same := func(other string) bool { return realPath(other) == realPath(path) }
		if slices.ContainsFunc(modules, same) {
			return modules, nil
		}
		if len(modules) == maxModules {
			return nil, protocol.Errorf(protocol.CodeModulePath, "more than %d modules", maxModules)
		}
		return append(modules, path), nil
	})
}

// Remove takes the library at path from the list.
func (o Own) Remove(path string) error {
	return o.change(func(modules []string) ([]string, error) {
		i := slices.Index(modules, path)
		if i < 0 {
			return nil, protocol.Errorf(protocol.CodeModulePath, "not in the list")
		}
		return slices.Delete(modules, i, i+1), nil
	})
}

// change reads the file, as somebody else may have changed it, and writes it whole or not at all. One that cannot
// be understood stays as it is: it is the person's.
func (o Own) change(edit func([]string) ([]string, error)) error {
	config, err := ReadConfig(o.Path)
	if err != nil {
		return err
	}
	if config.Modules, err = edit(config.Modules); err != nil {
		return err
	}
	if err := writeConfig(o.Path, config); err != nil {
		return err
	}
	o.Finder.Config = config
	return nil
}

func writeConfig(path string, config Config) error {
	content := struct {
		Modules []string `json:"modules"`
		Search  bool     `json:"search"`
		TPM     string   `json:"tpm,omitempty"`
		Keyring *bool    `json:"keyring,omitempty"`
	}{Modules: config.Modules, Search: config.Search, TPM: config.TPM}
	if config.NoKeyring {
		content.Keyring = new(bool)
	}
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	// What is linked to is written, not the link.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return whole.Write(path, append(data, '\n'), 0o600)
}
