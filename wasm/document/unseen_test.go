package document_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
)

// entry is a local file header of a ZIP archive with a name and what stands behind it.
func entry(name, data string) string {
	return "PK\x03\x04" + strings.Repeat("\x00", 22) + string([]byte{byte(len(name)), 0, 0, 0}) + name + data
}

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		head string
		want document.Kind
	}{
		{"", document.KindUnknown},
		{"%PDF-1.7\n", document.KindPDF},
		{" %PDF-1.7\n", document.KindText},
		{"\x89PNG\r\n\x1a\n", document.KindPNG},
		{"\xff\xd8\xff\xe0", document.KindJPEG},
		{"RIFF\x00\x00\x00\x00WEBPVP8 ", document.KindWebP},
		{"MZ\x90", document.KindProgram},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", document.KindOldOffice},
		{"PK\x03\x04", document.KindZIP},
		{entry("a.txt", "a"), document.KindZIP},
		{entry("[Content_Types].xml", "x") + entry("word/document.xml", ""), document.KindWord},
		{entry("[Content_Types].xml", "x") + entry("xl/workbook.xml", ""), document.KindExcel},
		{entry("mimetype", "application/vnd.oasis.opendocument.text"), document.KindOpenDocument},
		{entry("mimetype", "application/vnd.etsi.asic-e+zip"), document.KindASiC},
		{entry("mimetype", "application/zip"), document.KindZIP},
		{entry("[Content_Types].xml", "x") + entry("Ustveri/Ustveri.xml", ""), document.KindEYP},
		{entry("content.xml", "x") + entry("sign.sgn", ""), document.KindUDF},
		{"\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", document.KindCMS},
		{"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", document.KindCMS},
		{"<?xml version='1.0'?><a/>", document.KindXML},
		{"\ufeff<?xml version='1.0'?><a/>", document.KindXML},
		{"<!DOCTYPE html>", document.KindHTML},
		{"  <HTML>", document.KindHTML},
		{"Şişli\r\n", document.KindText},
		{"Şişli"[:5], document.KindText},
		{"a\x00b", document.KindUnknown},
		{"\xfe\xf0", document.KindUnknown},
		{strings.Repeat("x", 257) + "ustar", document.KindArchive},
	} {
		if got := document.KindOf([]byte(tt.head)); got != tt.want {
			t.Errorf("%.20q is %q, want %q", tt.head, got, tt.want)
		}
	}
}

// TestUnseen shows a digest, and knows it again.
func TestUnseen(t *testing.T) {
	data := []byte(entry("a.txt", "a"))
	shown, err := read("application/zip", data)
	if err != nil {
		t.Fatal(err)
	}
	u := shown.(*document.Unseen)
	digest := sha256.Sum256(data)
	if strings.ReplaceAll(u.Digest(), " ", "") != hex.EncodeToString(digest[:]) || strings.Count(u.Digest(), " ") != 15 {
		t.Errorf("the digest is shown as %q", u.Digest())
	}
	if !u.Holds(0, u.Digest()) || u.Holds(0, u.Digest()[1:]) || u.Holds(1, u.Digest()) {
		t.Error("another digest is taken for it")
	}
	for _, mediaType := range []string{"application/pdf", "image/png", "image/jpeg", "image/gif", "image/tiff", "image/webp"} {
		if _, err := read(mediaType, data); fault.CodeOf(err) != fault.DocumentMismatch {
			t.Errorf("an archive as %s: %v", mediaType, err)
		}
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"sözleşme.pdf":           "sözleşme.pdf",
		"../../etc/passwd":       "_.._etc_passwd",
		"C:\\a?.txt":             "C__a_.txt",
		"a\u202efdp.exe":         "a_fdp.exe",
		"...":                    "belge",
		"":                       "belge",
		strings.Repeat("ş", 300): strings.Repeat("ş", 100),
		"a\nb\x00":               "a_b_",
	} {
		if got := document.FileName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

// FuzzUnseen reads whatever bytes there are, as whatever they are said to be.
func FuzzUnseen(f *testing.F) {
	f.Add("application/zip", []byte(entry("mimetype", "application/vnd.etsi.asic-e+zip")))
	f.Add("application/pdf", []byte("%PDF-1.7"))
	f.Fuzz(func(t *testing.T, mediaType string, data []byte) {
		if mediaType == "text/plain" || mediaType == "" {
			return
		}
		shown, err := read(mediaType, data)
		if u, ok := shown.(*document.Unseen); err == nil && ok && !u.Holds(0, u.Digest()) {
			t.Fatal("the document is not what is shown")
		}
	})
}
