//go:build unix

package testcard

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

//go:embed front/front.h
var frontHeader string

// A front is the C source of a PKCS#11 library that stands before SoftHSM2, and its macros.
type front struct {
	source string
	macros []string
}

// define gives a macro a value.
func (f *front) define(name string, value any) {
	f.macros = append(f.macros, fmt.Sprintf("-D%s=%v", name, value))
}

// defineIf gives a macro a value where it is wanted; it is absent elsewhere.
func (f *front) defineIf(wanted bool, name string, value any) {
	if wanted {
		f.define(name, value)
	}
}

// quoted is a text as a C string.
func quoted(text string) string { return fmt.Sprintf("%q", text) }

// compiled holds the libraries that this process has compiled, by source and macros: most tests want one that another test
// has had, and a compiler takes longer than many a test.
var compiled sync.Map // of func() ([]byte, error)

// compile writes the library into dir, which must exist, and returns its path. The library finds its own files beside it.
func (f *front) compile(dir, name string) (string, error) {
	real, err := Module()
	if err != nil {
		return "", err
	}
	f.define("REAL", quoted(real))
	key := f.source + "\n" + strings.Join(f.macros, "\n")
	once, _ := compiled.LoadOrStore(key, sync.OnceValues(func() ([]byte, error) { return f.build(name) }))
	content, err := once.(func() ([]byte, error))()
	if err != nil {
		return "", err
	}
	library := filepath.Join(dir, name+".so")
	return library, os.WriteFile(library, content, 0o700)
}

// build compiles the library and returns what is in its file.
func (f *front) build(name string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "eonay-front")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	library := filepath.Join(dir, name+".so")
	for file, content := range map[string]string{"front.h": frontHeader, name + ".c": f.source} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	args := append([]string{"-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library}, f.macros...)
	if out, err := exec.Command("cc", append(args, filepath.Join(dir, name+".c"), "-ldl", "-lpthread")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling %s/library.c: %w: %s", name, err, out)
	}
	return os.ReadFile(library)
}
