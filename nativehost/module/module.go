// Package module finds the PKCS#11 libraries of this machine: those of the person's configuration, then
// those under names and in places that are known for this operating system (known.json).
package module

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Known describes where an operating system's libraries lie. Names are file names without regard to
// case, since vendors differ in it; their order is the order of preference.
type Known struct {
	Directories []string `json:"directories"`
	Names       []string `json:"names"`
}

//go:embed known.json
var knownJSON []byte

// KnownHere returns what is known for this operating system. Directories may hold environment variables
// as ${NAME}, and are absent where a variable is not set.
func KnownHere() (Known, error) {
	var all map[string]Known
	if err := json.Unmarshal(knownJSON, &all); err != nil {
		return Known{}, fmt.Errorf("known.json: %w", err)
	}
	here := all[runtime.GOOS]
	return Known{Directories: expand(here.Directories), Names: here.Names}, nil
}

func expand(directories []string) []string {
	var out []string
	for _, directory := range directories {
		whole := true
		path := os.Expand(directory, func(name string) string {
			value, set := os.LookupEnv(name)
			whole = whole && set && value != ""
			return value
		})
		if whole {
			out = append(out, filepath.FromSlash(path))
		}
	}
	return out
}

// Find returns the paths of the libraries to load, each file once however many names lead to it: the
// configured ones in their order, whether they exist or not, so that a missing one is reported where it is
// loaded; then, if the configuration wants a search, those of known that exist.
func Find(config Config, known Known) []string {
	paths := append([]string(nil), config.Modules...)
	if config.Search {
		paths = append(paths, search(known)...)
	}
	var out []string
	seen := map[string]bool{}
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			real = filepath.Clean(path)
		}
		if !seen[real] {
			seen[real] = true
			out = append(out, path)
		}
	}
	return out
}

// search returns the known libraries, by name and then by directory.
func search(known Known) []string {
	files := map[string][]string{} // lower-case name → paths
	for _, directory := range known.Directories {
		entries, err := os.ReadDir(directory)
		if err != nil {
			continue // most known places do not exist on any one machine
		}
		for _, entry := range entries {
			if entry.Type().IsRegular() || entry.Type()&fs.ModeSymlink != 0 {
				name := strings.ToLower(entry.Name())
				files[name] = append(files[name], filepath.Join(directory, entry.Name()))
			}
		}
	}
	var out []string
	for _, name := range known.Names {
		out = append(out, files[strings.ToLower(name)]...)
	}
	return out
}
