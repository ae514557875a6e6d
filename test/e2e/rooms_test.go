package e2e

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRooms checks who may import whom: no room another room, internal/ no room, only tests what is under test/, test/
// itself no room, and nothing heavy in the WebAssembly.
func TestRooms(t *testing.T) {
	const module = "github.com/e-onay/e-onay/"
	rooms := []string{"wasm", "nativehost", "extension", "web"}
	for _, room := range append(rooms, "internal", "test") {
		for pkg, imported := range imports(t, "", "./"+room+"/...") {
			for _, of := range []struct {
				imports []string
				tests   bool
			}{{imported.program, false}, {imported.tests, true}} {
				for _, name := range of.imports {
					inside, ours := strings.CutPrefix(name, module)
					target, _, _ := strings.Cut(inside, "/")
					if ours && target != room && target != "internal" && !(of.tests && target == "test") {
						t.Errorf("%s imports %s: %s/ may import itself and internal/, its tests test/ as well", pkg, name, room)
					}
				}
			}
		}
	}
	for pkg, imports := range imports(t, "js", "./wasm/...") {
		inspector := strings.HasSuffix(pkg, "/wasm/inspect") || strings.HasSuffix(pkg, "/wasm/inspection") // in a worker
		for _, imported := range imports.all() {
			switch imported {
			case "net/http", "crypto/tls", "text/template", "html/template":
				t.Errorf("%s imports %s: too heavy for the window", pkg, imported)
			case "crypto/x509", module + "wasm/inspection":
				if !inspector {
					t.Errorf("%s imports %s: only the inspector may", pkg, imported)
				}
			case "syscall/js":
				if !strings.HasSuffix(pkg, "/wasm/browser") && !strings.HasSuffix(pkg, "/wasm/inspect") {
					t.Errorf("%s imports syscall/js: only wasm/browser and the inspector may", pkg)
				}
			}
		}
	}
}

// TestFormatsKnowNoMessages checks that what reads certificates, signatures and revocation knows no message of the wire:
// other formats and other programs read them as well.
func TestFormatsKnowNoMessages(t *testing.T) {
	for _, format := range []string{"fault", "pki", "ades", "cms", "cades", "jades", "signature", "revocation", "timestamp", "validation", "validation/formats"} {
		for pkg, imports := range imports(t, "", "./internal/"+format) {
			for _, imported := range imports.program {
				if strings.HasSuffix(imported, "/internal/protocol") {
					t.Errorf("%s imports internal/protocol", pkg)
				}
			}
		}
	}
}

// TestValidationIsPure checks that the engine of validation imports nothing of the project but what it judges with: no format, no clock of a
// server, no sentence. Its readers of formats know it, and not the other way round.
func TestValidationIsPure(t *testing.T) {
	allowed := []string{"fault", "ades", "pki", "cms", "revocation", "timestamp"}
	for pkg, imports := range imports(t, "", "./internal/validation") {
		for _, imported := range imports.program {
			name, ours := strings.CutPrefix(imported, "github.com/e-onay/e-onay/internal/")
			if ours && !slices.Contains(allowed, name) || imported == "net/http" || imported == "context" {
				t.Errorf("%s imports %s", pkg, imported)
			}
		}
	}
}

// TestActsAreApart checks that an act imports no other act, and that what acts share imports none: only an act's own
// components and the program that puts its window together do.
func TestActsAreApart(t *testing.T) {
	programs := []string{"wasm/sign", "wasm/card", "wasm/pin", "wasm/tools/question"} // the last draws what each asks first
	for pkg, imports := range imports(t, "js", "./wasm/...") {
		_, inside, _ := strings.Cut(pkg, "e-onay/e-onay/")
		for _, imported := range imports.all() {
			_, act, isAct := strings.Cut(imported, "/wasm/act/")
			act, _, _ = strings.Cut(act, "/")
			if isAct && !strings.HasPrefix(inside+"/", "wasm/act/"+act+"/") && !slices.Contains(programs, inside) {
				t.Errorf("%s imports the act %s", inside, act)
			}
		}
	}
}

