package formats

import (
	"crypto"
	"fmt"
	"hash"
	"io"
)

// beginning is a hash over so many bytes of a file from its first on.
type beginning struct {
	sum  hash.Cloner
	size int64
}

// ranges computes digests of what the signatures of a PDF cover.
type ranges struct {
	Content
	beginnings map[crypto.Hash]*beginning
}

func newRanges(c Content) *ranges { return &ranges{c, map[crypto.Hash]*beginning{}} }

// content are the digests of what a ByteRange covers, none of them computed yet.
func (r *ranges) content(b [4]int64) *digests {
	return newDigests(b[1]+b[3], func() io.Reader {
		return io.MultiReader(io.NewSectionReader(r.Reader, b[0], b[1]), io.NewSectionReader(r.Reader, b[2], b[3]))
	})
}

// compute gives d its digest by one hash. A beginning goes on where the gap of an older signature begins, so that the digests of all
// signatures, asked for from the oldest on, take the time of two over the whole file.
func (r *ranges) compute(d *digests, b [4]int64, by crypto.Hash) error {
	if !known(by) {
		return nil
	}
	before := r.beginnings[by]
	if before == nil || before.size > b[1] {
		sum, ok := by.New().(hash.Cloner)
		if !ok {
			return d.compute(by)
		}
		before = &beginning{sum: sum}
	}
	delete(r.beginnings, by) // an error leaves none that is half made
	if err := r.write(before.sum, before.size, b[1]-before.size); err != nil {
		return err
	}
	before.size = b[1]
	sum, err := before.sum.Clone()
	if err != nil {
		return d.compute(by)
	}
	r.beginnings[by] = before
	if err := r.write(sum, b[2], b[3]); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[by] = sum.Sum(nil)
	return nil
}

// write writes a part of the file.
func (r *ranges) write(w io.Writer, offset, size int64) error {
	if n, err := io.Copy(w, io.NewSectionReader(r.Reader, offset, size)); err != nil || n != size {
		return fmt.Errorf("read a PDF: %d bytes of %d: %w", n, size, err)
	}
	return nil
}
