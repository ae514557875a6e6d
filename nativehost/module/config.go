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
	"unicode/utf8"
)

// Config is the person's configuration of the host. The zero value of the file, and no file at all, is a
// search with nothing added.
type Config struct {
	// Modules are absolute paths of libraries, tried before those that are found.
	Modules []string
	// Search tells to look for known libraries as well.
	Search bool
}

// Bounds of the configuration file.
const (
	maxConfig  = 64 << 10
	maxModules = 32
)

// ConfigPath returns where the configuration lies: e-onay/host.json in the person's configuration folder.
func ConfigPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "e-onay", "host.json"), nil
}

// ReadConfig reads the configuration at path. Errors name the file and the line at fault.
func ReadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{Search: true}, nil
	}
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return Config{}, err
	}
	config, offset, err := parse(data)
	if err != nil {
		line := 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n"))
		return Config{}, fmt.Errorf("%s:%d: %w", path, line, err)
	}
	return config, nil
}

// parse decodes strictly; offset is where an error was met.
func parse(data []byte) (config Config, offset int, err error) {
	if len(data) > maxConfig {
		return Config{}, maxConfig, fmt.Errorf("longer than %d bytes", maxConfig)
	}
	if !utf8.Valid(data) {
		return Config{}, 0, errors.New("not UTF-8")
	}
	file := struct {
		Modules []string `json:"modules"`
		Search  *bool    `json:"search"`
	}{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return Config{}, position(err, int(d.InputOffset()), data), err
	}
	end := int(d.InputOffset())
	if rest := bytes.TrimSpace(data[end:]); len(rest) > 0 {
		return Config{}, len(data) - len(rest), errors.New("something follows the configuration")
	}
	if len(file.Modules) > maxModules {
		return Config{}, 0, fmt.Errorf("more than %d modules", maxModules)
	}
	for _, path := range file.Modules {
		if !filepath.IsAbs(path) {
			quoted, _ := json.Marshal(path)
			return Config{}, max(bytes.Index(data, quoted), 0), fmt.Errorf("module %q: the path must be absolute", path)
		}
	}
	return Config{Modules: file.Modules, Search: file.Search == nil || *file.Search}, 0, nil
}

// position finds where the decoder met err, which it tells in different ways.
func position(err error, read int, data []byte) int {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return int(e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return int(e.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return len(data)
	}
	var field string
	if _, scanErr := fmt.Sscanf(err.Error(), "json: unknown field %q", &field); scanErr == nil {
		return max(bytes.Index(data, []byte(`"`+field+`"`)), 0)
	}
	return read
}
