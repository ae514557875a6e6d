package examples

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRecipe types docs/integration.md into an empty folder: each file, each command. Then people log in with their cards and sign at
// the site that has come of it.
func TestRecipe(t *testing.T) {
	o := newOutside(t)
	ca := startSandbox(t)
	address := freeAddress(t)
	origin := "http://" + address
	const page = "docs/integration.md"
	start := strings.ReplaceAll(marked(t, page, "start"), "~/e-onay/build/run/sandbox", ca.dir) + " -listen " + address + " -origin " + origin
	startTyped(t, o, typed(t, page)+start, "listening: "+origin)
	journey(t, ca, process{origin})
}

// typed returns a script of a recipe's files and commands, in their order. What has a mark is typed elsewhere or later.
func typed(t *testing.T, page string) (script string) {
	t.Helper()
	for _, s := range snippets(t, page) {
		switch {
		case strings.Contains(s.file, "."):
			script += "cat > " + s.file + " <<'END OF FILE'\n" + s.text + "END OF FILE\n"
		case s.language != "sh":
			t.Errorf("%s: a block of %s is neither a file nor typed:\n%s", page, s.language, s.text)
		case s.file == "":
			script += s.text
		}
	}
	return script
}

// marked returns a script of the commands with these marks. The last one becomes the process itself, so that it can be ended; a line
// that ends in a backslash goes on.
func marked(t *testing.T, page string, marks ...string) string {
	t.Helper()
	var lines []string
	for _, mark := range marks {
		before := len(lines)
		for _, s := range snippets(t, page) {
			if s.file == mark {
				lines = append(lines, strings.Split(strings.TrimSpace(strings.ReplaceAll(s.text, "\\\n", "")), "\n")...)
			}
		}
		if len(lines) == before {
			t.Fatalf("%s has no commands with the mark %q", page, mark)
		}
	}
	lines[len(lines)-1] = "exec " + lines[len(lines)-1]
	return strings.Join(lines, "\n")
}

// startTyped runs a script that ends in the start of a server, and waits until that says that it listens.
func startTyped(t *testing.T, o outside, script, says string) {
	t.Helper()
	run := o.command("bash", "-euo", "pipefail", "-c", script)
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	run.Stdout, run.Stderr = input, input
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	var log bytes.Buffer
	lines := bufio.NewReader(io.TeeReader(output, &log))
	for line := ""; !strings.Contains(line, says); {
		if line, err = lines.ReadString('\n'); err != nil {
			_ = run.Wait()
			t.Fatalf("it does not say %q: %v\n%s", says, err, &log)
		}
	}
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, lines); close(drained) }()
	t.Cleanup(func() {
		_ = run.Process.Kill() // it may have ended by itself
		_ = run.Wait()         // by the signal
		<-drained
		output.Close()
		if strings.Contains(log.String(), ayse) || strings.Contains(log.String(), "panic") || t.Failed() {
			t.Errorf("its log has\n%s", &log)
		}
	})
}

// TestRecipeLanguages checks that both languages of a page show the same code, and that the page's script is the sample's, which the
// journeys drive in real browsers.
func TestRecipeLanguages(t *testing.T) {
	for _, page := range []string{"integration", "integration-languages", "integration-documents", "integration-existing"} {
		english, turkish := snippets(t, "docs/"+page+".md"), snippets(t, "docs/"+page+".tr.md")
		if len(english) != len(turkish) {
			t.Fatalf("%s: %d blocks in English, %d in Turkish", page, len(english), len(turkish))
		}
		for i := range english {
			if english[i] != turkish[i] {
				t.Errorf("%s: block %d is in Turkish another:\n%s\n%s", page, i, english[i].text, turkish[i].text)
			}
		}
	}
	for _, s := range snippets(t, "docs/integration.md") {
		if s.file == "page/site.js" && s.text != read(t, "web/examples/site/page/site.js") {
			t.Error("page/site.js is not that of web/examples/site")
		}
	}
}

var makeTarget = regexp.MustCompile(`(?m)^make (\S+)$`)

// TestDocumentsNameTargets checks that the targets of make which the pages for a site's developer name are there.
func TestDocumentsNameTargets(t *testing.T) {
	makefile := read(t, "Makefile")
	named := 0
	for _, page := range []string{"docs/integration.md", "docs/integration-languages.md", "docs/integration-documents.md"} {
		for _, s := range snippets(t, page) {
			for _, m := range makeTarget.FindAllStringSubmatch(s.text, -1) {
				named++
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("%s: there is no target %q", page, m[1])
				}
			}
		}
	}
	if named < 3 {
		t.Error("no targets: this test no longer sees them")
	}
}
