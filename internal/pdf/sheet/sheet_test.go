package sheet_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/sheet"
)

var full = sheet.Sheet{
	Title: "Başvuru formu", Language: "tr", At: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), Foot: "Başvuru 1",
	Blocks: []sheet.Block{
		{Style: sheet.Heading, Text: "SERTİFİKA BAŞVURU FORMU"},
		{Style: sheet.Fact, Label: "Doğum yeri", Text: "Iğdır, ŞÖÇÜ şöçü âîû"},
		{Style: sheet.Fact, Label: "Adres", Text: "Işık Sokak 3\nKat 2"},
		{Style: sheet.Subheading, Text: "Beyan"},
		{Text: strings.Repeat("Yukarıdaki bilgilerin doğru olduğunu bildiririm. ", 200)},
		{Text: "Ж\u202e漢"},
	},
	Data: []byte(`{"form":{"birth_place":"Iğdır"}}`), Owner: "EOnay",
}

// program runs a program of others, and returns what it says.
func program(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing. Run: make deps", name)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// What is written is read by the strict reader and by other programs, with all Turkish letters and nothing beside the pages.
func TestSheet(t *testing.T) {
	data := full.Bytes()
	if !bytes.Equal(data, full.Bytes()) {
		t.Error("the same content is not the same bytes")
	}
	f, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	features, err := f.Features()
	if err != nil || features != (pdf.Features{}) {
		t.Errorf("beside its pages it has %+v, %v", features, err)
	}
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "qpdf", "--check", path)
	text := program(t, "pdftotext", "-layout", path, "-")
	for _, part := range []string{"SERTİFİKA BAŞVURU FORMU", "Doğum yeri", "Iğdır, ŞÖÇÜ şöçü âîû", "Işık Sokak 3", "Kat 2", "[U+0416][U+202E][U+6F22]", "Başvuru 1 · 3 / 3"} {
		if !strings.Contains(text, part) {
			t.Errorf("the pages lack %q:\n%s", part, text)
		}
	}
	if n := strings.Count(text, "bilgilerin"); n != 200 {
		t.Errorf("a paragraph of 200 sentences has %d on the pages", n)
	}
	if info := program(t, "pdfinfo", path); !strings.Contains(info, "Başvuru formu") || !strings.Contains(info, "A4") {
		t.Errorf("the file is\n%s", info)
	}
}
