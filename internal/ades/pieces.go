package ades

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// Piece is a part of a signed file: bytes that are new, or a span of a document that the receiver has.
type Piece struct {
	Bytes []byte // nil where the piece is a span
	// Document is the place of the document among those that were signed; Offset and Length say which of its bytes.
	Document       int
	Offset, Length int64
}

// Size is the piece's length in bytes.
func (p Piece) Size() int64 {
	if p.Bytes != nil {
		return int64(len(p.Bytes))
	}
	return p.Length
}

// Whole is the piece that is all of a document.
func Whole(place int, d Document) Piece { return Piece{Document: place, Length: d.Size} }

// Pieces are a signed file, put together of what is new and of the documents: a signed PDF is the document and then what was
// appended. So a large document is neither held in memory nor sent back.
type Pieces []Piece

// Size is the length of the whole file in bytes.
func (p Pieces) Size() (size int64) {
	for _, piece := range p {
		size += piece.Size()
	}
	return size
}

// Check refuses spans that are not within their documents.
func (p Pieces) Check(documents []Document) error {
	for i, piece := range p {
		if piece.Bytes != nil {
			continue
		}
		if piece.Document < 0 || piece.Document >= len(documents) {
			return fmt.Errorf("piece %d is of document %d of %d", i, piece.Document, len(documents))
		}
		size := documents[piece.Document].Size
		if piece.Offset < 0 || piece.Length < 0 || piece.Offset > size || piece.Length > size-piece.Offset {
			return fmt.Errorf("piece %d is %d bytes at %d of a document of %d", i, piece.Length, piece.Offset, size)
		}
	}
	return nil
}

// Reader reads the whole file. The documents are those that were signed, with their content, and Check has nothing against
// the pieces.
func (p Pieces) Reader(documents []Document) *io.SectionReader {
	joined := &joined{pieces: p, documents: documents, ends: make([]int64, len(p))}
	var end int64
	for i, piece := range p {
		end += piece.Size()
		joined.ends[i] = end
	}
	return io.NewSectionReader(joined, 0, end)
}

// joined reads pieces one after the other. ends are where each ends in the whole.
type joined struct {
	pieces    Pieces
	documents []Document
	ends      []int64
}

func (j *joined) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("read before the beginning")
	}
	first := sort.Search(len(j.ends), func(i int) bool { return offset < j.ends[i] })
	for i := first; i < len(j.pieces) && n < len(b); i++ {
		begin := j.ends[i] - j.pieces[i].Size()
		within := offset + int64(n) - begin
		want := b[n:min(int64(len(b)), int64(n)+j.ends[i]-offset-int64(n))]
		got, err := j.readPiece(j.pieces[i], want, within)
		n += got
		if got < len(want) {
			return n, err
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// readPiece fills b, which is not longer than what is left of the piece, or says why it could not.
func (j *joined) readPiece(p Piece, b []byte, within int64) (int, error) {
	if p.Bytes != nil {
		return copy(b, p.Bytes[within:]), nil
	}
	n, err := j.documents[p.Document].Content.ReadAt(b, p.Offset+within)
	if n < len(b) && (err == nil || err == io.EOF) {
		err = io.ErrUnexpectedEOF // the document is shorter than it says
	}
	return n, err
}
