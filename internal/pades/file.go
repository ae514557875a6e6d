package pades

import (
	"io"
	"sync"

	"github.com/e-onay/e-onay/internal/pdf"
)

// file is a PDF with signatures, which all of them share: what they are judged by is read once.
type file struct {
	io.ReaderAt
	pdf *pdf.File

	mu sync.Mutex
	// now compares the whole file with what it was before; nil until a signature asks for that.
	now *comparison
}

// changesAfter says whether what has come after a revision does more than to sign.
func (f *file) changesAfter(revision int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		c, err := newComparison(f.pdf)
		if err != nil {
			return err
		}
		f.now = c
	}
	before, err := f.pdf.At(revision)
	if err != nil {
		return err
	}
	return f.now.onlySigns(before)
}
