package pades

import (
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/changes"
)

// file is a PDF with signatures, which all of them share: what they are judged by is read once.
type file struct {
	pdf        *pdf.File
	signatures []*pdf.Signature // the oldest first

	mu sync.Mutex
	// now compares the whole file with what it was before; nil until a signature asks for that.
	now     *changes.Comparison
	history *pdf.History
	// later is what has come after each of the first signatures: those that the history has passed.
	later []error
	// beginnings are digests of the file's beginning, each for the next signature to go on with.
	beginnings map[crypto.Hash]*beginning
}

// beginning is a hash over so many bytes of a file from its first on.
type beginning struct {
	sum  hash.Cloner
	size int64
}

// digest is that of what a signature covers. A beginning goes on where the gap of an older signature begins, so that the
// digests of all, asked for from the oldest on, take the time of one over the whole file.
func (f *file) digest(s *pdf.Signature, with crypto.Hash) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.beginnings[with]
	if b == nil || b.size > s.ByteRange[1] {
		sum, ok := with.New().(hash.Cloner)
		if !ok {
			return nil, fmt.Errorf("pades: hash %v cannot be copied", with)
		}
		b = &beginning{sum: sum}
	}
	delete(f.beginnings, with) // an error leaves none that is half made
	if err := f.write(b.sum, b.size, s.ByteRange[1]-b.size); err != nil {
		return nil, err
	}
	b.size = s.ByteRange[1]
	sum, err := b.sum.Clone()
	if err != nil {
		return nil, fmt.Errorf("pades: copy a hash: %w", err)
	}
	f.beginnings[with] = b
	if err := f.write(sum, s.ByteRange[2], s.ByteRange[3]); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// write writes a part of the file.
func (f *file) write(w io.Writer, offset, size int64) error {
	n, err := io.Copy(w, f.pdf.Reader(offset, size))
	if err != nil {
		return fmt.Errorf("pades: read the file: %w", err)
	}
	if n != size {
		return errors.New("pades: the file has become shorter")
	}
	return nil
}

// changesAfter says whether what has come after a signature does more than to sign. Since a history goes forwards, it judges the
// older signatures too.
func (f *file) changesAfter(s *pdf.Signature) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		c, err := changes.New(f.pdf)
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
	return f.now.OnlySigns(before)
}
