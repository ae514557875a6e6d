package pdf_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

func openTolerant(file []byte) (*pdf.File, error) {
	return pdf.OpenTolerant(bytes.NewReader(file), int64(len(file)))
}

// signedForm is a document with a signature field, whose signature covers everything but Contents, and behind it what after says. fields
// is the list of fields, the first of which is object 6.
func signedForm(fields, name, after string) []byte {
	const contents = "<3000>"
	objects := append(pdftest.Pages("/AcroForm 7 0 R", pdftest.Page{Text: "x"}),
		pdftest.Object{Number: 6, Body: "<</FT/Sig/T(" + name + ")/V 8 0 R>>"},
		pdftest.Object{Number: 7, Body: "<</Fields[" + fields + "]>>"},
		pdftest.Object{Number: 8, Body: "<</Type/Sig/SubFilter/adbe.pkcs7.detached/ByteRange[0 11111 22222 33333]/Contents" + contents + ">>"},
		pdftest.Object{Number: 9, Body: "<</FT/Sig/T(b)/V 8 0 R>>"},
	)
	file := pdftest.Build(objects, "")
	start := bytes.Index(file, []byte(contents))
	end := start + len(contents)
	for placeholder, n := range map[string]int{"11111": start, "22222": end, "33333": len(file) - end} {
		file = bytes.Replace(file, []byte(placeholder), []byte(fmt.Sprintf("%05d", n)), 1)
	}
	return append(file, after...)
}

// TestOpenTolerant has files that common writers make. The strict reader refuses each, or the signatures in it.
func TestOpenTolerant(t *testing.T) {
	good := signedForm("6 0 R", "a", "")
	hybrid := pdftest.QPDF(t, pdftest.Simple(), "--object-streams=generate")
	for name, test := range map[string]struct {
		file       []byte
		signatures int
		deviation  string
	}{
		"as strict":                      {good, 1, ""},
		"white space at startxref":       {shiftStart(good, -1), 1, "white space before cross references"},
		"entries of 19 bytes":            {bytes.ReplaceAll(bytes.ReplaceAll(good, []byte(" f\r\n"), []byte(" f\n")), []byte(" n\r\n"), []byte(" n\n")), 1, "cross references of other than 20 bytes"},
		"entries of 21 bytes":            {bytes.ReplaceAll(bytes.ReplaceAll(good, []byte(" f\r\n"), []byte(" f \r\n")), []byte(" n\r\n"), []byte(" n \r\n")), 1, "cross references of other than 20 bytes"},
		"field without a name":           {signedForm("6 0 R", "", ""), 1, "the name of a field"},
		"name with a point":              {signedForm("6 0 R", "a.b", ""), 1, "the name of a field"},
		"two fields of the same name":    {signedForm("6 0 R 9 0 R", "b", ""), 1, "the name of a field"},
		"two fields of one signature":    {signedForm("6 0 R 9 0 R", "a", ""), 1, ""},
		"white space behind the end":     {signedForm("6 0 R", "a", "\r\n\n"), 1, ""},
		"trailer behind a stream":        {bytes.Replace(hybrid, []byte("startxref"), []byte("trailer\n<</Size 3>>\nstartxref"), 1), 0, "a trailer behind a cross-reference stream"},
		"object streams, and no trailer": {hybrid, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := openTolerant(test.file)
			if err != nil {
				t.Fatal(err)
			}
			fields, err := f.Fields()
			if err != nil {
				t.Fatal(err)
			}
			all, err := f.FindSignatures(fields)
			if err != nil || len(all) != test.signatures {
				t.Fatalf("%d signatures, %v", len(all), err)
			}
			for _, s := range all {
				if covers := test.deviation != "cross references of other than 20 bytes"; (s.Problem == nil) != covers {
					t.Error(s.Problem)
				}
			}
			if f.Deviation() != test.deviation {
				t.Errorf("deviation %q, want %q", f.Deviation(), test.deviation)
			}
			if strict, err := pdf.Open(bytes.NewReader(test.file), int64(len(test.file))); err == nil {
				_, err = strict.Fields()
				if (err == nil) != (test.deviation == "") {
					t.Errorf("the strict reader: %v", err)
				}
			} else if test.deviation == "" || fault.CodeOf(err) != fault.PDFMalformed {
				t.Errorf("the strict reader: %v", err)
			}
		})
	}
}

