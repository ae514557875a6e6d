package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// snippet is a block of code in a document; file is where it is cut from or goes to, empty for most commands.
type snippet struct{ file, language, text string }

var fenced = regexp.MustCompile("(?ms)^(?:<!-- (\\S+) -->\n)?```(\\w+)\n(.*?)^```$")

func snippets(t *testing.T, document string) (all []snippet) {
	t.Helper()
	for _, m := range fenced.FindAllStringSubmatch(read(t, document), -1) {
		all = append(all, snippet{m[1], m[2], m[3]})
	}
	if len(all) == 0 {
		t.Fatalf("%s has no code: this test no longer sees it", document)
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

// TestDocuments checks that the code which the pages on documents and on other sites show is cut from the sample site and the
// page library, line by line.
func TestDocuments(t *testing.T) {
	for _, page := range []string{"docs/integration-documents.md", "docs/integration-existing.md"} {
		for _, s := range snippets(t, page) {
			if s.language != "sh" && (s.file == "" || !strings.Contains("\n"+read(t, s.file), "\n"+s.text)) {
				t.Errorf("%s: not in %q, line by line:\n%s", page, s.file, s.text)
			}
		}
	}
}

// documentedArguments returns those of the command that docs/integration-documents.md starts the site with, for another folder of
// the sandbox's.
func documentedArguments(t *testing.T, dir string) []string {
	t.Helper()
	for _, s := range snippets(t, "docs/integration-documents.md") {
		for line := range strings.Lines(s.text) {
			if arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "build/site "); ok {
				return strings.Fields(strings.ReplaceAll(arguments, "build/run/sandbox", dir))
			}
		}
	}
	t.Fatal("docs/integration-documents.md does not start the site")
	return nil
}
