package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// copyright is the licence of the program, and of everything that is linked into it: each module by its name and version with
// the text that it came with.
func copyright() ([]byte, error) {
	var out bytes.Buffer
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&out, "e-Onay\nhttps://github.com/e-onay/e-onay\nCopyright the authors of e-Onay. Apache-2.0.\n\n%s", own)
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	linked := []string{"The Go standard library and runtime||" + strings.TrimSpace(goroot)}
	modules, err := output("go", "list", "-deps", "-f", `{{with .Module}}{{if .Version}}{{.Path}}|{{.Version}}|{{.Dir}}{{end}}{{end}}`, "./nativehost")
	if err != nil {
		return nil, err
	}
	lines := strings.Fields(modules)
	slices.Sort(lines)
	linked = append(linked, slices.Compact(lines)...)
	for _, line := range append(linked, "Noto Sans, cut down||internal/pades/font") {
		parts := strings.Split(line, "|")
		texts, err := licences(parts[2])
		if err != nil {
			return nil, err
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s: no licence in %s", parts[0], parts[2])
		}
		fmt.Fprintf(&out, "\n%s\n%s\n\n%s", strings.Repeat("-", 72), strings.TrimSpace(parts[0]+" "+parts[1]), bytes.Join(texts, []byte("\n")))
	}
	return out.Bytes(), nil
}

// licences returns the texts in a module's own folder.
func licences(dir string) (texts [][]byte, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "OFL"}, func(begin string) bool { return strings.HasPrefix(name, begin) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func output(name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	var problem bytes.Buffer
	command.Stderr = &problem
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(arguments, " "), err, &problem)
	}
	return string(out), nil
}
