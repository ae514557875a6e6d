package eonay_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/web/portal"
)

// filesNamed returns the text of every file of the repository whose name has the ending, by its path.
func filesNamed(t *testing.T, ending string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == "build" || path == "node_modules" || path == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ending):
			return nil
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// threatGroups is each group of threats by its file.
var threatGroups = map[string]string{
	"xml": "XML", "timestamps": "TIME",
	"page": "PAGE", "extension": "EXT", "host": "HOST", "card": "CARD", "puk": "PUK", "login": "LOGIN", "gateway": "GW",
	"journal": "JOURNAL", "certificates": "CERT", "formats": "FORMAT", "network": "NET", "site": "SITE", "packages": "PKG",
	"validation": "VALID", "trust": "TRUST",
	"install":      "INST",
	"release":      "REL",
	"operation":    "OPS",
	"policy":       "POL",
	"public":       "PUB",
	"own":          "OWN",
	"applications": "APP",
	"approval":     "ESG",
	"jobs":         "JOB",
	"courier":      "COU",
	"decisions":    "TWO",
	"payment":      "PAY",
	"officer":      "OFF",
	"postgresql":   "PG",
	"status":       "STA",
}

// TestThreats checks that each threat has an ID of its own and of its file, an attack, a defence and tests.
func TestThreats(t *testing.T) {
	threat := regexp.MustCompile(`^\*\*([A-Z]+)-(\d\d)\*\* .*\n  - .*\n  - .*` + "`" + `\n*$`)
	given := map[string]bool{}
	for file, text := range filesNamed(t, ".md") {
		if path.Dir(file) != "docs/threats" {
			continue
		}
		group := threatGroups[strings.TrimSuffix(path.Base(file), ".md")]
		entries := strings.Split(unwrap(text), "\n- ")[1:]
		if group == "" || len(entries) == 0 {
			t.Errorf("%s has group %q and %d threats", file, group, len(entries))
		}
		for _, entry := range entries {
			entry, _, _ = strings.Cut(entry, "\n## ")
			found := threat.FindStringSubmatch(strings.TrimSpace(entry))
			if found == nil {
				t.Errorf("%s: want an ID with an attack, a defence and tests:\n%s", file, entry)
				continue
			}
			id := found[1] + "-" + found[2]
			if found[1] != group || given[id] {
				t.Errorf("%s: %s is not of this file, or given twice", file, id)
			}
			given[id] = true
		}
	}
	if len(given) < 150 {
		t.Fatalf("%d threats: this test no longer sees them", len(given))
	}
}

// unwrap puts what was wrapped to a width on one line: list items and paragraphs.
func unwrap(text string) string {
	return regexp.MustCompile(`(\S)\n *([^\s#|>0-9-]|-[^ ])`).ReplaceAllString(text, "$1 $2")
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z][A-Za-z0-9]+`)

// TestNamedTests checks that every test which a document names is there, in the package or the folder that it names before
// it: a defence without its test would be a claim.
func TestNamedTests(t *testing.T) {
	packages := map[string][]string{} // of each test in Go
	for file, text := range filesNamed(t, "_test.go") {
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(text, -1) {
			packages[m[1]] = append(packages[m[1]], path.Dir(file))
		}
	}
	scripts := filesNamed(t, ".test.js")
	checked := 0
	for file, text := range filesNamed(t, ".md") {
		for _, name := range testName.FindAllString(text, -1) {
			if packages[name] == nil {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
		if path.Dir(file) != "docs/threats" {
			continue
		}
		for _, m := range regexp.MustCompile("`([\\w/]+|…): ([^`]+)`").FindAllStringSubmatch(unwrap(text), -1) {
			place, rest := m[1], m[2]
			names := testName.FindAllString(rest, -1)
			checked += max(1, len(names))
			for _, name := range names {
				if !slices.ContainsFunc(packages[name], func(dir string) bool { return strings.HasSuffix("/"+dir, "/"+place) }) {
					t.Errorf("%s: %s is not in %s, but in %s", file, name, place, packages[name])
				}
			}
			if len(names) == 0 && !hasScriptTest(scripts, place, rest) {
				t.Errorf("%s: no test of %s is called %q", file, place, rest)
			}
		}
	}
	if checked < 400 || len(scripts) < 5 {
		t.Fatalf("%d tests named, %d files of scripts: this test no longer sees them", checked, len(scripts))
	}
}

// hasScriptTest reports whether the JavaScript of a folder has a test with this title, or a file of tests of this name.
func hasScriptTest(scripts map[string]string, folder, title string) bool {
	for file, text := range scripts {
		if folder != "…" && path.Dir(file) != folder {
			continue
		}
		if match, _ := path.Match(title, path.Base(file)); match || strings.Contains(text, "test(\""+title) || strings.Contains(text, "test(`"+title) {
			return true
		}
	}
	return false
}

// TestLinks checks that every relative link in a document leads to a file, and to a heading where it names one.
func TestLinks(t *testing.T) {
	documents := filesNamed(t, ".md")
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for file, text := range documents {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			to, fragment, _ := strings.Cut(m[1], "#")
			target := path.Join(path.Dir(file), to)
			if to == "" {
				target = file
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			if fragment != "" && !slices.Contains(anchors(documents[target]), fragment) {
				t.Errorf("%s: %s has no heading #%s", file, target, fragment)
			}
		}
	}
}

// anchors returns the fragments that GitHub makes of a document's headings.
func anchors(text string) (all []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

// TestTablesFitAScreen checks the documents that integrators, operators and auditors read: a table cannot be wrapped.
func TestTablesFitAScreen(t *testing.T) {
	const screen = 116
	for file, text := range filesNamed(t, ".md") {
		if !strings.HasPrefix(file, "docs/") || slices.Contains([]string{"docs/architecture.md", "docs/glossary.md", "docs/dependencies.md"}, file) {
			continue
		}
		for line := range strings.Lines(text) {
			if width := utf8.RuneCountInString(strings.TrimSpace(line)); strings.HasPrefix(line, "|") && width > screen {
				t.Errorf("%s: a row of %d characters, want %d at most:\n%s", file, width, screen, line)
			}
		}
	}
}

// TestFirstStart checks that what operators may copy is read by the portal. web/settingsdoc tests the page of all settings.
func TestFirstStart(t *testing.T) {
	text, err := os.ReadFile("docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(text), "<!-- portal.json -->\n```json\n")
	if !found {
		t.Fatal("docs/operation.md has no portal.json")
	}
	example, _, _ = strings.Cut(example, "```")
	dir := t.TempDir()
	for name, content := range map[string]string{"portal.json": example, "client.secret": "0123456789abcdef", "shared.key": "0123456789abcdef0123456789abcdef"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := portal.ReadSettings(filepath.Join(dir, "portal.json")); err != nil {
		t.Error(err)
	}
}
