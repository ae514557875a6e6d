package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	eonay "github.com/e-onay/e-onay"
	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

const source = "../.."

// made returns the two files as they are made into an empty folder, by their names.
func made(t *testing.T) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := run(source, dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = data
	}
	return files
}

// TestFilesAreTheSameTwice checks that a release can be made again by somebody else, and that nothing else is left in its folder.
func TestFilesAreTheSameTwice(t *testing.T) {
	first, second := made(t), made(t)
	for _, name := range []string{"e-onay-client-" + eonay.Version + ".tgz", "e-onay-go-" + eonay.Version + ".zip"} {
		if len(first[name]) == 0 || !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s: %d bytes, then %d others", name, len(first[name]), len(second[name]))
		}
	}
	if len(first) != 2 {
		t.Errorf("%d files, want 2", len(first))
	}
	t.Run("npm's package", func(t *testing.T) { checkClient(t, first["e-onay-client-"+eonay.Version+".tgz"]) })
	t.Run("the module proxy", func(t *testing.T) { checkProxy(t, first["e-onay-go-"+eonay.Version+".zip"]) })
}

// checkClient checks that npm's package has what its users need, and nothing else: no test, no tool.
func checkClient(t *testing.T, tgz []byte) {
	uncompressed, err := gzip.NewReader(bytes.NewReader(tgz))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for files := tar.NewReader(uncompressed); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimPrefix(header.Name, "package/"))
	}
	slices.Sort(names)
	want := []string{
		"LICENSE", "README.md", "client.d.ts", "client.js", "dss.d.ts", "dss.js", "package.json", "protocol.gen.d.ts", "protocol.gen.js",
	}
	if !slices.Equal(names, want) {
		t.Errorf("it has\n%q, want\n%q", names, want)
	}
	if limit := 64 << 10; len(tgz) > limit {
		t.Errorf("%d bytes, want %d at most", len(tgz), limit)
	}
}

// checkProxy checks that the folder has the one version, whose module is small, has a licence, and nothing that make or npm
// has brought.
func checkProxy(t *testing.T, archive []byte) {
	proxy := unzip(t, archive)
	at := "e-onay-go/github.com/e-onay/e-onay/@v/v" + eonay.Version
	content := proxy[at+".zip"]
	if len(proxy) != 4 || content == nil || !bytes.Contains(proxy[at+".info"], []byte(`{"Version":"v`+eonay.Version+`","Time":"2`)) {
		t.Fatalf("the proxy has %d files, and as information %s", len(proxy), proxy[at+".info"])
	}
	if limit := 8 << 20; len(content) > limit {
		t.Errorf("the module has %d bytes, want %d at most", len(content), limit)
	}
	files := unzip(t, content)
	inside := "github.com/e-onay/e-onay@v" + eonay.Version + "/"
	for _, name := range []string{"LICENSE", "go.mod", "VERSION", "web/relyingparty/doc.go", "web/client/client.js"} {
		if files[inside+name] == nil {
			t.Errorf("the module does not have %s", name)
		}
	}
	for name, data := range files {
		short := strings.TrimPrefix(name, inside)
		if strings.HasPrefix(short, "build/") || strings.HasPrefix(short, "node_modules/") || strings.HasSuffix(short, "_gen.go") {
			t.Errorf("the module has %s, which is made", short)
		}
		if limit := 512 << 10; len(data) > limit {
			t.Errorf("%s has %d bytes, want %d at most: whoever builds a site fetches it", short, len(data), limit)
		}
	}
}

// TestModuleIsTheRepositorys compares the module with what Go makes of the repository itself: a site's go.sum has one digest for both.
func TestModuleIsTheRepositorys(t *testing.T) {
	repository, target := t.TempDir(), filepath.Join(t.TempDir(), "module.zip")
	for name, text := range map[string]string{
		"go.mod": "module example.test/m\n", "m.go": "package m\n", "LICENSE": "Apache-2.0\n", "testdata/ğüş.txt": "ğüş\n", ".gitignore": "*_gen.go\n",
		"made_gen.go": "package m\n", "nested/go.mod": "module example.test/m/nested\n", "nested/n.go": "package n\n", "vendor/x/x.go": "package x\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(repository, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, repository, name, text)
	}
	if err := os.Symlink("m.go", filepath.Join(repository, "link.go")); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=e-Onay", "-c", "user.email=test@example.test", "commit", "-q", "-m", "all"},
	} {
		if _, err := git(repository, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	if err := packModule(repository, target); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	version := module.Version{Path: "example.test/m", Version: "v" + eonay.Version}
	var want bytes.Buffer
	if err := modzip.CreateFromVCS(&want, version, repository, "HEAD", ""); err != nil {
		t.Fatal(err)
	}
	got := unzip(t, unzip(t, archive)["e-onay-go/example.test/m/@v/"+version.Version+".zip"])
	if !maps.EqualFunc(got, unzip(t, want.Bytes()), bytes.Equal) || len(got) < 5 {
		t.Errorf("it has\n%q, Go makes\n%q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(unzip(t, want.Bytes()))))
	}
}

func unzip(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		files[file.Name], err = io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
	}
	return files
}

// TestClientREADME checks what is read on npm's page of the package: its links lead to files of the repository, and what it names is in
// the manual.
func TestClientREADME(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(source, "web/client/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllSubmatch(text, -1)
	for _, m := range links {
		file, ours := strings.CutPrefix(string(m[1]), "https://github.com/e-onay/e-onay/blob/main/")
		if _, err := os.Stat(filepath.Join(source, file)); !ours || err != nil {
			t.Errorf("%s leads to no file of the repository: %v", m[1], err)
		}
	}
	manual, err := os.ReadFile(filepath.Join(source, "web/client/client.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	_, named, _ := bytes.Cut(text, []byte("`client.d.ts`:"))
	named, _, _ = bytes.Cut(named, []byte("\n"))
	for _, m := range regexp.MustCompile(`(?m)^export function (\w+)`).FindAllSubmatch(manual, -1) {
		if !bytes.Contains(named, []byte("`"+string(m[1])+"`")) {
			t.Errorf("it does not name %s", m[1])
		}
	}
	if len(links) < 3 || len(named) == 0 {
		t.Error("this test no longer sees the text")
	}
}
