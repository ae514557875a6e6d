package pades

import (
	"io"
	"slices"
	"sync"

	"github.com/e-onay/e-onay/internal/pdf"
)

// file is a PDF with signatures, which all of them share: what they are judged by is read once.
type file struct {
	io.ReaderAt
	pdf        *pdf.File
	signatures []*pdf.Signature // the oldest first

	mu sync.Mutex
	// now compares the whole file with what it was before; nil until a signature asks for that.
	now     *comparison
	history *pdf.History
	// later is what has come after each of the first signatures: those that the history has passed.
	later []error
}

// changesAfter says whether what has come after a signature does more than to sign. Since a history goes forwards, it judges the
// older signatures too.
func (f *file) changesAfter(s *pdf.Signature) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		c, err := newComparison(f.pdf)
		if err != nil {
			return err
		}
		f.now = c
	}
	i := slices.Index(f.signatures, s)
	for len(f.later) <= i {
		f.later = append(f.later, f.compare(f.signatures[len(f.later)].Revision))
	}
	return f.later[i]
}

// compare compares the file with what it was after a revision.
func (f *file) compare(revision int) error {
	before, err := f.history.At(revision)
	if err != nil {
		return err
	}
	return f.now.onlySigns(before)
}
