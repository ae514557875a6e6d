package pdf_test

import (
	"bytes"
	"testing"

	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// continued is file with an update that adds an object, and changes the first page.
func continued(t *testing.T, file []byte) []byte {
	t.Helper()
	f, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	changed := page.Dict.Clone()
	changed["Rotate"] = pdf.Integer(90)
	changed["X-Test"] = u.Add(pdf.Dict{"A b#": pdf.TextString("İmza"), "C": pdf.Array{nil, true, pdf.Real("-.5"), pdf.Ref{Number: 1}}})
	changed["X-Stream"] = u.Add(&pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("endstream")})
	u.Set(page.Ref, changed)
	appended, err := u.Write([]byte("seed"))
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), appended.Bytes...)
}

// TestUpdateContinuesItsKind has files of each kind continued three times, and judged by others.
func TestUpdateContinuesItsKind(t *testing.T) {
	two := pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Bir"}, pdftest.Page{Text: "İki"}), "")
	for name, test := range map[string]struct {
		file   []byte
		stream bool
	}{
		"table":                      {two, false},
		"no end of line at the end":  {bytes.TrimSpace(two), false},
		"streams":                    {pdftest.QPDF(t, two, "--object-streams=generate"), true},
		"linearised":                 {pdftest.QPDF(t, two, "--linearize"), false},
		"linearised, object streams": {pdftest.QPDF(t, two, "--linearize", "--object-streams=generate"), true},
		"hybrid":                     {hybrid(), false},
		"PDF 2.0":                    {pdftest.QPDF(t, two, "--force-version=2.0"), false},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file
			f, err := open(file)
			if err != nil {
				t.Fatal(err)
			}
			revisions := len(f.Revisions())
			for range 3 {
				revisions++
				before := file
				file = continued(t, file)
				if !bytes.HasPrefix(file, before) {
					t.Fatal("the update has changed the file")
				}
				if got := bytes.Contains(file[len(before):], []byte("/XRef")); got != test.stream {
					t.Errorf("the update is a stream: %v", got)
				}
				f, err := open(file)
				if err != nil {
					t.Fatal(err)
				}
				if len(f.Revisions()) != revisions {
					t.Errorf("%d revisions", len(f.Revisions()))
				}
				page, err := f.Page(0)
				if err != nil || page.Rotate != 90 {
					t.Fatalf("page %+v, %v", page, err)
				}
				if o, err := f.Get(page.Dict["X-Test"].(pdf.Ref)); err != nil || o.(pdf.Dict)["C"].(pdf.Array)[2] != pdf.Real("-.5") {
					t.Errorf("the new object is %v, %v", o, err)
				}
				if old := f.Revisions()[revisions-2]; old.End+old.Newline < int64(len(before)) {
					t.Errorf("the revision before ends at %d of %d", old.End+old.Newline, len(before))
				}
				// A file that is cut after a revision is that revision.
				wantCode(t, read(file[:len(before)]), "")
				pdftest.Check(t, file)
			}
		})
	}
}

func TestUpdateKeepsTheDocumentsIdentifier(t *testing.T) {
	file := pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "x"}), "/ID[<01><02>]/Info 3 0 R/DocChecksum/ABC")
	f, err := open(continued(t, file))
	if err != nil {
		t.Fatal(err)
	}
	id := f.Trailer()["ID"].(pdf.Array)
	if !bytes.Equal(id[0].(pdf.String), []byte{1}) || bytes.Equal(id[1].(pdf.String), []byte{2}) || len(id[1].(pdf.String)) != 16 {
		t.Errorf("identifier %v", id)
	}
	if f.Trailer()["Info"] != (pdf.Ref{Number: 3}) || f.Trailer()["DocChecksum"] != pdf.Name("ABC") {
		t.Errorf("trailer %v", f.Trailer())
	}
	if !bytes.Equal(continued(t, file), continued(t, file)) {
		t.Error("the same update is not the same bytes")
	}
}
