package formats_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// revisedPDF appends n revisions that each replace an object.
func revisedPDF(file []byte, n int, body func(i int) string) []byte {
	var b bytes.Buffer
	b.Write(file)
	previous := bytes.LastIndex(file, []byte("startxref"))
	at := 0
	fmt.Sscanf(string(file[previous:]), "startxref\n%d", &at)
	for i := range n {
		offset := b.Len()
		fmt.Fprintf(&b, "5 0 obj\n%s\nendobj\n", body(i))
		start := b.Len()
		fmt.Fprintf(&b, "xref\n5 1\n%010d 00000 n\r\ntrailer\n<</Root 1 0 R /Size 40000 /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", offset, at, start)
		at = start
	}
	return b.Bytes()
}

// hostilePDFs have many signatures, revisions and objects.
func hostilePDFs(tb testing.TB, w *validationtest.World) map[string]string {
	tb.Helper()
	signed := func(file []byte, n int) []byte {
		for range n {
			file = w.SignPDF(file, validationtest.Signed, pades.Options{})
		}
		return file
	}
	stream := func(i int) string {
		content := fmt.Sprintf("BT /F 24 Tf 72 720 Td (%d) Tj ET", i)
		return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content)
	}
	var fields strings.Builder
	objects := pdftest.Pages("/AcroForm<</Fields[%s]/SigFlags 3>>", pdftest.Page{Text: "Merhaba"})
	for i := range 256 {
		fmt.Fprintf(&fields, "%d 0 R ", 6+2*i)
		objects = append(objects, pdftest.Object{Number: 6 + 2*i, Body: fmt.Sprintf("<</FT/Sig/T(a%d)/V %d 0 R>>", i, 7+2*i)},
			pdftest.Object{Number: 7 + 2*i, Body: "<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 100 9000 100]/Contents<" + strings.Repeat("00", 2000) + ">/SubFilter/ETSI.CAdES.detached>>"})
	}
	objects[0].Body = fmt.Sprintf(objects[0].Body, fields.String())
	large := pdftest.Pages("", pdftest.Page{Text: "Merhaba"})
	for i := range 30_000 {
		large = append(large, pdftest.Object{Number: 6 + i, Body: fmt.Sprintf("<</A[%d 0 R 1(x)]>>", 5+i)})
	}
	filler := pdftest.Build(append(pdftest.Pages("", pdftest.Page{Text: "Merhaba"}),
		pdftest.Object{Number: 6, Body: fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", 1<<20, strings.Repeat("x", 1<<20))}), "")
	many := signed(pdftest.Simple(), 30)
	for range 8 {
		many = stampedPDF(tb, w, many)
	}
	return map[string]string{
		"256 signatures of no place":    string(pdftest.Build(objects, "")),
		"60 signatures, a large stream": string(signed(filler, 60)),
		"30 signatures, 8 time stamps":  string(revisedPDF(many, 1, stream)),
		"revisions after 20 signatures": string(revisedPDF(signed(pdftest.Simple(), 20), 400, stream)),
		"30,000 objects, 10 signatures": string(revisedPDF(signed(pdftest.Build(large, ""), 10), 1, stream)),
		"arrays in each other":          string(revisedPDF(signed(pdftest.Simple(), 1), 1, func(int) string { return strings.Repeat("[", 1<<20) })),
	}
}

// TestHostilePDF bounds what a file may cost.
func TestHostilePDF(t *testing.T) {
	w := validationtest.New(t)
	testHostile(t, hostilePDFs(t, w), trusting(w), validationtest.Signed)
}
