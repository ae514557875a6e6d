package examples

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestRecipe types docs/integration.md into an empty folder: each file, each command. Then people log in with their cards and sign at
// the site that has come of it.
func TestRecipe(t *testing.T) {
	ca := startSandbox(t)
	o := newOutside(t)
	address := freeAddress(t)
	origin := "http://" + address
	script := typed(t, "docs/integration.md", func(start string) string {
		return strings.ReplaceAll(start, "~/e-onay/build/run/sandbox", ca.dir) + " -listen " + address + " -origin " + origin
	})
	startTyped(t, o, script, "listening: "+origin)
	journey(t, ca, process{origin})
}

// typed makes a script of what a recipe says: its files and commands in their order. What is marked "elsewhere" is typed in
// another terminal; start makes the command that is marked "start" one of the test's.
func typed(t *testing.T, document string, start func(string) string) string {
	t.Helper()
	script := "{\n"
	started := 0
	for _, s := range snippets(t, document) {
		switch {
		case s.file == "start":
			started++
			script += "} >&2\nexec " + start(strings.TrimSpace(s.text)) + "\n"
		case s.file == "elsewhere":
		case s.file != "":
			script += "cat > " + s.file + " <<'END OF FILE'\n" + s.text + "END OF FILE\n"
		case s.language == "sh":
			script += s.text
		default:
			t.Errorf("%s: a block of %s is neither a file nor typed:\n%s", document, s.language, s.text)
		}
	}
	if started != 1 || !strings.HasSuffix(script, "\n") {
		t.Fatalf("%s starts %d sites, want 1", document, started)
	}
	return script
}

// startTyped runs a script that ends in the start of a site, and waits until the site says that it listens.
func startTyped(t *testing.T, o outside, script, says string) {
	t.Helper()
	run := o.command("", "bash", "-euo", "pipefail", "-c", script)
	var log bytes.Buffer
	run.Stderr = &log
	output, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		_ = run.Wait()                          // by the signal
		if strings.Contains(log.String(), ayse) || strings.Contains(log.String(), "panic") || t.Failed() {
			t.Errorf("its log has\n%s", &log)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if !strings.Contains(line, says) {
		_, _ = io.Copy(io.Discard, output)
		t.Fatalf("it says %q, want %q: %v", line, says, err)
	}
}

// TestRecipeLanguages checks that both languages of a page show the same code, and that the page's script is the sample's, which the
// journeys drive in real browsers.
func TestRecipeLanguages(t *testing.T) {
	for _, page := range []string{"integration", "integration-documents", "integration-existing"} {
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
	for _, page := range []string{"docs/integration.md", "docs/integration-documents.md"} {
		for _, s := range snippets(t, page) {
			for _, m := range makeTarget.FindAllStringSubmatch(s.text, -1) {
				named++
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("%s: there is no target %q", page, m[1])
				}
			}
		}
	}
	if named < 2 {
		t.Error("no targets: this test no longer sees them")
	}
}
