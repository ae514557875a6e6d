package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRoles gives, lists and takes roles away, by the citizen number on standard input alone.
func TestRoles(t *testing.T) {
	const number, mask = "10000000146", "100*****146"
	config := filepath.Join(t.TempDir(), "portal.json")
	text := `{"issuer": "http://localhost:1", "client_id": "portal", "client_secret": "0123456789abcdef", "anchors": "none.pem"}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	web := func(stdin string, args ...string) (status int, said string) {
		t.Helper()
		var out bytes.Buffer
		status = run(t.Context(), append(args[:2:2], append([]string{"-config", config}, args[2:]...)...), strings.NewReader(stdin), &out, &out)
		if strings.Contains(out.String(), number) {
			t.Errorf("%q prints the whole number: %s", args, &out)
		}
		return status, out.String()
	}
	if status, said := web("", "roles", "list"); status != 0 || said != "" {
		t.Errorf("at first: %d %q", status, said)
	}
	year := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	for _, args := range [][]string{{"-role", "reviewer"}, {"-role", "courier", "-until", year}} {
		if status, said := web(number+"\n", append([]string{"roles", "grant"}, args...)...); status != 0 || !strings.Contains(said, mask) {
			t.Errorf("%q: %d %q", args, status, said)
		}
	}
	if status, said := web("", "roles", "list"); status != 0 || strings.Count(said, mask) != 2 || !strings.Contains(said, `"role":"reviewer"`) || strings.Count(said, `"until"`) != 1 {
		t.Errorf("two roles: %d %q", status, said)
	}
	for name, refused := range map[string]struct {
		stdin string
		args  []string
		says  string
	}{
		"no role":             {number, []string{"grant"}, "reviewer"},
		"an unknown role":     {number, []string{"grant", "-role", "king"}, "reviewer"},
		"no number":           {"", []string{"grant", "-role", "reviewer"}, "eleven digits"},
		"a short number":      {"1000000014", []string{"grant", "-role", "reviewer"}, "eleven digits"},
		"two numbers":         {number + "\n" + number, []string{"grant", "-role", "reviewer"}, "eleven digits"},
		"a day that is none":  {number, []string{"grant", "-role", "reviewer", "-until", "soon"}, "2027-12-31"},
		"a day that is over":  {number, []string{"grant", "-role", "reviewer", "-until", "2020-01-01"}, "passed"},
		"revoke without role": {number, []string{"revoke"}, "reviewer"},
	} {
		if status, said := web(refused.stdin, append([]string{"roles"}, refused.args...)...); status != 1 || !strings.Contains(said, refused.says) {
			t.Errorf("%s: %d %q", name, status, said)
		}
	}
	if status, said := web(number, "roles", "revoke", "-role", "reviewer"); status != 0 {
		t.Errorf("revoke: %d %q", status, said)
	}
	if status, said := web("", "roles", "list"); status != 0 || strings.Contains(said, "reviewer") || !strings.Contains(said, "courier") {
		t.Errorf("one is left: %d %q", status, said)
	}
}
