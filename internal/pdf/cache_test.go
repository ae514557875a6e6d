package pdf_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// compressedFile is a file with object streams whose content is content, in number.
func compressedFile(t *testing.T, number int, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var deflated bytes.Buffer
	var offsets []int
	object := func(body string, data []byte) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s", len(offsets), body)
		if data != nil {
			fmt.Fprintf(&b, "\nstream\n%s\nendstream", data)
		}
		b.WriteString("\nendobj\n")
	}
	for _, o := range pdftest.Pages("", pdftest.Page{Text: "x"}) {
		object(o.Body, nil)
	}
	pages := len(offsets)
	for i := range number {
		deflated.Reset()
		z := zlib.NewWriter(&deflated)
		head := fmt.Sprintf("%d 0 ", pages+number+1+i)
		fmt.Fprint(z, head)
		z.Write(content)
		z.Close()
		object(fmt.Sprintf("<</Type/ObjStm/N 1/First %d/Filter/FlateDecode/Length %d>>", len(head), deflated.Len()), deflated.Bytes())
	}
	start, size := b.Len(), len(offsets)+number+2
	var entries bytes.Buffer
	entry := func(kind byte, where, third int) {
		entries.Write([]byte{kind, byte(where >> 24), byte(where >> 16), byte(where >> 8), byte(where), byte(third)})
	}
	entry(0, 0, 0)
	for _, offset := range offsets {
		entry(1, offset, 0)
	}
	for i := range number {
		entry(2, pages+1+i, 0)
	}
	entry(1, start, 0)
	fmt.Fprintf(&b, "%d 0 obj\n<</Type/XRef/Root 1 0 R/Size %d/W[1 4 1]/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		size-1, size, entries.Len(), entries.Bytes(), start)
	return b.Bytes()
}

// TestDecodedObjectStreams bounds what object streams become when they are decoded, all together.
func TestDecodedObjectStreams(t *testing.T) {
	const mebibyte = 1 << 20
	for name, test := range map[string]struct {
		number, size int
		code         fault.Code
	}{
		"some": {3, mebibyte, ""},
		"many": {48, mebibyte, fault.PDFMalformed},
	} {
		file := compressedFile(t, test.number, append([]byte("<<>>"), bytes.Repeat([]byte(" "), test.size)...))
		f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // what is kept is not counted again
			err = f.CheckObjects()
		}
		if test.code == "" && err != nil || test.code != "" && fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
