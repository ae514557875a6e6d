// Package notices gathers the licences that a program brings: our own, Go's, and that of each module which is linked into it.
// Nearly all of them ask that whoever gets the program gets their text as well.
package notices

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Programs are packages of ours that are built in one way.
type Programs struct {
	OS, Arch string // as Go names them; empty means this machine's
	Tags     string // separated by commas
	Packages []string
}

// font is in the programs that write signatures into PDF files.
const font = "internal/pades/font"

// Of returns the licences of programs, with the name and version of each module before its text. Packages are named from the
// top of the repository, in which the caller is somewhere.
func Of(p Programs) ([]byte, error) {
	var out bytes.Buffer
	mod, err := p.output(".", "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	root := filepath.Dir(strings.TrimSpace(mod))
	own, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&out, "e-Onay\nhttps://github.com/e-onay/e-onay\nCopyright the authors of e-Onay. Apache-2.0.\n\n%s", own)
	goroot, err := p.output(root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	form := `{{with .Module}}{{if .Version}}{{.Path}} {{.Version}}|{{.Dir}}{{else}}|{{$.ImportPath}}{{end}}{{end}}`
	linked, err := p.output(root, append([]string{"list", "-deps", "-tags", p.Tags, "-f", form}, p.Packages...)...)
	if err != nil {
		return nil, err
	}
	all := []string{"The Go standard library and runtime|" + strings.TrimSpace(goroot)}
	lines := strings.Split(strings.TrimSpace(linked), "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		name, dir, _ := strings.Cut(line, "|")
		switch {
		case name != "":
			all = append(all, line)
		case strings.HasSuffix(dir, "/"+font): // a package of ours
			all = append(all, "Noto Sans, cut down|"+filepath.Join(root, font))
		}
	}
	for _, line := range all {
		name, dir, _ := strings.Cut(line, "|")
		texts, err := read(dir)
		if err != nil {
			return nil, err
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s: no licence in %s", name, dir)
		}
		fmt.Fprintf(&out, "\n%s\n%s\n\n%s", strings.Repeat("-", 72), name, bytes.Join(texts, []byte("\n")))
	}
	return out.Bytes(), nil
}

// read returns the texts in a module's own folder.
func read(dir string) (texts [][]byte, err error) {
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

// output returns what Go says, for the system that the programs are for.
func (p *Programs) output(root string, arguments ...string) (string, error) {
	command := exec.Command("go", arguments...)
	command.Dir, command.Env = root, os.Environ()
	if p.OS != "" {
		command.Env = append(command.Env, "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=1")
	}
	var problem bytes.Buffer
	command.Stderr = &problem
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", arguments[0], err, &problem)
	}
	return string(out), nil
}
