package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"text/template"

	eonay "github.com/e-onay/e-onay"
)

// instructions is README.md of a source package: for a reviewer, who knows extensions and not this project.
var instructions = template.Must(template.New("README.md").Parse(`# E-Onay {{.Version}} for Firefox: the sources

This folder holds what the add-on's package is made of, and nothing else. One command makes the same bytes of it.

## Build

On Linux (made on Debian 12, amd64), with GNU make, bash, coreutils and

- Go: the compiler of {{.Go}}, exactly. Any Go from 1.21 on fetches it where GOTOOLCHAIN names it, as below.
- Node.js 20 or later with npm, which fetches pdf.js by package-lock.json. Nothing is compiled or minified by it.

` + "```sh" + `
GOTOOLCHAIN={{.Go}} {{.Command}}
sha256sum build/release/{{.Package}}
` + "```" + `

The file is

` + "```" + `
{{.Digest}}  {{.Package}}
` + "```" + `

Modules of Go and packages of npm come from their registries, held to the digests in go.sum and package-lock.json.

## What is what

| in the package | comes from |
|---|---|
| sign.wasm, card.wasm, pin.wasm, manage.wasm, inspect.wasm | Go, compiled to WebAssembly: wasm/ and internal/. Components (*.vugu) are translated to Go by vugugen of github.com/vugu/vugu |
| wasm_exec.js | Go's own, lib/wasm/wasm_exec.js of the compiler, unchanged |
| vugu.js | the DOM helper of github.com/vugu/vugu, taken out of its Go string by wasm/tools/vuguhelper |
| viewers/pdfjs/ | npm's pdfjs-dist {{.PDFJS}}, unchanged; without its sandbox for scripts |
| look.css | internal/look/look.css, unchanged |
| manifest.json | extension/manifest.base.json with extension/manifest.firefox.json merged into it, the version, and the portal's address |
| LICENSES.txt | the licences of what is compiled, gathered by packaging/notices |
| all others | extension/, unchanged. messages.gen.js, protocol.gen.js and question.gen.js are generated from Go types and are readable |

The package's policy for scripts is 'self' and 'wasm-unsafe-eval'; it loads no code from elsewhere and makes no request of
its own to any server.
`))

// readme returns README.md of the source package.
func (s *source) readme() ([]byte, error) {
	packed, err := os.ReadFile(s.packed)
	if err != nil {
		return nil, err
	}
	command, err := s.command()
	if err != nil {
		return nil, err
	}
	pdfjs, err := s.npmVersion("pdfjs-dist")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = instructions.Execute(&out, struct{ Version, Go, Command, Package, Digest, PDFJS string }{
		eonay.Version, runtime.Version(), command, filepath.Base(s.packed), fmt.Sprintf("%x", sha256.Sum256(packed)), pdfjs,
	})
	return out.Bytes(), err
}

// npmVersion returns the pinned version of a package that the extension carries.
func (s *source) npmVersion(name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(s.root, "package.json"))
	if err != nil {
		return "", err
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(data, &manifest); err != nil {
		return "", err
	}
	version := manifest.Dependencies[name]
	if version == "" {
		return "", fmt.Errorf("package.json: no %s", name)
	}
	return version, nil
}
