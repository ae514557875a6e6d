package e2e

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRooms checks who may import whom: no room another room, internal/ no room, and nothing heavy in
// the WebAssembly.
func TestRooms(t *testing.T) {
	const module = "github.com/e-onay/e-onay/"
	rooms := []string{"wasm", "nativehost", "extension", "web"}
	for _, room := range append(rooms, "internal") {
		for pkg, imports := range imports(t, "", "./"+room+"/...") {
			for _, imported := range imports {
				inside, ours := strings.CutPrefix(imported, module)
				if !ours {
					continue
				}
				target, _, _ := strings.Cut(inside, "/")
				if target != room && target != "internal" {
					t.Errorf("%s imports %s: %s/ may import itself and internal/ only", pkg, imported, room)
				}
			}
		}
	}
	for pkg, imports := range imports(t, "js", "./wasm/...") {
		for _, imported := range imports {
			switch imported {
			case "net/http", "crypto/x509", "crypto/tls", "text/template", "html/template":
				t.Errorf("%s imports %s: too heavy for the window", pkg, imported)
			case "syscall/js":
				if !strings.HasSuffix(pkg, "/wasm/browser") {
					t.Errorf("%s imports syscall/js: only wasm/browser may", pkg)
				}
			}
		}
	}
}

// TestFormatsKnowNoMessages checks that what reads certificates, signatures and revocation knows no message of the wire:
// other formats and other programs read them as well.
func TestFormatsKnowNoMessages(t *testing.T) {
	for _, format := range []string{"fault", "pki", "cades", "revocation"} {
		for pkg, imports := range imports(t, "", "./internal/"+format) {
			for _, imported := range imports {
				if strings.HasSuffix(imported, "/internal/protocol") {
					t.Errorf("%s imports internal/protocol", pkg)
				}
			}
		}
	}
}

// TestActsAreApart checks that an act imports no other act, and that what acts share imports none: only what puts a
// window together (its program, its components) does.
func TestActsAreApart(t *testing.T) {
	knows := []string{"wasm/sign", "wasm/card", "wasm/pin", "wasm/ui", "wasm/browser"}
	for pkg, imports := range imports(t, "js", "./wasm/...") {
		_, inside, _ := strings.Cut(pkg, "e-onay/e-onay/")
		for _, imported := range imports {
			if _, act, isAct := strings.Cut(imported, "/wasm/act/"); isAct && inside != "wasm/act/"+act && !slices.Contains(knows, inside) {
				t.Errorf("%s imports the act %s", inside, act)
			}
		}
	}
}

// imports returns the direct imports of each package, tests included.
func imports(t *testing.T, goos, pattern string) map[string][]string {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, pattern)
	list.Dir = Root()
	if goos != "" {
		list.Env = append(list.Environ(), "GOOS=js", "GOARCH=wasm")
	}
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		found[fields[0]] = fields[1:]
	}
	if len(found) == 0 {
		t.Fatalf("go list %s found no package", pattern)
	}
	return found
}
