package main

import (
	"bytes"
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

// command runs a program in a folder and returns what it says.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tagged returns a release 2.3.4 of a small repository with that tag, and the keys for it.
func tagged(t *testing.T) *release {
	t.Helper()
	dir := t.TempDir()
	r := &release{
		root: filepath.Join(dir, "repository"), dir: filepath.Join(dir, "release"), version: "2.3.4", out: &bytes.Buffer{},
		key: filepath.Join(dir, "secret.key"), public: filepath.Join(dir, "public.key"),
	}
	write(t, filepath.Join(r.root, "CHANGELOG.md"),
		"# Changes\n\n## Unreleased\n\n## 2.3.4 – 30.11.2026\n\n- İmza: [the page](docs/a.md#b), [its site](https://example.tr/x).\n\n## 2.3.3\n\n- old\n")
	newKey(t, r.key, r.public)
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=Deneme", "-c", "user.email=deneme@example.tr", "commit", "-q", "-m", "release: 2.3.4"}, {"tag", "v2.3.4"},
	} {
		command(t, r.root, "git", args...)
	}
	return r
}

// newKey makes a key without a password.
func newKey(t *testing.T, secret, public string) {
	t.Helper()
	if _, err := exec.LookPath("minisign"); err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	command(t, ".", "minisign", "-G", "-W", "-f", "-s", secret, "-p", public)
}

func TestBegin(t *testing.T) {
	r := tagged(t)
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(r.dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder has %d files: %v", len(entries), err)
	}
}

func TestBeginRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil    func(t *testing.T, r *release)
		says     string
		snapshot bool // whether a trial takes it
	}{
		"a changed file": {func(t *testing.T, r *release) { write(t, filepath.Join(r.root, "CHANGELOG.md"), "## 2.3.4\n\n- new\n") }, "changes", true},
		"a new file":     {func(t *testing.T, r *release) { write(t, filepath.Join(r.root, "x.go"), "package x") }, "changes", true},
		"another tag":    {func(t *testing.T, r *release) { r.version = "2.3.3" }, "tag v2.3.3", true},
		"a tag of the commit before": {func(t *testing.T, r *release) {
			command(t, r.root, "git", "-c", "user.name=D", "-c", "user.email=d@example.tr", "commit", "-q", "--allow-empty", "-m", "later")
		}, "tag v2.3.4", true},
		"no section of this version": {func(t *testing.T, r *release) {
			r.version = "2.4.0"
			command(t, r.root, "git", "tag", "v2.4.0")
		}, "CHANGELOG.md", false},
		"no key":               {func(t *testing.T, r *release) { r.key = "" }, "MINISIGN_KEY", true},
		"no public key":        {func(t *testing.T, r *release) { r.public += "x" }, "no key in", true},
		"a folder of somebody": {func(t *testing.T, r *release) { write(t, r.path("thesis.txt"), "x") }, "thesis.txt", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := tagged(t)
			tt.spoil(t, r)
			if err := r.begin(); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want it to say %q", err, tt.says)
			}
			r.snapshot = true
			if err := r.begin(); (err == nil) != tt.snapshot {
				t.Errorf("a trial: %v", err)
			}
		})
	}
}

// TestBeginRemovesFilesOfReleases checks that nothing of an earlier release is given to people under the name of this one,
// and that whatever else is in the folder stays.
func TestBeginRemovesFilesOfReleases(t *testing.T) {
	r := tagged(t)
	for _, name := range []string{"e-onay_2.3.3_amd64.deb", "e-onay-2.3.4-chromium.zip", "SHA256SUMS", "SHA256SUMS.minisig", "NOTES.md"} {
		write(t, r.path(name), "old")
	}
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(r.dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files are left: %v", len(entries), err)
	}
	write(t, r.path("e-onay-2.3.4-chromium.zip"), "old")
	write(t, r.path("thesis.txt"), "precious")
	if r.begin() == nil {
		t.Error("a folder of somebody else was emptied")
	}
	for _, name := range []string{"e-onay-2.3.4-chromium.zip", "thesis.txt"} {
		if _, err := os.Stat(r.path(name)); err != nil {
			t.Error(err)
		}
	}
}

// TestFinishLooksAgain checks that a tree which was changed while the parts were built is no release.
func TestFinishLooksAgain(t *testing.T) {
	r := tagged(t)
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(r.root, "x.go"), "package x")
	if err := r.finish([]string{"program"}); err == nil || !strings.Contains(err.Error(), "changes") {
		t.Errorf("finish: %v", err)
	}
}

func TestNotes(t *testing.T) {
	r := tagged(t)
	got, err := r.notes()
	if want := "# E-Onay 2.3.4 – 30.11.2026\n\n- İmza: the page, [its site](https://example.tr/x).\n"; err != nil || string(got) != want {
		t.Errorf("notes %q, want %q: %v", got, want, err)
	}
}

// complete writes every part of a release, with its own name as content.
func (r *release) complete(t *testing.T) {
	t.Helper()
	for _, part := range parts {
		name := strings.Replace(part, "V", r.version, 1)
		write(t, r.path(name), name)
	}
}

