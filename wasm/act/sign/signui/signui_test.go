package signui

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

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
