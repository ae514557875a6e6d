package xmldsig

import (
	"bytes"
	"crypto"
	"io"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Identifiers of transforms (XMLDSig 1.1, 6.6). A canonicalization is one too.
const (
	EnvelopedURI = Namespace + "enveloped-signature"
	Base64URI    = Namespace + "base64"
)

// Reference is one ds:Reference: the digest of something.
type Reference struct {
	ID   string // "" for none
	Type string // a URI, or ""
	// URI is "" for the document of the signature, #id for an element of it, and anything else for another file.
	URI string
	// Enveloped leaves the signature out of what is digested.
	Enveloped bool
	// Base64 digests what the element's text is the base64 of.
	Base64 bool
	// Canonicalization is nil where no transform names one. A part of a document then has the inclusive one without comments (4.4.3.2).
	Canonicalization *Canonicalization
	Hash             crypto.Hash
	Digest           []byte // as DigestValue has it

	value *xmltree.Node
}

// IsSameDocument reports whether the reference points into the document of the signature.
func (r *Reference) IsSameDocument() bool { return r.URI == "" || r.URI[0] == '#' }

// ValueSpan returns where the text of DigestValue stands in the source.
func (r *Reference) ValueSpan() (start, end int) { return r.value.Content() }

// SetDigest gives a reference that is being made its digest, and the tree of its document too.
func (r *Reference) SetDigest(digest []byte, encoded string) {
	r.Digest = digest
	r.value.Children[0].Text = encoded
}

// readReference takes a Reference (XMLDSig 1.1, 4.4.3) of parts.
func readReference(parts *Sequence) (*Reference, error) {
	n, err := parts.take("Reference")
	if err != nil {
		return nil, err
	}
	r := &Reference{}
	r.ID, _ = n.Attribute("Id")
	r.Type, _ = n.Attribute("Type")
	var ok bool
	if r.URI, ok = n.Attribute("URI"); !ok {
		return nil, malformed("a Reference without URI")
	}
	of, err := Children(n)
	if err != nil {
		return nil, err
	}
	if transforms := of.TakeOptional(Namespace, "Transforms"); transforms != nil {
		if err := r.readTransforms(transforms); err != nil {
			return nil, err
		}
	}
	if r.Hash, r.Digest, r.value, err = readDigest(&of); err != nil {
		return nil, err
	}
	return r, of.End()
}

// ReadDigest takes a DigestMethod and a DigestValue.
func ReadDigest(parts *Sequence) (hash crypto.Hash, digest []byte, err error) {
	hash, digest, _, err = readDigest(parts)
	return hash, digest, err
}

func readDigest(parts *Sequence) (hash crypto.Hash, digest []byte, value *xmltree.Node, err error) {
	method, err := parts.take("DigestMethod")
	if err != nil {
		return 0, nil, nil, err
	}
	uri, err := algorithmURI(method)
	if err != nil {
		return 0, nil, nil, err
	}
	if hash, err = HashOf(uri); err != nil {
		return 0, nil, nil, err
	}
	if value, err = parts.take("DigestValue"); err != nil {
		return 0, nil, nil, err
	}
	digest, err = Base64Leaf(value)
	if err == nil && len(digest) != hash.Size() {
		err = malformed("a digest of %d bytes for %v", len(digest), hash)
	}
	return hash, digest, value, err
}

// readTransforms reads enveloped-signature, then a canonicalization, each if it is there; or base64 alone. Each is there once
// at most: what one of them has written would have to be parsed again for the next.
func (r *Reference) readTransforms(n *xmltree.Node) error {
	parts, err := Children(n)
	if err != nil {
		return err
	}
	for i := 0; len(parts.Rest) > 0; i++ {
		transform, err := parts.take("Transform")
		if err != nil {
			return err
		}
		uri, _ := transform.Attribute("Algorithm")
		isOver := r.Base64 || r.Canonicalization != nil
		switch {
		case uri == EnvelopedURI && i == 0:
			r.Enveloped = true
			_, err = algorithmURI(transform)
		case uri == Base64URI && i == 0:
			r.Base64 = true
			_, err = algorithmURI(transform)
		case isOver, uri == EnvelopedURI, uri == Base64URI:
			err = unsupported("transform %.100q after another", uri)
		default:
			var c Canonicalization
			c, err = readCanonicalization(transform)
			r.Canonicalization = &c
		}
		if err != nil {
			return err
		}
	}
	if !r.IsSameDocument() && (r.Enveloped || r.Base64 || r.Canonicalization != nil) {
		return unsupported("transforms of another file")
	}
	return nil
}

// Target returns what a reference within the document points at: the root for the whole document.
func (s *Signature) Target(r *Reference) (*xmltree.Node, error) {
	switch {
	case !r.IsSameDocument():
		return nil, malformed("a reference to another file")
	case r.URI == "":
		return s.Document.Root, nil
	case !xmltree.IsNCName(r.URI[1:]):
		return nil, unsupported("a Reference of the form %.100q", r.URI)
	}
	n, err := s.ids.Find(r.URI[1:])
	if err != nil {
		return nil, malformed("%w", err)
	}
	return n, nil
}

// Write writes what a reference within the document digests.
func (s *Signature) Write(w io.Writer, r *Reference) error {
	target, err := s.Target(r)
	if err != nil {
		return err
	}
	if r.Base64 {
		data, err := Base64Leaf(target)
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	var without *xmltree.Node
	if r.Enveloped {
		without = s.Element
		if target == without || !target.Contains(without) {
			return malformed("enveloped-signature of what does not envelop the signature")
		}
	}
	var c Canonicalization
	if r.Canonicalization != nil {
		c = *r.Canonicalization
	}
	c.Comments = false // neither "" nor #id has comments in what it points at (4.4.3.3)
	if r.URI == "" {
		return c.WriteDocument(w, s.Document, without)
	}
	return c.WriteElement(w, s.Document, target, without)
}

// Compute returns the digest of what a reference within the document points at.
func (s *Signature) Compute(r *Reference) ([]byte, error) {
	sum := r.Hash.New()
	if err := s.Write(sum, r); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// CheckReference verifies the digest of a reference within the document.
func (s *Signature) CheckReference(r *Reference) error {
	digest, err := s.Compute(r)
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, r.Digest) {
		return fault.Errorf(fault.SignatureInvalid, "the digest of the reference %.100q is not that of what it points at", r.URI)
	}
	return nil
}
