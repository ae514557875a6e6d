package ui

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, s := range []string{"Şişli ığdır", `<b onclick="x">&amp;'`, "⟦U+202E⟧ 😀", ""} {
		got := string(text(s))
		if html.UnescapeString(got) != s {
			t.Errorf("%q became %q", s, got)
		}
		for i := range len(got) {
			if got[i] >= 0x80 || strings.IndexByte(`<>"`, got[i]) >= 0 {
				t.Fatalf("%q has %q", got, got[i])
			}
		}
	}
}

// The element that holds the document is not among those that Vugu takes for constant and empties.
func TestDocumentIsNotEmptied(t *testing.T) {
	source, err := os.ReadFile("document.vugu")
	if err != nil {
		t.Fatal(err)
	}
	tag := regexp.MustCompile(`<div [^>]*id="document-text"[^>]*></div>`).Find(source)
	if !strings.Contains(string(tag), " :") {
		t.Errorf("%q has no dynamic attribute", tag)
	}
}

// A limit on the PIN's field would cut a PIN that is too long, and a try would be lost on the rest.
func TestPINIsNotCut(t *testing.T) {
	source, err := os.ReadFile("PIN.vugu")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(source), "maxlength") {
		t.Error("the field has a limit")
	}
}

// What no component may contain: content that does not go through text, a listener, a style.
func TestTemplates(t *testing.T) {
	files, err := filepath.Glob("*.vugu")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	content := regexp.MustCompile(`vg-(?:content|html)='([^']*)'`)
	forbidden := regexp.MustCompile(`\sstyle=|:style=|\s@\w+=|vg-js-|vugu\.HTML`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range content.FindAllSubmatch(source, -1) {
			if !strings.HasPrefix(string(m[1]), "text(") {
				t.Errorf("%s: %s does not go through text", file, m[1])
			}
		}
		if n := strings.Count(string(source), "vg-content") + strings.Count(string(source), "vg-html"); n != len(content.FindAll(source, -1)) {
			t.Errorf("%s: content in a form this test does not see", file)
		}
		if m := forbidden.Find(source); m != nil {
			t.Errorf("%s: %s", file, m)
		}
	}
}
