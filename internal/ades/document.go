package ades

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
)

// Document is what a signature covers, whole. It does not change while it is used.
type Document struct {
	Name      string // as the page calls it
	MediaType string
	Size      int64 // bytes
	// Content may be nil where Digests has all that a format needs.
	Content io.ReaderAt
	// Digests are known already, so that nothing is read twice. Others are computed of Content.
	Digests map[crypto.Hash][]byte
}

// NewDocument is a document in memory.
func NewDocument(name, mediaType string, content []byte) Document {
	return Document{Name: name, MediaType: mediaType, Size: int64(len(content)), Content: bytes.NewReader(content)}
}

// Digest returns the document's digest, in memory of a constant size. A document that gives fewer bytes than its Size, or whose
// content is not at hand, gives an error.
func (d Document) Digest(hash crypto.Hash) ([]byte, error) {
	if digest, ok := d.Digests[hash]; ok {
		return digest, nil
	}
	if d.Content == nil {
		return nil, fmt.Errorf("%v of a document whose content is not at hand", hash)
	}
	sum := hash.New()
	n, err := io.Copy(sum, d.Reader())
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	if n != d.Size {
		return nil, fmt.Errorf("document of %d bytes ends after %d", d.Size, n)
	}
	return sum.Sum(nil), nil
}

// Reader reads the content, which must be at hand.
func (d Document) Reader() *io.SectionReader { return io.NewSectionReader(d.Content, 0, d.Size) }
