package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/nativehost/commands"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil { // where make runs the program
		panic(err)
	}
	os.Exit(m.Run())
}

// files writes everything and returns the folder.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := write(dir, "1.2.3", time.Unix(1796052887, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a program of Debian's and returns what it says.
func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing. Run: make deps", name)
	}
	out, err := exec.Command(path, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, out)
	}
	return string(out)
}

// The same sources give the same bytes, whatever the folder.
func TestSameBytesTwice(t *testing.T) {
	one, other := files(t), files(t)
	n := 0
	err := filepath.WalkDir(one, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		n++
		inside, _ := filepath.Rel(one, path)
		a, errA := os.ReadFile(path)
		b, errB := os.ReadFile(filepath.Join(other, inside))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v, %v)", inside, errA, errB)
		}
		return nil
	})
	if err != nil || n != 8 {
		t.Errorf("%d files, %v", n, err)
	}
}

// Both manuals are drawn without a complaint and tell of every command with every option.
func TestManuals(t *testing.T) {
	for path, heading := range map[string]string{"man/man1/eonay-host.1.gz": "EXIT STATUS", "man/tr/man1/eonay-host.1.gz": "ÇIKIŞ KODU"} {
		page := filepath.Join(t.TempDir(), "eonay-host.1")
		if err := os.WriteFile(page, []byte(unzipped(t, filepath.Join(files(t), path))), 0o600); err != nil {
			t.Fatal(err)
		}
		if complaints := run(t, "mandoc", "-Tlint", "-Wwarning", page); complaints != "" {
			t.Error(complaints)
		}
		drawn := run(t, "mandoc", "-Tutf8", "-Owidth=400", page)
		drawn = regexp.MustCompile(`.\x08`).ReplaceAllString(drawn, "") // what is bold is printed twice
		if !strings.Contains(drawn, heading) || strings.Contains(drawn, "host.manual") || strings.Contains(drawn, "host.help") {
			t.Errorf("%s:\n%s", path, drawn)
		}
		for _, c := range commands.All {
			for _, o := range c.Options {
				if !strings.Contains(drawn, "eonay-host "+c.Name) || !strings.Contains(drawn, "--"+o.Name) {
					t.Errorf("%s tells nothing of %s --%s", path, c.Name, o.Name)
				}
			}
		}
	}
}

func unzipped(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a command's own help tells of is what its table has, so that manual, completion and program agree.
func TestHelpNamesTheOptions(t *testing.T) {
	for _, c := range commands.All {
		for _, language := range []message.Language{message.Turkish, message.English} {
			text := message.Text(language, "host.help."+c.Name)
			for _, other := range commands.All {
				for _, o := range other.Options {
					has := slices.Contains(c.Options, o)
					if told := strings.Contains(text, "    --"+o.Name+" "); told != has {
						t.Errorf("%s --%s: told %t, accepted %t", c.Name, o.Name, told, has)
					}
				}
			}
		}
	}
}

// The shells themselves complete: the commands, a command's options, and what an option wants.
func TestCompletions(t *testing.T) {
	dir := files(t)
	var all []string
	for _, c := range commands.All {
		all = append(all, c.Name)
	}
	questions := map[string][]string{
		"":                all,
		"doctor --":       {"--json", "--lang"},
		"install --sy":    {"--system"},
		"install --lang ": {"tr", "en"},
		"module a":        {"add"},
	}
	bash := filepath.Join(dir, "bash-completion/completions/eonay-host")
	fish := filepath.Join(dir, "fish/vendor_completions.d/eonay-host.fish")
	for typed, want := range questions {
		words := strings.Split("eonay-host "+typed, " ")
		script := `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eonay_host; printf '%s\n' "${COMPREPLY[@]}"`
		got := strings.Fields(run(t, "bash", append([]string{"-c", script, bash}, words...)...))
		if !same(got, want) {
			t.Errorf("bash, %q: %q, want %q", typed, got, want)
		}
		got = nil
		for line := range strings.Lines(run(t, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, fish, "eonay-host "+typed)) {
			got = append(got, strings.TrimSpace(line))
		}
		if !same(got, want) {
			t.Errorf("fish, %q: %q, want %q", typed, got, want)
		}
	}
	run(t, "zsh", "-n", filepath.Join(dir, "zsh/vendor-completions/_eonay-host"))
}

// same tells whether all that is wanted is there, and nothing else but files of this folder.
func same(got, want []string) bool {
	got = slices.DeleteFunc(slices.Clone(got), func(word string) bool { _, err := os.Stat(word); return err == nil })
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	return slices.Equal(got, want)
}

// Every module that is linked stands in the copyright file with a licence.
func TestCopyright(t *testing.T) {
	text, err := copyright()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"github.com/miekg/pkcs11 v", "github.com/ebfe/scard v", "github.com/google/go-tpm v", "The Go standard library", "SIL Open Font License", "Apache License"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(string(text), "modernc.org/sqlite") {
		t.Error("a module that is not linked")
	}
}

func TestMetainfo(t *testing.T) {
	out := run(t, "appstreamcli", "validate", "--no-net", "--no-color", "packaging/linux/metainfo.xml")
	if !strings.Contains(out, "Validation was successful") {
		t.Error(out)
	}
}