// shiftStart changes the last startxref by n.
func shiftStart(file []byte, n int) []byte {
	i := bytes.LastIndex(file, []byte("startxref\n"))
	var start int
	fmt.Sscan(string(file[i+len("startxref\n"):]), &start)
	return append(bytes.Clone(file[:i]), fmt.Sprintf("startxref\n%d\n%%%%EOF\n", start+n)...)
}

// FuzzOpenTolerant opens whatever there is. What the strict reader opens has the same revisions, and deviates from nothing.
func FuzzOpenTolerant(f *testing.F) {
	f.Add(signedForm("6 0 R", "a", "\r\n\n"))
	f.Add(signedForm("6 0 R 9 0 R", "b", ""))
	f.Add(shiftStart(signedForm("6 0 R", "", ""), -1))
	f.Add(append([]byte("x\n"), pdftest.Simple()...))
	f.Fuzz(func(t *testing.T, file []byte) {
		tolerant, err := openTolerant(file)
		strict, strictErr := pdf.Open(bytes.NewReader(file), int64(len(file)))
		if strictErr == nil && (err != nil || tolerant.Deviation() != "" || len(tolerant.Revisions()) != len(strict.Revisions())) {
			t.Errorf("%v, where the strict reader opens it", err)
		}
		if err != nil {
			if code := fault.CodeOf(err); code != fault.PDFMalformed && code != fault.PDFEncrypted {
				t.Errorf("code of %v", err)
			}
			return
		}
		fields, err := tolerant.Fields()
		if err != nil {
			return
		}
		all, err := tolerant.FindSignatures(fields)
		for _, s := range all {
			if s.Problem == nil && (err != nil || s.ByteRange[0] != 0 || s.ByteRange[1] >= s.ByteRange[2]) {
				t.Errorf("%v is believed", s.ByteRange)
			}
		}
	})
}

// TestAmbiguousHybrid has the stream of a hybrid file say something else than its table: the table counts where it has the object in use
// (ISO 32000-2, 7.5.8.4), and the file says that other readers may find another one.
func TestAmbiguousHybrid(t *testing.T) {
	for name, test := range map[string]struct {
		entry string // of object 5 in the table
		want  string // its content
	}{
		"in use":               {"", "Merhaba"},
		"hidden by being free": {"0000000000 00000 f\r\n", "Gizli"},
	} {
		t.Run(name, func(t *testing.T) {
			objects := append(pdftest.Pages("", pdftest.Page{Text: "Merhaba"}), pdftest.Object{Number: 6, Body: "<<>>"})
			file := pdftest.Build(objects, "/XRefStm 11111")
			tail := bytes.Clone(file[bytes.LastIndex(file, []byte("xref\n0")):])
			file = file[:len(file)-len(tail)]
			other := len(file)
			file = append(file, "5 0 obj\n<</Length 5>>\nstream\nGizli\nendstream\nendobj\n"...)
			stream := len(file)
			file = append(file, "7 0 obj\n<</Type/XRef/Size 8/Root 1 0 R/Index[5 1]/W[1 4 1]/Length 6>>\nstream\n"...)
			file = append(file, 1, 0, 0, byte(other>>8), byte(other), 0)
			file = append(file, "\nendstream\nendobj\n"...)
			if test.entry != "" {
				at := bytes.Index(tail, []byte("65535 f\r\n")) + len("65535 f\r\n") + 4*20
				copy(tail[at:], test.entry)
			}
			tail = bytes.Replace(tail, []byte("11111"), fmt.Appendf(nil, "%05d", stream), 1)
			tail = bytes.Replace(tail, []byte("/Size 7"), []byte("/Size 8"), 1)
			start := len(file)
			tail = append(tail[:bytes.LastIndex(tail, []byte("startxref"))], fmt.Sprintf("startxref\n%d\n%%%%EOF\n", start)...)
			file = append(file, tail...)
			f, err := openTolerant(file)
			if err != nil {
				t.Fatal(err)
			}
			o, err := f.Get(pdf.Ref{Number: 5})
			if err != nil {
				t.Fatal(err)
			}
			data, err := f.Data(o.(*pdf.Stream), 1000)
			if err != nil || !bytes.Contains(data, []byte(test.want)) || !f.IsAmbiguous() {
				t.Errorf("%q, ambiguous %t, %v", data, f.IsAmbiguous(), err)
			}
			if _, err := pdf.Open(bytes.NewReader(file), int64(len(file))); fault.CodeOf(err) != fault.PDFMalformed {
				t.Errorf("the strict reader: %v", err)
			}
		})
	}
}
