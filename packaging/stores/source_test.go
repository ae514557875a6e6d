package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	eonay "github.com/e-onay/e-onay"
)

const root = "../.."

// pack returns Firefox's package of what `make build` has built, and the source of it.
func pack(t *testing.T) *source {
	t.Helper()
	for _, page := range pages {
		if _, err := os.Stat(filepath.Join(root, "build/wasm", page+".wasm")); err != nil {
			t.Fatalf("%v. Run: make build", err)
		}
	}
	packed := filepath.Join(t.TempDir(), "e-onay-"+eonay.Version+"-firefox.zip")
	packer := exec.Command("go", "run", "./extension/pack", "-browser", "firefox", "-hosts", "https://online.example.tr", "-zip", packed)
	packer.Dir = root
	if out, err := packer.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return &source{root: root, packed: packed, variables: []string{"PORTAL_HOSTS=https://online.example.tr", "INSTALL_URL="}}
}

// unpack writes an archive into a folder and returns the names of its files.
func unpack(t *testing.T, file, dir string) (names []string) {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, f.Modified, f.Modified); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return names
}

// TestSourceRebuilds does what a reviewer of Firefox's store does: unpacks the sources in a folder of another name, types the
// one command of README.md, and compares. What npm would fetch is the folder that is here.
func TestSourceRebuilds(t *testing.T) {
	s := pack(t)
	sources := filepath.Join(t.TempDir(), "source.zip")
	if err := s.write(sources); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "reviewer’s own folder")
	names := unpack(t, sources, dir)
	folder := filepath.Join(dir, "e-onay-"+eonay.Version)
	checkNames(t, names)
	modules, err := filepath.Abs(filepath.Join(root, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	typed := regexp.MustCompile(`(?m)^GOTOOLCHAIN=.* make .*$`).FindString(string(readme))
	if typed == "" {
		t.Fatalf("no command in\n%s", readme)
	}
	command := exec.Command("bash", "-c", typed)
	command.Dir = folder
	command.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", typed, err, out)
	}
	want, err := os.ReadFile(s.packed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "build/release", filepath.Base(s.packed)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the reviewer gets %x, the store has %x, if build/ is of these sources: make build", sha256.Sum256(got), sha256.Sum256(want))
	}
	checkAgain(t, *s, folder, sources)
}

// checkAgain makes the source package of what the reviewer has unpacked and built: the same bytes, in a folder of another
// name. So it lacks nothing that it asks for, and nothing in it is left out.
func checkAgain(t *testing.T, s source, folder, sources string) {
	t.Helper()
	s.root = folder
	again := filepath.Join(t.TempDir(), "again.zip")
	if err := s.write(again); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(sources)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the sources of the reviewer's folder are other ones")
	}
}

// ofTests matches names of tests and of what they use. That test stands in the middle of a word, as in certificatestatus, means nothing.
var ofTests = regexp.MustCompile(`(^|[/_.-])test(data|[/_.-]|card|tpm)`)

// checkNames checks that reviewers get what the package is made of, and no other program, test or key.
func checkNames(t *testing.T, names []string) {
	t.Helper()
	for _, name := range names {
		name = strings.TrimPrefix(name, "e-onay-"+eonay.Version+"/")
		inFolder := slices.ContainsFunc([]string{"extension/", "internal/", "wasm/", "packaging/notices/"}, func(dir string) bool { return strings.HasPrefix(name, dir) })
		if !inFolder && !slices.Contains(standing, name) && name != "README.md" && name != "version.go" {
			t.Errorf("%s is of no use to a reviewer", name)
		}
		if ofTests.MatchString(name) || strings.HasSuffix(name, "_components_gen.go") {
			t.Errorf("%s is of no use to a reviewer", name)
		}
	}
	if len(names) < 200 {
		t.Errorf("%d files: this test no longer sees them", len(names))
	}
}

// TestCommandRefusesSettings checks that no setting of the release becomes a command on the reviewer's machine.
func TestCommandRefusesSettings(t *testing.T) {
	for _, setting := range []string{"PORTAL_HOSTS=https://a.tr'; rm -rf ~ #", "PORTAL_HOSTS=$(id)", "PORTAL_HOSTS=`id`", "https://a.tr", "PORTAL_HOSTS=a b", "A=\n"} {
		s := &source{packed: "x.zip", variables: []string{setting}}
		if command, err := s.command(); err == nil {
			t.Errorf("%q became %s", setting, command)
		}
	}
	s := &source{packed: "x/e.zip", variables: []string{"PORTAL_HOSTS=https://a.tr,https://b.tr", "INSTALL_URL="}}
	if command, err := s.command(); err != nil || command != "make build/release/e.zip 'PORTAL_HOSTS=https://a.tr,https://b.tr'" {
		t.Errorf("%s %v", command, err)
	}
}
