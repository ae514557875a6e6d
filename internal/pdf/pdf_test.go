package pdf_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

func open(file []byte) (*pdf.File, error) {
	return pdf.Open(bytes.NewReader(file), int64(len(file)))
}

// read reads all that this package knows of a file.
func read(file []byte) error {
	f, err := open(file)
	if err != nil {
		return err
	}
	pages, err := f.Pages()
	if err != nil {
		return err
	}
	if len(pages) > 0 {
		if _, err := f.Page(len(pages) - 1); err != nil {
			return err
		}
	}
	if _, err := f.Shapes(); err != nil {
		return err
	}
	if _, err := f.Features(); err != nil {
		return err
	}
	fields, err := f.Fields()
	if err != nil {
		return err
	}
	_, err = f.Signatures(fields)
	return err
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	if err == nil || fault.CodeOf(err) != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestReads(t *testing.T) {
	long := make([]pdftest.Page, 250)
	for i := range long {
		long[i].Text = fmt.Sprint("Sayfa ", i+1)
	}
	plain := pdftest.Build(pdftest.Pages("", long...), "")
	for name, file := range map[string][]byte{
		"table":                      plain,
		"streams":                    pdftest.QPDF(t, plain, "--object-streams=generate"),
		"streams without compress":   pdftest.QPDF(t, plain, "--object-streams=generate", "--compress-streams=n"),
		"linearised":                 pdftest.QPDF(t, plain, "--linearize"),
		"linearised, object streams": pdftest.QPDF(t, plain, "--linearize", "--object-streams=generate"),
		"PDF 2.0":                    pdftest.QPDF(t, plain, "--force-version=2.0"),
		"PDF 1.3":                    pdftest.QPDF(t, plain, "--force-version=1.3"),
		"qdf":                        pdftest.QPDF(t, plain, "--qdf"),
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, read(file), "")
			f, err := open(file)
			if err != nil {
				t.Fatal(err)
			}
			pages, err := f.Pages()
			if err != nil || len(pages) != 250 || len(f.Revisions()) != 1 {
				t.Errorf("%d pages, %d revisions, %v", len(pages), len(f.Revisions()), err)
			}
			if end := f.Revisions()[0]; end.End+end.Newline != int64(len(file)) {
				t.Errorf("the revision ends at %d of %d", end.End+end.Newline, len(file))
			}
		})
	}
}

func TestRefusesEncryption(t *testing.T) {
	for _, options := range [][]string{{"--encrypt", "", "a", "256", "--"}, {"--encrypt", "", "", "256", "--", "--linearize"}} {
		wantCode(t, read(pdftest.QPDF(t, pdftest.Simple(), options...)), fault.PDFEncrypted)
	}
}

// TestReadsWhatIsCommon has habits of writers that every reader understands alike.
func TestReadsWhatIsCommon(t *testing.T) {
	objects := pdftest.Pages("/AcroForm<</Fields[6 0 R 9 0 R]>>", pdftest.Page{Text: "x"})
	objects = append(objects, pdftest.Object{Number: 6, Body: "null"})
	simple := pdftest.Build(objects, "")
	more := pdftest.Build(append(objects, pdftest.Object{Number: 7, Body: "null"}), "")
	entry := fmt.Sprintf("%010d 00000 n", bytes.Index(more, []byte("7 0 obj")))
	for name, file := range map[string][]byte{
		"references to fields that are gone": simple,
		"object at offset 0":                 replaced(t, more, entry, "0000000000 00000 n"),
		"bytes that are no comment":          replaced(t, simple, "\n%\xe2\xe3", "\n\xff\xe2\xe3"),
		"white space at the end":             append(bytes.Clone(simple), "\r\n\x00\n"...),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, read(file), "") })
	}
}
