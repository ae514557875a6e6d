// Package pdftest makes PDF files for tests, and asks other programs about files.
package pdftest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Object is an indirect object with a number that the test chooses.
type Object struct {
	Number int
	Body   string // between obj and endobj
}

// Build returns a PDF of one revision with a table of cross references. Objects have numbers from 1 without a gap; the first is
// the catalog. more is for the trailer.
func Build(objects []Object, more string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	size := len(objects) + 1
	offsets := make([]int, size)
	for _, o := range objects {
		offsets[o.Number] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", o.Number, o.Body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", size)
	for _, offset := range offsets[1:] {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R /Size %d %s>>\nstartxref\n%d\n%%%%EOF\n", size, more, start)
	return b.Bytes()
}

// Page says how a page is.
type Page struct {
	Text   string // ASCII, in Helvetica
	Rotate int
	More   string // entries of its dictionary
}

// Pages returns the objects of a document of such pages, for Build: 1 is the catalog, with more as further entries, 2 the page
// tree, 3 a font; then two for each page, the page itself being 4 + 2n.
func Pages(more string, pages ...Page) []Object {
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	objects := []Object{
		{1, "<</Type /Catalog /Pages 2 0 R " + more + ">>"},
		{2, fmt.Sprintf("<</Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 595 842]>>", len(pages), strings.Join(kids, " "))},
		{3, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"},
	}
	for i, p := range pages {
		content := fmt.Sprintf("BT /F 24 Tf 72 720 Td (%s) Tj ET", p.Text)
		objects = append(objects,
			Object{4 + 2*i, fmt.Sprintf("<</Type /Page /Parent 2 0 R /Resources <</Font <</F 3 0 R>>>> /Contents %d 0 R /Rotate %d %s>>", 5+2*i, p.Rotate, p.More)},
			Object{5 + 2*i, fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content)})
	}
	return objects
}

// Simple is a document of one page.
func Simple() []byte { return Build(Pages("", Page{Text: "Merhaba"}), "") }

// Write writes a file into a folder of the test and returns its path.
func Write(t testing.TB, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// packages are the packages of Debian that have the programs.
var packages = map[string]string{"qpdf": "qpdf", "pdfsig": "poppler-utils", "pdffonts": "poppler-utils", "pdftotext": "poppler-utils", "mutool": "mupdf-tools"}

// Run runs a program and returns its output and whether it has succeeded. A program that is missing fails the test with the
// command that installs it.
func Run(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%v: run `apt-get install %s`", err, packages[name])
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// QPDF writes file anew by qpdf with these options: "--linearize", "--object-streams=generate", "--encrypt …".
func QPDF(t testing.TB, file []byte, options ...string) []byte {
	t.Helper()
	path := Write(t, file)
	made := path + ".made"
	if out, err := Run(t, "qpdf", append(options, "--static-id", path, made)...); err != nil {
		t.Fatalf("qpdf %v: %v: %s", options, err, out)
	}
	data, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Check has qpdf and mutool read file; either fails the test where it complains, or warns.
func Check(t testing.TB, file []byte) {
	t.Helper()
	path := Write(t, file)
	if out, err := Run(t, "qpdf", "--check", path); err != nil {
		t.Errorf("qpdf --check: %v: %s", err, out)
	}
	out, err := Run(t, "mutool", "info", path)
	if err != nil || strings.Contains(out, "error") || strings.Contains(out, "warning") {
		t.Errorf("mutool: %v: %s", err, out)
	}
}
