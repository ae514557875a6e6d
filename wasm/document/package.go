package document

import (
	"strings"

	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// maxPackage is the largest package of e-Yazışma that is shown, in bytes.
const maxPackage = 100 << 20

var packageViewer = Viewer{Read: readPackage}

// Package is a package of e-Yazışma as it is shown: its letter by pdf.js, which the inspector gives out of the very bytes, below
// what the package says of it.
type Package struct {
	File
	// Letter is the letter, once the inspector has found it; nil before.
	Letter *report.Part
}

// readPackage looks no further than to the first entry's header (APPNOTE 4.3.7). Errors have fault.DocumentMismatch.
func readPackage(f File) (Readable, error) {
	if !strings.HasPrefix(string(f.Data[:min(len(f.Data), 4)]), "PK\x03\x04") {
		return nil, mismatch(f.MediaType, KindOf(f.Data[:min(len(f.Data), Beginning)]))
	}
	return &Package{File: f}, nil
}

// InspectAs is a package.
func (p *Package) InspectAs() report.Kind { return report.KindPackage }

// Holds reports whether the pages on the screen are those of the letter: part 0 is the SHA-256 of the bytes that pdf.js was given, and
// there must be no other.
func (p *Package) Holds(part int, shown string) bool {
	return part == 0 && p.Letter != nil && shown == p.Letter.SHA256
}

// Marks is none.
func (p *Package) Marks() int { return 0 }
