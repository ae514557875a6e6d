package document

import "bytes"

// maxPDF is the largest PDF that is shown, in bytes. A larger one counts as a document that the window cannot show.
const maxPDF = 100 << 20

var pdfViewer = Viewer{Read: readPDF}

// PDF is a PDF document as it is shown: by pdf.js, which is given the very bytes.
type PDF struct{ File }

// readPDF looks no further than to the header (ISO 32000-2, 7.5.2), which must be the very first: programs that search for
// it would let a file be two things at once. pdf.js reads the rest.
//
// Errors have fault.DocumentMismatch.
func readPDF(f File) (Readable, error) {
	if !bytes.HasPrefix(f.Data, []byte("%PDF-")) {
		return nil, mismatch(f.MediaType, KindOf(f.Data[:min(len(f.Data), Beginning)]))
	}
	return &PDF{f}, nil
}

// Holds reports whether the pages on the screen are this document's: part 0 is the SHA-256 of the bytes that pdf.js was given,
// and there must be no other: pdf.js draws pages where nothing but the watch sees what becomes of them.
func (p *PDF) Holds(part int, shown string) bool { return part == 0 && shown == p.Digest() }

// Marks is none.
func (p *PDF) Marks() int { return 0 }
