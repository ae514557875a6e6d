package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// snippet is a block of code in a document; file is where it is cut from, empty for commands.
type snippet struct{ file, language, text string }

var fenced = regexp.MustCompile("(?ms)^(?:<!-- (\\S+) -->\n)?```(\\w+)\n(.*?)^```$")

func snippets(t *testing.T, document string) (all []snippet) {
	t.Helper()
	for _, m := range fenced.FindAllStringSubmatch(read(t, document), -1) {
		all = append(all, snippet{m[1], m[2], m[3]})
	}
	if len(all) < 10 {
		t.Fatalf("%s has %d blocks: this test no longer sees them", document, len(all))
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestDocuments checks that the code which docs/integration.md shows is the sample site's, line by line, that its
// targets of make are there, and that the Turkish one shows the same.
func TestDocuments(t *testing.T) {
	makefile := read(t, "Makefile")
	english := snippets(t, "docs/integration.md")
	for _, s := range english {
		switch {
		case s.language == "sh":
			for _, m := range regexp.MustCompile(`(?m)^make (\S+)$`).FindAllStringSubmatch(s.text, -1) {
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("there is no target %q", m[1])
				}
			}
		case s.file == "" || !strings.Contains("\n"+read(t, s.file), "\n"+s.text):
			t.Errorf("not in %q, line by line:\n%s", s.file, s.text)
		}
	}
	if !slices.Equal(english, snippets(t, "docs/integration.tr.md")) {
		t.Error("the two languages show different code")
	}
}

// documentedArguments returns those of the command that docs/integration.md starts the site with, for another folder of
// the sandbox's.
func documentedArguments(t *testing.T, dir string) []string {
	t.Helper()
	for _, s := range snippets(t, "docs/integration.md") {
		for line := range strings.Lines(s.text) {
			if arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "build/site "); ok {
				return strings.Fields(strings.ReplaceAll(arguments, "build/run/sandbox", dir))
			}
		}
	}
	t.Fatal("docs/integration.md does not start the site")
	return nil
}
