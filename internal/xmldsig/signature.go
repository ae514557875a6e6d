package xmldsig

import (
	"crypto"
	"strings"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Signature is a ds:Signature whose form has been checked.
type Signature struct {
	Document         *xmltree.Document
	Element          *xmltree.Node
	ID               string // "" for none
	Canonicalization Canonicalization
	Scheme           ades.Scheme
	Hash             crypto.Hash // of the signature algorithm
	References       []*Reference
	Value            []byte          // as SignatureValue has it
	KeyInfo          *xmltree.Node   // nil for none
	Objects          []*xmltree.Node // ds:Object

	ids        xmltree.IDs
	signedInfo *xmltree.Node
	value      *xmltree.Node
}

// Find returns all signatures of a document that are not within another one, in document order.
func Find(d *xmltree.Document) (elements []*xmltree.Node) {
	d.Elements(func(n *xmltree.Node) bool {
		if n.Is(Namespace, "Signature") && (len(elements) == 0 || !elements[len(elements)-1].Contains(n)) {
			elements = append(elements, n)
		}
		return true
	})
	return elements
}

// Read reads the signature that element is. The identifiers are those of the document.
func Read(d *xmltree.Document, ids xmltree.IDs, element *xmltree.Node) (*Signature, error) {
	s := &Signature{Document: d, Element: element, ids: ids}
	s.ID, _ = element.Attribute("Id")
	parts, err := Children(element)
	if err != nil {
		return nil, err
	}
	if s.signedInfo, err = parts.take("SignedInfo"); err != nil {
		return nil, err
	}
	if s.value, err = parts.take("SignatureValue"); err != nil {
		return nil, err
	}
	s.KeyInfo = parts.TakeOptional(Namespace, "KeyInfo")
	for len(parts.Rest) > 0 {
		object, err := parts.take("Object")
		if err != nil {
			return nil, err
		}
		s.Objects = append(s.Objects, object)
	}
	if s.Value, err = Base64Leaf(s.value); err != nil {
		return nil, err
	}
	if len(s.Value) > maxValue {
		return nil, malformed("a signature value of %d bytes", len(s.Value))
	}
	return s, s.readSignedInfo()
}

// readSignedInfo reads SignedInfo (XMLDSig 1.1, 4.4).
func (s *Signature) readSignedInfo() error {
	parts, err := Children(s.signedInfo)
	if err != nil {
		return err
	}
	method, err := parts.take("CanonicalizationMethod")
	if err != nil {
		return err
	}
	if s.Canonicalization, err = readCanonicalization(method); err != nil {
		return err
	}
	if method, err = parts.take("SignatureMethod"); err != nil {
		return err
	}
	uri, err := algorithmURI(method)
	if err != nil {
		return err
	}
	if s.Scheme, s.Hash, err = methodOf(uri); err != nil {
		return err
	}
	sameDocument := 0
	for len(parts.Rest) > 0 {
		r, err := readReference(&parts)
		if err != nil {
			return err
		}
		if r.IsSameDocument() {
			sameDocument++
		}
		s.References = append(s.References, r)
	}
	if n := len(s.References); n == 0 || n > MaxReferences || sameDocument > maxSameDocument {
		return malformed("%d references, %d of them within the document", n, sameDocument)
	}
	return nil
}

// SignedDigest returns the digest of the canonical SignedInfo: what the key signs.
func (s *Signature) SignedDigest() ([]byte, error) {
	sum := s.Hash.New()
	if err := s.Canonicalization.WriteElement(sum, s.Document, s.signedInfo, nil); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// Check verifies the signature value over SignedInfo. It says nothing of what the references point at.
func (s *Signature) Check(pub crypto.PublicKey) error {
	if ades.SchemeOf(pub, s.Scheme == ades.PSS) != s.Scheme {
		return fault.Errorf(fault.SignatureInvalid, "a key of type %T for another signature algorithm", pub)
	}
	digest, err := s.SignedDigest()
	if err != nil {
		return err
	}
	value, err := decodeValue(pub, s.Value)
	if err != nil {
		return err
	}
	if err := ades.CheckSignature(pub, s.Scheme, s.Hash, digest, value); err != nil {
		return fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
	return nil
}

// ValueSpan returns where the text of SignatureValue stands in the source.
func (s *Signature) ValueSpan() (start, end int) { return s.value.Content() }

// algorithmURI returns the Algorithm of an element that has nothing else in it: no parameters.
func algorithmURI(n *xmltree.Node) (string, error) {
	parts, err := Children(n)
	if err != nil {
		return "", err
	}
	uri, ok := n.Attribute("Algorithm")
	switch {
	case !ok:
		return "", malformed("%s without Algorithm", n.Local)
	case len(parts.Rest) > 0:
		return "", unsupported("parameters of the algorithm %.100q", uri)
	}
	return uri, nil
}

// readCanonicalization reads the algorithm of CanonicalizationMethod or Transform, with its InclusiveNamespaces
// (Exclusive XML Canonicalization 1.0, 4).
func readCanonicalization(n *xmltree.Node) (Canonicalization, error) {
	uri, _ := n.Attribute("Algorithm")
	c, ok := canonicalizationOf(uri)
	if !ok {
		return c, unsupported("%s %.100q", n.Local, uri)
	}
	parts, err := Children(n)
	if err != nil {
		return c, err
	}
	if inclusive := parts.TakeOptional(exclusiveURI, "InclusiveNamespaces"); inclusive != nil && c.Exclusive {
		list, _ := inclusive.Attribute("PrefixList")
		for _, prefix := range strings.Fields(list) {
			if prefix == "#default" {
				prefix = ""
			}
			c.Prefixes = append(c.Prefixes, prefix)
		}
		if len(inclusive.Children) > 0 || len(c.Prefixes) > maxPrefixes {
			return c, malformed("InclusiveNamespaces")
		}
	}
	if len(parts.Rest) > 0 {
		return c, unsupported("parameters of the algorithm %.100q", uri)
	}
	return c, nil
}
