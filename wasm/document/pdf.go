package document

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// maxPDF is the largest PDF that is shown, in bytes. A larger one counts as a document that the window cannot show.
const maxPDF = 100 << 20

var pdfViewer = Viewer{Read: readPDF}

// PDF is a PDF document as it is shown: by pdf.js, which is given the very bytes.
type PDF struct{ File }

// readPDF looks no further than to the header (ISO 32000-2, 7.5.2), which must be the very first: programs that search for
// it would let a file be two things at once. pdf.js and the inspector read the rest.
//
// Errors have fault.DocumentMismatch.
func readPDF(f File) (Readable, error) {
	if !bytes.HasPrefix(f.Data, []byte("%PDF-")) {
		return nil, mismatch(f.MediaType, KindOf(f.Data[:min(len(f.Data), Beginning)]))
	}
	return &PDF{f}, nil
}

// InspectAs is a PDF.
func (p *PDF) InspectAs() report.Kind { return report.KindPDF }

// Holds reports whether the pages on the screen are this document's: part 0 is the SHA-256 of the bytes that pdf.js was given,
// and there must be no other: pdf.js draws pages where nothing but the watch sees what becomes of them.
func (p *PDF) Holds(part int, shown string) bool { return part == 0 && shown == p.Digest() }

// Marks is none.
func (p *PDF) Marks() int { return 0 }

// SamePages reports whether pdf.js has read the same document as the strict reader: the same newest revision by its identifier, and
// pages that are the same objects, in the same order, with the same box and turn. pdf.js repairs what is broken, in its own way.
// A page of pdf.js is seven numbers: object, generation, box and turn.
func SamePages(strict *report.PDF, id, pages []string) bool {
	if strict.ID != nil && !slices.Equal(strict.ID, id) || len(pages) != len(strict.Pages) {
		return false
	}
	for n, page := range strict.Pages {
		if !samePage(page, strings.Fields(pages[n])) {
			return false
		}
	}
	return true
}

func samePage(strict report.Page, numbers []string) bool {
	b := strict.Box
	want := []float64{float64(strict.Object[0]), float64(strict.Object[1]), b[0], b[1], b[2], b[3], float64(strict.Turn)}
	if len(numbers) != len(want) {
		return false
	}
	for i := range want {
		const rounding = 1e-3 // of numbers with a point, which both read in their own way; units of a page
		got, err := strconv.ParseFloat(numbers[i], 64)
		if err != nil || !(math.Abs(got-want[i]) < rounding) {
			return false
		}
	}
	return true
}