// TestSignature signs a release with a key that was made for it, and verifies it as a person does: minisign, sha256sum.
func TestSignature(t *testing.T) {
	r := tagged(t)
	r.complete(t)
	if err := r.writeSums(); err != nil {
		t.Fatal(err)
	}
	if err := r.sign(); err != nil {
		t.Fatal(err)
	}
	verify := func() error {
		if err := exec.Command("minisign", "-V", "-q", "-p", r.public, "-m", r.path(sums)).Run(); err != nil {
			return err
		}
		check := exec.Command("sha256sum", "--check", "--strict", "--quiet", sums)
		check.Dir = r.dir
		return check.Run()
	}
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(slices.Clone(parts), sums, signature) {
		path := r.path(name)
		if name != sums && name != signature {
			path = r.path(strings.Replace(name, "V", r.version, 1))
		}
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Each file has the version in it: the signature in its comment.
		changed := strings.Replace(string(old)+"x", r.version, "2.3.5", 1)
		write(t, path, changed)
		if verify() == nil {
			t.Errorf("a changed %s was accepted", name)
		}
		write(t, path, string(old))
	}
}

// TestSignRefusesAnotherKey checks that nothing is left that is signed with a key which people do not have.
func TestSignRefusesAnotherKey(t *testing.T) {
	r := tagged(t)
	r.complete(t)
	if err := r.writeSums(); err != nil {
		t.Fatal(err)
	}
	r.key += "-other"
	newKey(t, r.key, r.public+"-other")
	if err := r.sign(); err == nil || !strings.Contains(err.Error(), "does not verify") {
		t.Errorf("sign: %v", err)
	}
	if _, err := os.Stat(r.path(signature)); !os.IsNotExist(err) {
		t.Errorf("a signature is left: %v", err)
	}
}

func TestSumsRefuse(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, r *release){
		"a part is missing":       func(t *testing.T, r *release) { os.Remove(r.path("e-onay-2.3.4-x64.msi")) },
		"a file of another build": func(t *testing.T, r *release) { write(t, r.path("e-onay-2.3.3-x64.msi"), "old") },
		"a file of no release":    func(t *testing.T, r *release) { write(t, r.path("secret.key"), "x") },
		"a folder":                func(t *testing.T, r *release) { write(t, r.path("stores/1.png"), "x") },
		"a link": func(t *testing.T, r *release) {
			os.Remove(r.path("NOTES.md"))
			if err := os.Symlink("/etc/passwd", r.path("NOTES.md")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := tagged(t)
			r.complete(t)
			spoil(t, r)
			if r.writeSums() == nil {
				t.Error("it was taken")
			}
			r.snapshot = true
			if err := r.writeSums(); (err == nil) != (name == "a part is missing") {
				t.Errorf("a trial: %v", err)
			}
		})
	}
}

// TestRelease makes a whole release of a clone of this repository, with the tag and a section in the changelog, and with files
// that stand for the parts; and then no other under the same tag.
func TestRelease(t *testing.T) {
	r := tagged(t)
	r.root, r.version = clone(t), eonay.Version
	changelog := filepath.Join(r.root, "CHANGELOG.md")
	text, err := os.ReadFile(changelog)
	if err != nil {
		t.Fatal(err)
	}
	write(t, changelog, strings.Replace(string(text), "## Unreleased", "## Unreleased\n\n## "+r.version+" – 30.11.2026", 1))
	git := func(args ...string) {
		command(t, r.root, "git", append([]string{"-c", "user.name=Deneme", "-c", "user.email=deneme@example.tr"}, args...)...)
	}
	git("commit", "-q", "-a", "-m", "release: "+r.version)
	git("tag", "-f", "v"+r.version)
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if name := strings.Replace(part, "V", r.version, 1); name != "NOTES.md" && !strings.HasSuffix(name, ".cdx.json") {
			write(t, r.path(name), name)
		}
	}
	if err := r.finish(built(t)); err != nil {
		t.Fatal(err)
	}
	command(t, r.dir, "minisign", "-V", "-q", "-p", r.public, "-m", sums)
	if said := command(t, r.dir, "sha256sum", "--check", "--strict", sums); strings.Count(said, ": OK\n") != len(parts) {
		t.Errorf("sha256sum says\n%s", said)
	}
	git("commit", "-q", "--allow-empty", "-m", "later")
	if err := r.finish(built(t)); err == nil || !strings.Contains(err.Error(), "has not the tag") {
		t.Errorf("a commit later: %v", err)
	}
}

func TestCompare(t *testing.T) {
	r, other := tagged(t), tagged(t)
	if r.complete(t); r.compare(other.dir) == nil {
		t.Error("a release is the same as none")
	}
	other.complete(t)
	if err := r.compare(other.dir); err != nil {
		t.Error(err)
	}
	write(t, other.path("NOTES.md"), "other")
	if err := r.compare(other.dir); err == nil || !strings.Contains(err.Error(), "NOTES.md") {
		t.Errorf("compare: %v", err)
	}
}

// TestPartsAreDocumented checks that the files of a release are those of the table in docs/packages.md.
func TestPartsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/packages.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Files of a release")
	table, _, _ = strings.Cut(table, "\n## ")
	var documented []string
	for row := range strings.Lines(table) {
		if !strings.HasPrefix(row, "| `") {
			continue
		}
		cell := strings.Split(row, "|")[1]
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			documented = append(documented, m[1])
		}
		if strings.Contains(cell, ".tar.gz`, arm64") {
			documented = append(documented, strings.Replace(documented[len(documented)-1], "amd64", "arm64", 1))
		}
	}
	want := append(slices.Clone(parts), sums, signature)
	slices.Sort(documented)
	slices.Sort(want)
	if !slices.Equal(documented, want) {
		t.Errorf("docs/packages.md has\n%q, a release\n%q", documented, want)
	}
}
