package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestManPage has groff judge the man page, and looks for each verb with each of its flags.
func TestManPage(t *testing.T) {
	const path = "../packaging/operator/web.1"
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	if out, err := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(source), `\-`, "-")
	for _, v := range verbs() {
		if !strings.Contains(page, ".B web "+v.name) {
			t.Errorf("the page has no %q", v.name)
		}
		for _, flag := range flagsOf(v) {
			if !regexp.MustCompile(flag + `\b`).MatchString(page) {
				t.Errorf("the page has no %s, of %s", flag, v.name)
			}
		}
	}
}

func flagsOf(v verb) []string {
	return regexp.MustCompile(`-[a-z]+(?:-[a-z]+)?`).FindAllString(v.synopsis, -1)
}

// TestCompletion has bash complete each verb, and the flags of each.
func TestCompletion(t *testing.T) {
	complete := func(words ...string) []string {
		t.Helper()
		script := `. ../packaging/operator/web.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _web; printf '%s\n' "${COMPREPLY[@]}"`
		out, err := exec.Command("bash", append([]string{"-euc", script, "bash", "web"}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", words, err, out)
		}
		return strings.Fields(string(out))
	}
	for _, v := range verbs() {
		words := strings.Fields(v.name)
		if len(words) == 2 && v.name != "backup check" {
			if got := complete(words[0], words[1][:2]); !slices.Contains(got, words[1]) {
				t.Errorf("%q is completed to %q", v.name, got)
			}
		}
		if got := complete(words[0][:2]); !slices.Contains(got, words[0]) {
			t.Errorf("%q is completed to %q", words[0], got)
		}
		want := flagsOf(v)
		if len(want) == 0 {
			continue
		}
		got := complete(append(words, "-")...)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(slices.Compact(want), got) {
			t.Errorf("flags of %q: completed are %q, there are %q", v.name, got, want)
		}
	}
}
