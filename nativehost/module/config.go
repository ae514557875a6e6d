package module

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/place"
)

// Config is the person's configuration of the host. The zero value of the file, and no file at all, is a
// search with nothing added.
type Config struct {
	// Modules are absolute paths of libraries, tried before those that are found.
	Modules []string
	// Search tells to look for known libraries as well.
	Search bool
	// TPM is the absolute path of the TPM's device or, for one in software, its Unix socket; device.NoTPM disables it. Empty
	// stands for the machine's own.
	TPM string
	// NoKeyring keeps the device key out of the operating system's keyring.
	NoKeyring bool
}

// Bounds of the configuration file.
const (
	maxConfig  = 64 << 10
	maxModules = 32
)

// ConfigPath returns where the configuration lies: host.json in our folder.
func ConfigPath() (string, error) {
	dir, err := place.Config()
	return filepath.Join(dir, "host.json"), err
}

// ReadConfig reads the configuration at path. Errors name the file and the line at fault.
func ReadConfig(path string) (Config, error) {
	f, err := readFile(path, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{Search: true}, nil
	}
	if err != nil {
		return Config{}, err
	}
	var content struct {
		Modules []string `json:"modules"`
		Search  *bool    `json:"search"`
		TPM     string   `json:"tpm"`
		Keyring *bool    `json:"keyring"`
	}
	if err := f.decode(&content); err != nil {
		return Config{}, err
	}
	if len(content.Modules) > maxModules {
		return Config{}, f.wrong(0, fmt.Errorf("more than %d modules", maxModules))
	}
	for _, path := range content.Modules {
		if !filepath.IsAbs(path) {
			return Config{}, f.wrongAt(path, fmt.Errorf("module %q: the path must be absolute", path))
		}
	}
	if content.TPM != "" && content.TPM != device.NoTPM && !filepath.IsAbs(content.TPM) {
		return Config{}, f.wrongAt(content.TPM, fmt.Errorf("tpm %q: the path must be absolute", content.TPM))
	}
	return Config{
		Modules: content.Modules, Search: content.Search == nil || *content.Search,
		TPM: content.TPM, NoKeyring: content.Keyring != nil && !*content.Keyring,
	}, nil
}
