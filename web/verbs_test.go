package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHelp asks for help in each way that people try: it is printed to standard output, with status 0.
func TestHelp(t *testing.T) {
	ask := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); status != 0 || stderr.Len() > 0 {
			t.Errorf("%q: status %d, says %q on standard error", args, status, &stderr)
		}
		return stdout.String()
	}
	all := ask("help")
	for _, v := range verbs() {
		words := strings.Fields(v.name)
		if !strings.Contains(all, "web "+v.name) {
			t.Errorf("help does not list %q", v.name)
		}
		one := ask(append([]string{"help"}, words...)...)
		for _, flag := range regexp.MustCompile(`-[a-z]+`).FindAllString(v.synopsis, -1) {
			if !strings.Contains(one, "\n  "+flag) {
				t.Errorf("help of %q does not explain %s:\n%s", v.name, flag, one)
			}
		}
		for _, flag := range regexp.MustCompile(`(?m)^  (-[a-z]+)`).FindAllStringSubmatch(one, -1) {
			if !strings.Contains(v.synopsis, flag[1]) {
				t.Errorf("the synopsis of %q lacks %s", v.name, flag[1])
			}
		}
		for _, asked := range []string{"-h", "--help"} {
			if got := ask(append(slices.Clone(words), asked)...); got != one {
				t.Errorf("%q %s prints\n%s\nand help\n%s", v.name, asked, got, one)
			}
		}
	}
	for _, args := range [][]string{{"--help"}, {"-h"}} {
		if got := ask(args...); got != all {
			t.Errorf("%q prints\n%s", args, got)
		}
	}
	if group := ask("rp", "--help"); !strings.Contains(group, "web rp key") || strings.Contains(group, "web serve") || group != ask("help", "rp") {
		t.Errorf("help of a group:\n%s", group)
	}
}
