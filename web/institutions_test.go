package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInstitutions makes an institution and an officer of it, by the citizen number on standard input alone, and ends both.
func TestInstitutions(t *testing.T) {
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
	year := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	for _, step := range []struct {
		stdin string
		args  []string
		said  string
	}{
		{"", []string{"institutions", "list"}, ""},
		{"", []string{"institutions", "set", "-id", "belediye", "-name", "Çankaya Belediyesi", "-english", "Çankaya Municipality", "-terms", "2026/114", "-until", year}, `"terms":"2026/114"`},
		{number + "\n", []string{"officers", "grant", "-institution", "belediye", "-until", year}, mask},
		{"", []string{"officers", "list"}, `"institution":"belediye"`},
		{"", []string{"institutions", "list"}, `"name_tr":"Çankaya Belediyesi"`},
		{number, []string{"officers", "revoke", "-institution", "belediye"}, mask},
		{"", []string{"officers", "list"}, ""},
		{"", []string{"institutions", "end", "-id", "belediye"}, `"until"`},
		{"", []string{"institutions", "list"}, ""},
	} {
		status, said := web(step.stdin, step.args...)
		if status != 0 || !strings.Contains(said, step.said) || step.said == "" && said != "" {
			t.Errorf("%q: %d %q, want %q", step.args, status, said, step.said)
		}
	}
	for name, refused := range map[string]struct {
		stdin string
		args  []string
		says  string
	}{
		"no ID":                  {"", []string{"institutions", "set", "-name", "A", "-english", "A"}, "small letters"},
		"an ID with a slash":     {"", []string{"institutions", "set", "-id", "a/b", "-name", "A", "-english", "A"}, "small letters"},
		"no name in English":     {"", []string{"institutions", "set", "-id", "okul", "-name", "A"}, "both languages"},
		"endless terms":          {"", []string{"institutions", "set", "-id", "okul", "-name", "A", "-english", "A", "-terms", strings.Repeat("x", 121)}, "120"},
		"a day that is over":     {"", []string{"institutions", "set", "-id", "okul", "-name", "A", "-english", "A", "-until", "2020-01-01"}, "passed"},
		"ended without a name":   {"", []string{"institutions", "end", "-id", "okul"}, "not found"},
		"an unknown institution": {number, []string{"officers", "grant", "-institution", "okul"}, "not found"},
		"a short number":         {"1000000014", []string{"officers", "grant", "-institution", "belediye"}, "eleven digits"},
		"an office that is over": {number, []string{"officers", "grant", "-institution", "belediye", "-until", "2020-01-01"}, "passed"},
		"a day that is none":     {number, []string{"officers", "grant", "-institution", "belediye", "-until", "soon"}, "2027-12-31"},
	} {
		if status, said := web(refused.stdin, refused.args...); status != 1 || !strings.Contains(said, refused.says) {
			t.Errorf("%s: %d %q", name, status, said)
		}
	}
}
