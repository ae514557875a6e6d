package eonay_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// runMake runs make as a person does, whatever make the tests themselves run under; further programs are found in path first.
func runMake(path string, arguments ...string) (string, error) {
	command := exec.Command("make", append([]string{"--no-print-directory"}, arguments...)...)
	command.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=", "PATH="+path+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	return string(out), err
}

// dryRun returns what make would do for a target.
func dryRun(t *testing.T, target string) string {
	t.Helper()
	out, err := runMake(t.TempDir(), "--dry-run", "--always-make", target)
	if err != nil {
		t.Fatalf("make %s: %v\n%s", target, err, out)
	}
	return out
}

// targets returns what people can ask make for: the first .PHONY, of two lines.
func targets(t *testing.T) []string {
	t.Helper()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\.PHONY: (.*)\n\.PHONY: (.*)$`).FindSubmatch(makefile)
	if found == nil {
		t.Fatal("no .PHONY: this test no longer sees the targets")
	}
	return append(strings.Fields(string(found[1])), strings.Fields(string(found[2]))...)
}

func TestHelpNamesEveryTarget(t *testing.T) {
	help, err := runMake(t.TempDir(), "help")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(help) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "make" {
			t.Fatalf("%q is not a target and what it is for", line)
		}
		named = append(named, fields[1])
	}
	want := targets(t)
	slices.Sort(want)
	slices.Sort(named)
	if !slices.Equal(named, want) {
		t.Errorf("make help names\n%q, the targets are\n%q", named, want)
	}
}

// TestTargetsThatInstall checks that a target changes the machine where make help says so, and nowhere else.
func TestTargetsThatInstall(t *testing.T) {
	help := dryRun(t, "help")
	for _, target := range targets(t) {
		said := regexp.MustCompile(`make ` + target + ` .*installs what is missing`).MatchString(help)
		if does := strings.Contains(dryRun(t, target), "apt-get update"); does != said {
			t.Errorf("make %s installs packages: %v; make help says so: %v", target, does, said)
		}
	}
}

// TestMissingPackages checks what make does on a Debian machine that has all packages but two.
func TestMissingPackages(t *testing.T) {
	const packages = "TO_BUILD=gcc no-such-package another"
	for _, tt := range []struct {
		target, user string
		fails        bool
		says         string
	}{
		{"has-build", "0", true, "missing: another no-such-package. Run: make deps\n"},
		{"debian", "1000", true, "e-Onay needs packages. Run: sudo apt-get install --no-install-recommends another no-such-package\n"},
		{"debian", "0", false, "installing packages: apt-get install --no-install-recommends another no-such-package\n" +
			"apt-get update -qq\napt-get install --no-install-recommends another no-such-package -y -qq\n"},
	} {
		t.Run(tt.target+" "+tt.user, func(t *testing.T) {
			bin := t.TempDir()
			for name, script := range map[string]string{
				"dpkg-query": `for p; do case $p in -*|no-such-package|another) ;; *) echo "installed $p";; esac; done`,
				"id":         "echo " + tt.user,
				"apt-get":    `echo "apt-get $*" >&2; [ -x "${0%/*}/policy" ] || exit 1`,
			} {
				if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			policy := filepath.Join(bin, "policy")
			out, err := runMake(bin, tt.target, packages, "SERVICE_POLICY="+policy)
			if _, err := os.Stat(policy); err == nil {
				t.Error("the policy for services is left behind")
			}
			if (err != nil) != tt.fails || !strings.HasPrefix(out, tt.says) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// fuzzTarget is how one begins.
var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz[A-Za-z0-9]+)\(`)

// TestFuzzGivesEachTargetItsTurn has `make fuzz` run with a go command that fuzzes nothing and finds something at the first target.
func TestFuzzGivesEachTargetItsTurn(t *testing.T) {
	var want []string
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", "build", ".git"}, d.Name()):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range fuzzTarget.FindAllSubmatch(text, -1) {
			want = append(want, filepath.Dir(path)+" "+string(found[1]))
		}
		return err
	})
	if err != nil || len(want) < 100 {
		t.Fatalf("%d targets: %v", len(want), err)
	}
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	called := filepath.Join(path, "called")
	script := `#!/bin/sh
if [ "$1" != test ]; then exec ` + real + ` "$@"; fi
first=0; [ -e ` + called + ` ] || first=1
for folder; do :; done
echo "${folder#` + here + `/} $5" >> ` + called + `
exit $first
`
	if err := os.WriteFile(filepath.Join(path, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := runMake(path, "fuzz"); err == nil {
		t.Errorf("what was found is no failure:\n%s", out)
	}
	text, err := os.ReadFile(called)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.FieldsFunc(strings.NewReplacer("^", "", "$", "").Replace(string(text)), func(r rune) bool { return r == '\n' })
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%d targets are run, want %d:\n%q\n%q", len(got), len(want), got, want)
	}
}
