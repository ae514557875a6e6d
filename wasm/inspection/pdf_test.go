package inspection_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

const (
	beside = "report.pdf.beside"
	signed = "report.signed.title"
)

func TestPDF(t *testing.T) {
	objects := pdftest.Pages("/OpenAction<</S/JavaScript/JS(x)>>", pdftest.Page{Text: "bir"}, pdftest.Page{Text: "iki", Rotate: 90})
	r := inspect(t, report.KindPDF, pdftest.Build(objects, "/ID[<00112233445566778899aabbccddeeff><ff112233445566778899aabbccddeeff>]"))
	if len(r.PDF.Pages) != 2 || r.PDF.Pages[1].Turn != 90 || r.PDF.Pages[0].Object != [2]int{4, 0} || r.PDF.Pages[0].Box[2] == 0 {
		t.Errorf("%+v", r.PDF)
	}
	if id := r.PDF.ID; len(id) != 2 || id[0] != "00112233445566778899aabbccddeeff" || id[1] != "ff112233445566778899aabbccddeeff" {
		t.Errorf("%q", id)
	}
	wantLines(t, r, beside, "report.pdf.has.scripts")
	wantLines(t, r, signed)
}

func (p *person) signPDF(t testing.TB, file []byte, o pades.Options) []byte {
	t.Helper()
	return p.sign(t, file, func(s ades.Signer, documents []ades.Document) (ades.Prepared, error) {
		return pades.Prepare(s, documents, o)
	})
}

// updated is a file whose page an update has turned.
func updated(t testing.TB, file []byte) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	d := page.Dict.Clone()
	d["Rotate"] = pdf.Integer(180)
	u.Set(page.Ref, d)
	appended, err := u.Write(nil)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), appended.Bytes...)
}

const (
	when    = "report.signed.when"
	holds   = "report.signed.state.holds"
	fails   = "report.signed.state.fails"
	unknown = "report.signed.state.unknown"
)

// TestSignaturesOfPDF follows one document through its life.
func TestSignaturesOfPDF(t *testing.T) {
	p := newPerson(t)
	name := p.certificate.Subject.CommonName
	file := p.signPDF(t, pdftest.Simple(), pades.Options{Certify: 2})
	const level = "report.signed.level.2"
	r := inspect(t, report.KindPDF, file)
	wantLines(t, r, signed, name, when, level, holds, "report.signed.later.nothing")
	if at := r.Sections[0].Entries[0].Lines[0].At; at != signedAt.Unix() {
		t.Errorf("signed at %d", at)
	}
	file = p.signPDF(t, file, pades.Options{})
	r = inspect(t, report.KindPDF, file)
	wantLines(t, r, signed, name, when, level, holds, "report.signed.later.signed", name, when, holds, "report.signed.later.nothing")
	r = inspect(t, report.KindPDF, updated(t, file))
	const changed = "report.signed.later.changed"
	wantLines(t, r, signed, "look", name, when, level, holds, changed, "look", name, when, holds, changed)
	if r.PDF.Pages[0].Turn != 180 {
		t.Errorf("the page of an older revision: %+v", r.PDF.Pages)
	}
	// Of another text the signature no longer holds.
	r = inspect(t, report.KindPDF, bytes.Replace(p.signPDF(t, pdftest.Simple(), pades.Options{}), []byte(" Tj"), []byte(" TJ"), 1))
	wantLines(t, r, signed, "look", name, when, fails, "report.signed.later.nothing")
}

func TestRefusesPDF(t *testing.T) {
	p := newPerson(t)
	simple := pdftest.Simple()
	file := p.signPDF(t, simple, pades.Options{})
	xfa := append(pdftest.Pages("/AcroForm<</Fields[]/XFA 6 0 R>>", pdftest.Page{Text: "x"}), pdftest.Object{Number: 6, Body: "<</Length 0>>stream\n\nendstream"})
	for name, tt := range map[string]struct {
		file []byte
		want fault.Code
	}{
		"none":                           {[]byte("a poem"), fault.PDFMalformed},
		"encrypted":                      {pdftest.QPDF(t, simple, "--encrypt", "", "", "256", "--"), fault.PDFEncrypted},
		"bytes behind it":                {append(bytes.Clone(simple), "and more"...), fault.PDFMalformed},
		"another form":                   {pdftest.Build(xfa, ""), fault.DocumentAmbiguous},
		"a signature of less":            {bytes.Replace(file, []byte("/ByteRange [0 "), []byte("/ByteRange [1 "), 1), fault.DocumentAmbiguous},
		"a Prev that leads nowhere":      {bytes.Replace(file, []byte("/Prev "), []byte("/Prev 9"), 1), fault.PDFMalformed},
		"a page tree that counts wrong":  {bytes.Replace(simple, []byte("/Count 1"), []byte("/Count 2"), 1), fault.PDFMalformed},
		"a stream that is longer":        {bytes.Replace(simple, []byte("/Length "), []byte("/Length 9"), 1), fault.PDFMalformed},
		"cross references without their": {bytes.Replace(simple, []byte("startxref\n"), []byte("startxref\n1"), 1), fault.PDFMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(tt.file, simple) || bytes.Equal(tt.file, file) {
				t.Fatal("nothing was changed")
			}
			wantRefused(t, inspect(t, report.KindPDF, tt.file), tt.want)
		})
	}
}

// TestPDFAnomalies reads the PDFs that pyHanko's tests have for readers to stumble over. The signatures that are called good must
// be those that pdfsig calls so.
func TestPDFAnomalies(t *testing.T) {
	suite := pkitest.Suite(t, "pdf-anomalies")
	tally := pkitest.NewTally(t, "pdf-anomalies", "the window")
	refused := map[string]fault.Code{
		"malformed-xref-space-padded.pdf": fault.PDFMalformed,
		"one-byterange.pdf":               fault.DocumentAmbiguous,
		"signature-gap-too-big.pdf":       fault.DocumentAmbiguous,
		"tail-uncovered.pdf":              fault.DocumentAmbiguous,
	}
	files, err := filepath.Glob(filepath.Join(suite, "*.pdf"))
	if err != nil || len(files) != 13 {
		t.Errorf("%d files, want 13: %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := inspect(t, report.KindPDF, data)
			wantRefused(t, r, refused[name])
			tally.Judged(string(r.Refused))
			if r.Refused != "" {
				return
			}
			judged, _ := pdftest.Run(t, "pdfsig", "-nocert", path) // which has no success where a file has no signature
			said := strings.Join(lines(r, signed), " ")
			if got, want := strings.Count(said, holds), strings.Count(judged, "Signature is Valid."); got != want {
				t.Errorf("%d signatures hold, and %d for pdfsig: %s", got, want, said)
			}
			if got, want := strings.Count(said, "report.signed.later.nothing"), strings.Count(judged, "- Total document signed"); got != want {
				t.Errorf("%d signatures cover all, and %d for pdfsig: %s", got, want, said)
			}
		})
	}
}

// FuzzPDF has a report be one that the window takes, whatever is read.
func FuzzPDF(f *testing.F) {
	f.Add(pdftest.Simple())
	p := newPerson(f)
	f.Add(p.signPDF(f, pdftest.Simple(), pades.Options{Certify: 1}))
	f.Add(updated(f, p.signPDF(f, pdftest.Simple(), pades.Options{})))
	f.Fuzz(func(t *testing.T, file []byte) { inspect(t, report.KindPDF, file) })
}
