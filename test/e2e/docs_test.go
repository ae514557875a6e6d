package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModelNamesTests checks that every test named in docs/threat-model.md exists: a defence
// without its test would be a claim.
func TestThreatModelNamesTests(t *testing.T) {
	model, err := os.ReadFile(filepath.Join(Root(), "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	grep := exec.Command("git", "grep", "-hoE", `^func (Test|Fuzz)[A-Za-z0-9]+`, "--", "*_test.go")
	grep.Dir = Root()
	functions, err := grep.Output()
	if err != nil {
		t.Fatalf("list the tests: %v", err)
	}
	there := map[string]bool{}
	for line := range strings.Lines(string(functions)) {
		there[strings.TrimSpace(strings.TrimPrefix(line, "func "))] = true
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z][A-Za-z0-9]+`).FindAllString(string(model), -1)
	if len(named) < 40 || len(there) < 100 {
		t.Fatalf("%d tests named and %d found: this test no longer sees them", len(named), len(there))
	}
	for _, name := range named {
		if !there[name] {
			t.Errorf("docs/threat-model.md names %s, which does not exist", name)
		}
	}
}
