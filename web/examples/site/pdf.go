package main

import (
	"bytes"
	"fmt"
	"strings"
)

// newPDF makes a PDF of one page with a few lines of text (ISO 32000-2, 7.5). A real site has its own, or a library.
func newPDF(lines ...string) []byte {
	var text strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&text, "BT /F 14 Tf 60 %d Td (%s) Tj ET\n", 760-30*i, latin5.Replace(line))
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /Lang (tr) >>",
		"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding" +
			" /Differences [ 208 /Gbreve 221 /Idotaccent /Scedilla 240 /gbreve 253 /dotlessi /scedilla ] >> >>",
	}
	var b, table bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i, object := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	size := len(objects) + 1
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", size, &table, size, start)
	return b.Bytes()
}

// latin5 writes Turkish letters as ISO 8859-9 has them, and escapes what ends a string of PDF.
var latin5 = strings.NewReplacer("ç", "\xe7", "Ç", "\xc7", "ğ", "\xf0", "Ğ", "\xd0", "ı", "\xfd", "İ", "\xdd", "ö", "\xf6", "Ö", "\xd6",
	"ş", "\xfe", "Ş", "\xde", "ü", "\xfc", "Ü", "\xdc", "(", `\(`, ")", `\)`, `\`, `\\`)