// hostLayers are the layers of the host, as in docs/architecture.md: a package imports those of its own layer and of earlier
// ones. What is in no layer is its program.
var hostLayers = [][]string{
	{"commands", "librarypath", "place", "atomicfile", "ownfile", "spool", "lock", "secret", "messaging", "cause"},
	{"reader", "device", "journal", "hashsites", "keypins", "pukrefusals"},
	{"worker", "module"},
	{"install", "doctor"},
	{"pinstate"},
	{"inventory"},
	{"act"},
	{"cardlogin"},
	{"act/sign", "act/login", "act/export", "act/signhash", "act/newpin", "act/settings"},
	{"session"},
}

// TestHostLayers checks that imports inside the host run one way, and that no act of it imports another.
func TestHostLayers(t *testing.T) {
	layerOf := map[string]int{}
	for i, layer := range hostLayers {
		for _, name := range layer {
			layerOf[name] = i
		}
	}
	for pkg, imports := range imports(t, "", "./nativehost/...") {
		_, name, inside := strings.Cut(pkg, "/nativehost/")
		if !inside {
			continue // the program
		}
		layer, known := layerOf[name]
		if !known {
			t.Errorf("nativehost/%s is in no layer", name)
		}
		for _, imported := range imports.program {
			_, other, ours := strings.Cut(imported, "/nativehost/")
			if !ours {
				continue
			}
			if layerOf[other] > layer {
				t.Errorf("nativehost/%s imports nativehost/%s, which is above it", name, other)
			}
			if strings.HasPrefix(name, "act/") && strings.HasPrefix(other, "act/") {
				t.Errorf("the act nativehost/%s imports the act nativehost/%s", name, other)
			}
		}
	}
}

// portalLayers are the layers of the portal, as in docs/architecture.md: a package imports those of earlier layers only.
var portalLayers = [][]string{
	{"agent", "refusal", "reference", "sealed", "secretfile", "legaltext"},
	{"application"},
	{"order"},
	{"store"},
	{"store/record"},
	{"store/postgres", "store/sqlite", "store/storetest", "site", "jobs"},
	{"store/sqlite/sqlitetest", "safe", "challenge", "courier", "verification", "gateway", "lasting", "letters", "peoplelist", "progress", "announcements", "decisions", "deskgate"},
	{"applicationkey", "formview", "notice", "payments", "statuses"},
	{
		"access",
		"applications",
		"approvals",
		"bulletin",
		"certificatestatus",
		"consent",
		"desk",
		"esign",
		"help",
		"home",
		"installation",
		"login",
		"machines",
		"newpin",
		"officer",
		"orders",
		"own",
		"payment",
		"seal",
		"sealapplication",
		"shipment",
		"signaturecheck",
		"staff",
		"statusdesk",
		"texts",
		"together",
		"undertaking",
	},
	{""}, // the portal, which puts features together
	{"portaltest"},
}

// TestPortalLayers checks that imports inside the portal run one way, and that no feature imports another. Tests may start the
// whole portal.
func TestPortalLayers(t *testing.T) {
	const portal = "github.com/e-onay/e-onay/web/portal"
	layerOf := map[string]int{}
	for i, layer := range portalLayers {
		for _, name := range layer {
			layerOf[name] = i
		}
	}
	inPortal := func(pkg string) (string, bool) {
		name, ok := strings.CutPrefix(pkg, portal)
		return strings.TrimPrefix(name, "/"), ok
	}
	for pkg, imports := range imports(t, "", "./web/portal/...") {
		name, _ := inPortal(pkg)
		layer, known := layerOf[name]
		if !known {
			t.Errorf("web/portal/%s is in no layer", name)
		}
		for _, imported := range imports.program {
			if other, ours := inPortal(imported); ours && layerOf[other] >= layer {
				t.Errorf("web/portal/%s imports web/portal/%s, which is in no earlier layer", name, other)
			}
		}
	}
}

// imported is what a package imports directly.
type imported struct{ program, tests []string }

func (i imported) all() []string { return slices.Concat(i.program, i.tests) }

// imports returns the direct imports of each package.
func imports(t *testing.T, goos, pattern string) map[string]imported {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}`, pattern)
	list.Dir = Root()
	if goos != "" {
		list.Env = append(list.Environ(), "GOOS=js", "GOARCH=wasm")
	}
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}
	found := map[string]imported{}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(line, "|")
		found[parts[0]] = imported{strings.Fields(parts[1]), strings.Fields(parts[2])}
	}
	if len(found) == 0 {
		t.Fatalf("go list %s found no package", pattern)
	}
	return found
}
