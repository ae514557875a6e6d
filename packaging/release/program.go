package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// program is a program of the release, as its own bytes describe it: no list that somebody keeps can differ from them.
type program struct {
	name    string // such as eonay-host
	system  string // such as linux/amd64
	sha256  string
	version string // of Go
	modules []*debug.Module
}

// readProgram reads what Go's linker has put into a program.
func readProgram(file string) (*program, error) {
	info, err := readBuildInfo(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	sum, err := digest(file)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	p := &program{
		name: strings.TrimSuffix(filepath.Base(file), ".exe"), system: path.Join(settings["GOOS"], settings["GOARCH"]),
		sha256: sum, version: info.GoVersion,
	}
	if info.Main.Path != module {
		return nil, fmt.Errorf("%s is a program of %s, not of %s", file, info.Main.Path, module)
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s: %s is replaced by %s: a release has what go.mod names", file, m.Path, m.Replace.Path)
		}
		p.modules = append(p.modules, m)
	}
	return p, nil
}

// The linker writes a program's modules between these marks (cmd/go/internal/modload, ModInfoProg).
var (
	modulesBegin = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	modulesEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// readBuildInfo is buildinfo.ReadFile, for WebAssembly too, which that does not read. Such a program does not say by which
// Go it was made: it was the one that makes the release.
func readBuildInfo(file string) (*debug.BuildInfo, error) {
	if filepath.Ext(file) != ".wasm" {
		return buildinfo.ReadFile(file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	_, after, found := bytes.Cut(data, modulesBegin)
	text, _, ended := bytes.Cut(after, modulesEnd)
	if !found || !ended {
		return nil, fmt.Errorf("no modules of Go in it")
	}
	return debug.ParseBuildInfo(string(text))
}
