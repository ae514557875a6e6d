package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// cms is how a file of signatures begins.
const cms = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

func hexDigest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

func readSignatures(t *testing.T, name, data string) document.Readable {
	t.Helper()
	v, err := document.ViewerFor("application/pkcs7-signature", int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(data))
	r, err := v.Read(document.File{Name: name, MediaType: "application/pkcs7-signature", Size: int64(len(data)), SHA256: sum[:], Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSignaturesShowTheirContent shows a content by the viewer of its kind, and compares it; or says that the window cannot.
func TestSignaturesShowTheirContent(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	page := &report.PDF{Pages: make([]report.Page, 1)}
	for name, tt := range map[string]struct {
		kind    document.Kind
		content string
		pdf     *report.PDF
		shown   string // what stands on the screen, of a content that is shown
	}{
		"text":                   {document.KindText, "Onay\u202e\n", nil, "Onay⟦U+202E⟧\n"},
		"XML":                    {document.KindXML, "<?xml version='1.0'?><a>bir</a>", nil, "a: bir"},
		"PDF":                    {document.KindPDF, "%PDF-1.7", page, hexDigest("%PDF-1.7")},
		"picture":                {document.KindPNG, picture.String(), nil, hexDigest(picture.String()) + " 4×3"},
		"a refused PDF":          {document.KindPDF, "%PDF-1.7", nil, ""},
		"said to be a PDF":       {document.KindPDF, "PK\x03\x04", page, ""},
		"said to be a picture":   {document.KindPNG, "Onay\n", nil, ""},
		"said to be text":        {document.KindText, "\xff", nil, ""},
		"too many marks":         {document.KindText, strings.Repeat("\u200b", 1001), nil, ""},
		"a document type":        {document.KindXML, "<?xml version='1.0'?><!DOCTYPE a><a/>", nil, ""},
		"an archive":             {document.KindZIP, "PK\x03\x04", nil, ""},
		"signatures":             {document.KindCMS, cms, nil, ""},
		"nothing":                {document.KindUnknown, "", nil, ""},
		"a text of over 10 MiB":  {document.KindText, strings.Repeat("x", 10<<20+1), nil, ""},
		"a picture of one pixel": {document.KindJPEG, "\xff\xd8\xff\xd9", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := readSignatures(t, "a.txt.p7s", cms).(*document.Signatures)
			if s.Place() != "" || document.Content(s) != nil || s.Marks() != 0 || s.Holds(0, s.Digest()) {
				t.Error("it knows its content before the inspector does")
			}
			r := &report.Report{PDF: tt.pdf, Parts: []report.Part{{Name: "content", Size: int64(len(tt.content)), SHA256: hexDigest(tt.content), Kind: string(tt.kind)}}}
			sum := sha256.Sum256([]byte(tt.content))
			s.Take(r, []byte(tt.content), sum[:])
			u, isUnseen := document.Content(s).(*document.Unseen)
			if s.Place() != document.ContentHeld || isUnseen != (tt.shown == "") {
				t.Fatalf("%s, shown as %T", s.Place(), document.Content(s))
			}
			if isUnseen {
				if u.Kind != document.KindCMS || strings.ReplaceAll(u.Digest(), " ", "") != hexDigest(cms) {
					t.Errorf("the digest on the screen is %s", u.Digest())
				}
				tt.shown = u.Digest()
			}
			if !s.Holds(0, tt.shown) || s.Holds(0, tt.shown+"x") || s.Holds(7, tt.shown) {
				t.Error("it does not know what stands on the screen")
			}
		})
	}
}

// TestSignaturesWithoutTheirContent knows where the content is that the file does not hold, from one report.
func TestSignaturesWithoutTheirContent(t *testing.T) {
	for want, r := range map[document.ContentPlace]*report.Report{document.ContentGiven: {Given: hexDigest("a")}, document.ContentElsewhere: {}} {
		s := readSignatures(t, "a.p7s", cms).(*document.Signatures)
		s.Take(r, nil, nil)
		s.Take(&report.Report{Parts: []report.Part{{Kind: "text"}}}, []byte("a"), nil)
		if s.Place() != want || !s.Holds(0, document.Content(s).(*document.Unseen).Digest()) {
			t.Errorf("%s, want %s", s.Place(), want)
		}
	}
}

// TestSignaturesThatAreNone shows what is no CMS by its beginning, or larger than what is inspected, as what it has no viewer for.
func TestSignaturesThatAreNone(t *testing.T) {
	if u, ok := readSignatures(t, "a.p7s", "-----BEGIN PKCS7-----\n").(*document.Unseen); !ok || u.Kind != document.KindText {
		t.Errorf("%+v", u)
	}
	for size, want := range map[int64]bool{20 << 20: true, 20<<20 + 1: false} {
		v, err := document.ViewerFor("application/pkcs7-signature", size)
		if err != nil || v.MayHide != want || (v.Head == 0) != want {
			t.Errorf("%d bytes: %+v, %v", size, v, err)
		}
	}
	for name, want := range map[string]string{"a.pdf.p7s": "a.pdf", "a": "a.bin", ".p7s": ".p7s.bin"} {
		if got := readSignatures(t, name, cms).(*document.Signatures).ContentName(); got != want {
			t.Errorf("%s is over %s, want %s", name, got, want)
		}
	}
}
