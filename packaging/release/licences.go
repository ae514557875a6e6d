package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// licence is what somebody has read in a module's licence file, and the digest of the file that they have read.
type licence struct {
	Licence string // an SPDX expression
	File    string
	SHA256  string
}

//go:embed licences.json
var licencesJSON []byte

// readLicences returns the licence of every module that a program may have, by its path.
func readLicences() (map[string]licence, error) {
	var all map[string]licence
	err := json.Unmarshal(licencesJSON, &all)
	return all, err
}

// checkLicence refuses a module that licences.json does not have, and one whose licence file has changed since it was read.
func checkLicence(all map[string]licence, name, dir string) (string, error) {
	l, ok := all[name]
	if !ok {
		return "", fmt.Errorf("%s is not in packaging/release/licences.json: read its licence, add it there and in docs/dependencies.md", name)
	}
	sum, err := digest(filepath.Join(dir, filepath.Base(l.File)))
	if err != nil {
		return "", err
	}
	if sum != l.SHA256 {
		return "", fmt.Errorf("%s: %s is not the licence that was read for packaging/release/licences.json (it has %s): read it again", name, l.File, sum)
	}
	return l.Licence, nil
}

// moduleDirs returns where Go keeps modules of go.mod, by their paths.
func moduleDirs(root string, paths []string) (map[string]string, error) {
	dirs := map[string]string{}
	if len(paths) == 0 {
		return dirs, nil // go list would name the module of the folder
	}
	list := exec.Command("go", append([]string{"list", "-m", "-f", "{{.Path}}\t{{.Dir}}"}, paths...)...)
	list.Dir = root
	var said strings.Builder
	list.Stderr = &said
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m: %w: %s", err, said.String())
	}
	for line := range strings.Lines(string(out)) {
		name, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		dirs[name] = dir
	}
	return dirs, nil
}
