package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/place"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Own is the person's own list of libraries, in the configuration file, and its effect on a Finder.
type Own struct {
	// Path is the configuration's.
	Path   string
	Finder *Finder
}

// A refusal says why a library is not taken, in both languages.
type refusal struct{ tr, en string }

func (r refusal) Error() string               { return r.en }
func (r refusal) Sentence() protocol.Sentence { return protocol.Sentence{TR: r.tr, EN: r.en} }

// Bounds of a library that is added.
const (
	maxPath    = 4096
	maxLibrary = 256 << 20
)

// Paths returns the libraries, in the order they are tried.
func (o Own) Paths() []string { return slices.Clone(o.Finder.Config.Modules) }

// Check returns the library at path if it may be added, under its path without links: the owner of a link could point it
// elsewhere later. Otherwise the error has code module_path or module_architecture. Nothing of the file is run: a library can
// do anything as soon as it is loaded.
//
// If guarded, only the administrator may be able to write the file: an attacker who has taken over the extension cannot have a
// file loaded that they made the browser save. Otherwise the file may also be the person's own.
func (o Own) Check(path string, guarded bool) (Library, error) {
	if err := checkPath(path); err != nil {
		return Library{}, fault.New(fault.ModulePath, err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		err = checkWriters(real, guarded)
	}
	if err == nil {
		err = checkExports(real)
	}
	if err != nil {
		return Library{}, fault.New(fault.ModulePath, err)
	}
	if err := worker.CheckArchitecture(real); err != nil {
		return Library{}, err
	}
	return o.Finder.own(real), nil
}

// checkWriters refuses a file that others can write. What is the administrator's is not the person's to judge: on Debian
// the group staff may write /usr/local.
func checkWriters(path string, guarded bool) error {
	err := checkGuarded(path)
	if err == nil || guarded {
		return err
	}
	return place.CheckFile(path)
}

func checkPath(path string) error {
	switch {
	case len(path) > maxPath || !utf8.ValidString(path) || !printable(path):
		return refusal{"dosya yolu değil", "not a path"}
	case !filepath.IsAbs(path) || filepath.Clean(path) != path:
		return refusal{"yol kökten başlamıyor veya dolambaçlı", "the path is not absolute, or has detours"}
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
		return refusal{"sürücü olamayacak bir dosya", fmt.Sprintf("%s of %d bytes", info.Mode().Type(), info.Size())}
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
			return refusal{"PKCS #11 sürücüsü değil (C_GetFunctionList yok)", "not a PKCS #11 library: no C_GetFunctionList"}
		}
		if err != nil {
			return err
		}
		keep := min(len(buffer), len(name))
		buffer = append(buffer[:0], buffer[len(buffer)-keep:]...)
	}
}

// Add puts the library at path, which Check has returned, before those that are found.
func (o Own) Add(ctx context.Context, path string) error {
	return o.change(ctx, func(modules []string) ([]string, error) {
		same := func(other string) bool { return realPath(other) == realPath(path) }
		if slices.ContainsFunc(modules, same) {
			return modules, nil
		}
		if len(modules) == maxModules {
			return nil, fault.New(fault.ModulePath, refusal{"listede yer yok", fmt.Sprintf("more than %d modules", maxModules)})
		}
		return append(modules, path), nil
	})
}

// Remove takes the library at path from the list, also if path is a link to it.
func (o Own) Remove(ctx context.Context, path string) error {
	return o.change(ctx, func(modules []string) ([]string, error) {
		i := slices.Index(modules, path)
		if i < 0 {
			i = slices.Index(modules, realPath(path))
		}
		if i < 0 {
			return nil, fault.New(fault.ModulePath, refusal{"listenizde yok", "not in the list"})
		}
		return slices.Delete(modules, i, i+1), nil
	})
}

// change reads the file, which others may have changed, and writes it atomically under its lock. A malformed file stays as it
// is: it is the person's.
func (o Own) change(ctx context.Context, edit func([]string) ([]string, error)) error {
	unlock, err := lock.File(ctx, o.Path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
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
	return atomicfile.Write(path, append(data, '\n'), 0o600)
}
