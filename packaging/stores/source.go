package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const module = "github.com/e-onay/e-onay"

// pages are the programs of the package, each built with a tag of its own name (Makefile).
var pages = []string{"sign", "inspect", "card", "pin", "manage"}

// tools are the programs that run while the package is made.
var tools = []string{"extension/pack", "wasm/tools/tighten", "wasm/tools/vuguhelper", "packaging/notices/print"}

// standing are the files that no list of a tool names.
var standing = []string{
	"LICENSE", "Makefile", "packaging/packages.mk", "VERSION", "go.mod", "go.sum", "package.json", "package-lock.json",
	"extension/manifest.base.json", "extension/manifest.firefox.json", "internal/pades/font/OFL.txt",
}

// source is a source package in the making.
type source struct {
	root      string
	packed    string   // the store's package
	variables []string // of make, such as PORTAL_HOSTS=https://online.example.tr
}

// files returns the content of every file by its path.
func (s *source) files() (map[string][]byte, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		files[name], err = os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
	}
	files["README.md"], err = s.readme()
	return files, err
}

// names returns what the package is made of: what Go compiles for its programs and tools, the components that Vugu
// translates, and each file of the package that stands in extension/ as it is.
func (s *source) names() ([]string, error) {
	names := slices.Clone(standing)
	for _, page := range pages {
		compiled, err := s.compiled([]string{"GOOS=js", "GOARCH=wasm"}, page, "./wasm/"+page)
		if err != nil {
			return nil, err
		}
		names = append(names, compiled...)
	}
	for _, tool := range tools {
		compiled, err := s.compiled(nil, "", "./"+tool)
		if err != nil {
			return nil, err
		}
		names = append(names, compiled...)
	}
	carried, err := s.carried()
	return append(names, carried...), err
}

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	Dir        string
	Module     *struct{ Path string }
	GoFiles    []string
	EmbedFiles []string
}

// compiled returns the files of our packages that a program is compiled from, and the components beside them. Code that
// Vugu generates is left out: who builds generates it anew.
func (s *source) compiled(environment []string, tag, program string) ([]string, error) {
	list := exec.Command("go", "list", "-deps", "-tags", tag, "-json=Dir,Module,GoFiles,EmbedFiles", program)
	list.Dir = s.root
	list.Env = append(os.Environ(), environment...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", program, err)
	}
	root, err := filepath.Abs(s.root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root) // as Go names the folders of packages
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return names, nil
		} else if err != nil {
			return nil, err
		}
		if p.Module == nil || p.Module.Path != module {
			continue
		}
		components, err := filepath.Glob(filepath.Join(p.Dir, "*.vugu"))
		if err != nil {
			return nil, err
		}
		for _, file := range append(p.GoFiles, p.EmbedFiles...) {
			if !strings.HasSuffix(file, "_components_gen.go") {
				components = append(components, filepath.Join(p.Dir, file))
			}
		}
		for _, path := range components {
			name, err := filepath.Rel(root, path)
			if err != nil || !filepath.IsLocal(name) {
				return nil, fmt.Errorf("%s is outside %s: %v", path, root, err)
			}
			names = append(names, filepath.ToSlash(name))
		}
	}
}

// carried returns the files of extension/ that are in the package as they are.
func (s *source) carried() ([]string, error) {
	packed, err := zip.OpenReader(s.packed)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	var names []string
	for _, f := range packed.File {
		name := "extension/" + f.Name
		if _, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(name))); err == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// shellWord is a setting of make that a shell takes as it stands.
var shellWord = regexp.MustCompile(`^[A-Z_]+=[A-Za-z0-9:/.,?&=%~_-]+$`)

// command returns what a reviewer types.
func (s *source) command() (string, error) {
	words := []string{"make", "build/release/" + filepath.Base(s.packed)}
	for _, v := range s.variables {
		if strings.HasSuffix(v, "=") {
			continue // it was not set
		}
		if !shellWord.MatchString(v) {
			return "", fmt.Errorf("%q is not a setting such as PORTAL_HOSTS=https://online.example.tr", v)
		}
		words = append(words, "'"+v+"'")
	}
	return strings.Join(words, " "), nil
}
