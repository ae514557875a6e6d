package xades

import (
	"bytes"
	"crypto"
	"errors"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Verify checks the signature and all that it covers.
//
// A signature that names other files covers exactly these documents, each by its name. One that does not may be verified without
// documents: Elements then says what it covers. With one document, it covers all of that: what an enveloping signature carries; for an
// enveloped one the document that it was put into, whose canonical form (with its comments) is that of the signed one
// without the signature.
func (s *Signature) Verify(documents []ades.Document) error {
	if err := s.xml.Check(s.claims.Certificate.PublicKey); err != nil {
		return err
	}
	for _, r := range s.xml.References {
		if r.IsSameDocument() {
			if err := s.xml.CheckReference(r); err != nil {
				return err
			}
		}
	}
	switch {
	case len(s.files) > 0:
		return s.verifyFiles(documents)
	case len(documents) == 0:
		return nil
	case len(documents) > 1 || len(s.content) > 1:
		return invalid("%d documents and %d references", len(documents), len(s.content))
	}
	return s.verifyCarried(documents[0])
}

// verifyFiles checks that the references to files are to exactly these documents.
func (s *Signature) verifyFiles(documents []ades.Document) error {
	if len(documents) != len(s.files) {
		return invalid("%d documents, and the signature covers %d files", len(documents), len(s.files))
	}
	byName := map[string]ades.Document{}
	for _, d := range documents {
		byName[d.Name] = d
	}
	i := 0
	for _, r := range s.content {
		if r.IsSameDocument() {
			continue
		}
		d, ok := byName[s.files[i]]
		if !ok {
			return invalid("the signature covers a file that is none of the documents, or one twice")
		}
		delete(byName, s.files[i])
		i++
		digest, err := d.Digest(r.Hash)
		if err != nil {
			return err
		}
		if !bytes.Equal(digest, r.Digest) {
			return invalid("the digest of the reference %.100q is not that of the document", r.URI)
		}
	}
	return nil
}

// verifyCarried checks that what the signature's own document has of a document is all of it.
func (s *Signature) verifyCarried(document ades.Document) error {
	if document.Content == nil {
		return errors.New("a document whose content is not at hand")
	}
	r := s.content[0]
	target, err := s.xml.Target(r)
	if err != nil {
		return err
	}
	if s.isObject(target) {
		carried, err := xmldsig.Base64Leaf(target)
		if err != nil || document.Size > MaxDocument || !isContent(document, carried) {
			return invalid("the document is not what the signature carries (%v)", err)
		}
		return nil
	}
	if target != s.xml.Document.Root {
		return invalid("the signature covers a part of its document")
	}
	return s.AddedTo(document)
}

// AddedTo checks that the signature was put into exactly this document, whatever of it the signature covers. The error has
// fault.SignatureInvalid.
func (s *Signature) AddedTo(document ades.Document) error {
	if s.isInsertedInto(document) {
		return nil
	}
	content, err := readDocument(document)
	if err != nil {
		return invalid("%w", err)
	}
	d, err := xmltree.ParseString(content)
	if err != nil {
		return invalid("%w", err)
	}
	return s.verifyEnvelope(d)
}

// isInsertedInto reports whether the signed document without the signature, or without the elements of UBL around it, is this one byte
// for byte. It is what verifyEnvelope finds in general, found without a second tree, which is most of the memory that
// a signature takes. Markup must follow: white space and "]]>" can be others where two texts become one.
func (s *Signature) isInsertedInto(document ades.Document) bool {
	source := s.xml.Document.Source
	for n := s.xml.Element; n != nil && n.Parent != nil && document.Size <= MaxDocument; n = wrapping(n) {
		start, end := n.Span()
		if int64(len(source)-(end-start)) == document.Size && source[end] == '<' {
			return isContent(document, source[:start], source[end:])
		}
	}
	return false
}

// isContent reports whether a document is exactly these parts, one after the other.
func isContent[T string | []byte](document ades.Document, parts ...T) bool {
	const together = 64 << 10 // bytes
	var read [together]byte
	at := int64(0)
	for _, part := range parts {
		for len(part) > 0 {
			n := min(len(part), together)
			if got, _ := document.Content.ReadAt(read[:n], at); got < n || string(read[:n]) != string(part[:n]) {
				return false
			}
			at, part = at+int64(n), part[n:]
		}
	}
	return at == document.Size
}

// wrapping returns the element of UBL around n that Prepare may have added with it; nil where it is none.
func wrapping(n *xmltree.Node) *xmltree.Node {
	if n.Parent == nil || n.Parent.Space != ublExtensions || len(n.Parent.Children) != 1 {
		return nil
	}
	return n.Parent
}

// IsRoot reports whether the signature is the whole of its file: nothing stands around it.
func (s *Signature) IsRoot() bool { return s.xml.Element == s.xml.Document.Root }

// verifyEnvelope checks that the signed document is d with the signature in it, or with elements of UBL around the signature
// that Prepare may have added.
func (s *Signature) verifyEnvelope(d *xmltree.Document) error {
	want, err := canonicalDigest(d, nil)
	if err != nil {
		return err
	}
	without := s.xml.Element
	for {
		got, err := canonicalDigest(s.xml.Document, without)
		if err != nil {
			return err
		}
		if bytes.Equal(got, want) {
			return nil
		}
		if without = wrapping(without); without == nil {
			return invalid("the document is not what the signature was put into")
		}
	}
}

// canonicalDigest returns the digest of the canonical form of all of a document but what is in without.
func canonicalDigest(d *xmltree.Document, without *xmltree.Node) ([]byte, error) {
	sum := crypto.SHA256.New()
	err := xmldsig.Canonicalization{Comments: true}.WriteDocument(sum, d, without)
	return sum.Sum(nil), err
}
