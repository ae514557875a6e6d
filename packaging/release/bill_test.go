package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	eonay "github.com/e-onay/e-onay"
)

// built returns programs that `make build` has built.
func built(t *testing.T) (programs []string) {
	t.Helper()
	for _, name := range []string{"eonay-host", "web", "wasm/sign.wasm", "wasm/inspect.wasm"} {
		path := filepath.Join(root, "build", name)
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%v. Run: make build", err)
		}
		programs = append(programs, path)
	}
	return programs
}

func bill(t *testing.T, r *release, programs []string) []byte {
	t.Helper()
	data, err := r.bill(programs)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBill checks what the bill of materials says of real programs, and that it is CycloneDX 1.6 by the specification's schema.
func TestBill(t *testing.T) {
	programs := built(t)
	data := bill(t, &release{root: root, version: eonay.Version}, programs)
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	components, on := map[string]cdx.Component{}, map[string][]string{}
	for _, c := range *bom.Components {
		components[c.BOMRef] = c
	}
	for _, d := range *bom.Dependencies {
		on[d.Ref] = *d.Dependencies
	}
	for _, tt := range []struct {
		program, library string
		linked           bool
	}{
		{"eonay-host/linux/amd64", "pkg:golang/github.com/miekg/pkcs11@v1.1.2", true},
		{"eonay-host/linux/amd64", "pkg:golang/modernc.org/sqlite@", false},
		{"eonay-host/linux/amd64", "pkg:golang/std@1.", true},
		{"web/linux/amd64", "pkg:golang/modernc.org/sqlite@v", true},
		{"web/linux/amd64", "pkg:golang/github.com/miekg/pkcs11@", false},
		{"web/linux/amd64", "pkg:golang/github.com/chromedp/chromedp@", false}, // of tests
		{"sign.wasm/js/wasm", "pkg:golang/github.com/vugu/vugu@v0.4.0", true},
		{"inspect.wasm/js/wasm", "pkg:golang/github.com/vugu/vugu@", false},
		{"pkg:golang/github.com/e-onay/e-onay@v" + eonay.Version, "pkg:npm/pdfjs-dist@", true},
		{"pkg:golang/github.com/e-onay/e-onay@v" + eonay.Version, "web/linux/amd64", true},
	} {
		linked := slices.ContainsFunc(on[tt.program], func(ref string) bool { return strings.HasPrefix(ref, tt.library) })
		if linked != tt.linked {
			t.Errorf("%s has %s: %v, want %v", tt.program, tt.library, linked, tt.linked)
		}
	}
	for ref, c := range components {
		if c.Licenses == nil {
			t.Errorf("%s has no licence", ref)
		}
	}
	sum, err := digest(programs[0])
	if err != nil || (*components["eonay-host/linux/amd64"].Hashes)[0].Value != sum {
		t.Errorf("the host's digest is not %s: %v", sum, err)
	}
	validate(t, data)
}

// validate has the bill judged by the specification's schema, which is in the library's module.
func validate(t *testing.T, data []byte) {
	t.Helper()
	const library = "github.com/CycloneDX/cyclonedx-go"
	dirs, err := moduleDirs(root, []string{library})
	if err != nil {
		t.Fatal(err)
	}
	judge := exec.Command("node", "testdata/validate.mjs", filepath.Join(dirs[library], "schema"))
	judge.Stdin = bytes.NewReader(data)
	if out, err := judge.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("not CycloneDX 1.6: %v\n%s", err, out)
	}
}

// clone returns a clone of this repository in a folder of another name, with what npm has fetched here.
func clone(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "by another name")
	command(t, root, "git", "clone", "-q", "--no-hardlinks", ".", dir)
	modules, err := filepath.Abs(filepath.Join(root, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".git/info/exclude"), "node_modules\n") // .gitignore names a folder, not a link
	return dir
}

// TestBillIsTheSameBytes writes the bill of the same programs from a clone in a folder of another name.
func TestBillIsTheSameBytes(t *testing.T) {
	programs := built(t)
	here := bill(t, &release{root: root, version: eonay.Version}, programs)
	slices.Reverse(programs)
	there := bill(t, &release{root: clone(t), version: eonay.Version}, programs)
	if !bytes.Equal(here, there) {
		t.Error("another folder gives other bytes")
	}
}

// TestBillRefuses checks that a program ends the release if its modules cannot be read from its bytes.
func TestBillRefuses(t *testing.T) {
	r := &release{root: root, version: eonay.Version}
	empty := filepath.Join(t.TempDir(), "empty.wasm")
	write(t, empty, "\x00asm\x01\x00\x00\x00")
	gofmt, err := exec.LookPath("gofmt")
	if err != nil {
		t.Fatal(err)
	}
	host := built(t)[0]
	for name, programs := range map[string][]string{
		"no programs": nil, "a program of others": {gofmt}, "no modules": {empty}, "no program": {"main.go"}, "one twice": {host, host},
	} {
		if _, err := r.bill(programs); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestLicences checks that somebody has read the licence of each module that our programs have, on every system, and that
// none has changed since.
func TestLicences(t *testing.T) {
	linked := map[string]bool{}
	list := func(environment []string, args ...string) {
		t.Helper()
		c := exec.Command("go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}"}, args...)...)
		c.Dir, c.Env = root, append(os.Environ(), environment...)
		out, err := c.Output()
		if err != nil {
			t.Fatalf("go list %q: %v", args, err)
		}
		for _, name := range strings.Fields(string(out)) {
			linked[name] = name != module
		}
	}
	for _, system := range []string{"linux", "windows", "darwin"} {
		list([]string{"GOOS=" + system, "CGO_ENABLED=1"}, "./nativehost", "./web")
	}
	for _, page := range []string{"sign", "inspect", "card", "pin", "manage"} {
		list([]string{"GOOS=js", "GOARCH=wasm"}, "-tags", page, "./wasm/"+page)
	}
	delete(linked, module)
	paths := slices.Sorted(maps.Keys(linked))
	dirs, err := moduleDirs(root, paths)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readLicences()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if _, err := checkLicence(all, path, dirs[path]); err != nil {
			t.Error(err)
		}
	}
	for name := range all {
		if !linked[name] && !strings.HasPrefix(name, "npm:") {
			t.Errorf("licences.json has %s, which no program has", name)
		}
	}
	if len(paths) < 40 {
		t.Errorf("%d modules: this test no longer sees them", len(paths))
	}
}

// TestChangedLicence checks that a licence file that is not the one that was read is seen.
func TestChangedLicence(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "LICENSE"), "all rights reserved")
	all := map[string]licence{"example.tr/m": {"MIT", "LICENSE", strings.Repeat("0", 64)}}
	for _, name := range []string{"example.tr/m", "example.tr/unread"} {
		if spdx, err := checkLicence(all, name, dir); err == nil {
			t.Errorf("%s: %s", name, spdx)
		}
	}
}
