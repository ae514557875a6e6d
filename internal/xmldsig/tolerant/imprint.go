package tolerant

import (
	"crypto"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// newHash begins a digest that can be cloned.
func newHash(by crypto.Hash) (hash.Cloner, error) {
	if by == 0 || !by.Available() {
		return nil, unsupported("hash %d", by)
	}
	h, ok := by.New().(hash.Cloner)
	if !ok {
		return nil, unsupported("hash %v", by)
	}
	return h, nil
}

// SumNodes returns the digest of the canonical forms of elements of the document, one after the other.
func (d *Document) SumNodes(by crypto.Hash, c xmldsig.Canonicalization, nodes ...*xmltree.Node) ([]byte, error) {
	h, err := newHash(by)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := d.WriteElement(h, c, n); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

// SumReferences returns the digest of what references are over, one after the other: nodes in the canonical form c, octets as they are
// (EN 319 132-1, 5.2.8).
func SumReferences(by crypto.Hash, c xmldsig.Canonicalization, references ...*Reference) ([]byte, error) {
	h, err := newHash(by)
	if err != nil {
		return nil, err
	}
	for _, r := range references {
		if err := r.WriteTo(h, c); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

// archive are the digests that archive time stamps of one canonical form and hash begin with: those[i] is over everything before the
// unsigned property i. So many time stamps on top of each other cost no more than one.
type archive struct {
	those []hash.Cloner
	err   error
}

// SumArchive returns the digests of which one is the imprint of an archive time stamp before which so many unsigned properties stand
// (EN 319 132-1, 5.5.2.2; TS 101 903 V1.3.2, 7.7.1): what the references are over, SignedInfo, SignatureValue, KeyInfo, those properties
// in their order, and the Objects; V1.3.2 leaves out the Objects that a reference is over, the later version does not.
func (s *Signature) SumArchive(by crypto.Hash, c xmldsig.Canonicalization, properties int) ([][]byte, error) {
	begun, err := s.beginArchive(by, c, properties)
	if err != nil {
		return nil, err
	}
	var sums [][]byte
	var before []*xmltree.Node
	for _, objects := range [][]*xmltree.Node{s.archivedObjects(false), s.archivedObjects(true)} {
		if len(sums) > 0 && slices.Equal(objects, before) {
			continue
		}
		before = objects
		h, err := begun.Clone()
		if err != nil {
			return nil, err
		}
		for _, n := range objects {
			if err := s.Document.WriteElement(h, c, n); err != nil {
				return nil, err
			}
		}
		sums = append(sums, h.Sum(nil))
	}
	return sums, nil
}

// archivedObjects are all Objects but that of QualifyingProperties, or those of them that no reference points at.
func (s *Signature) archivedObjects(unreferenced bool) (all []*xmltree.Node) {
	for _, object := range s.Objects {
		isReferenced := slices.ContainsFunc(s.References, func(r *Reference) bool {
			target, err := r.Target()
			return err == nil && target == object
		})
		isProperties := s.Properties != nil && s.Properties.Element.Parent == object
		if !isProperties && !(unreferenced && isReferenced) {
			all = append(all, object)
		}
	}
	return all
}

func (s *Signature) beginArchive(by crypto.Hash, c xmldsig.Canonicalization, properties int) (hash.Cloner, error) {
	s.archiveLock.Lock()
	defer s.archiveLock.Unlock()
	name := fmt.Sprintf("%d %s %q", by, c.URI(), c.Prefixes)
	a := s.archives[name]
	if a == nil {
		a = &archive{}
		if s.archives == nil {
			s.archives = map[string]*archive{}
		}
		s.archives[name] = a
		var h hash.Cloner
		if h, a.err = newHash(by); a.err == nil {
			a.err = s.writeSigned(h, c)
			a.those = append(a.those, h)
		}
	}
	for a.err == nil && len(a.those) <= properties {
		i := len(a.those) - 1
		h, err := a.those[i].Clone()
		if err != nil {
			return nil, err
		}
		a.err = s.Document.WriteElement(h, c, s.Properties.Unsigned[i])
		a.those = append(a.those, h)
	}
	if a.err != nil {
		return nil, a.err
	}
	return a.those[properties], nil
}

// writeSigned writes what the references are over, SignedInfo, SignatureValue and KeyInfo.
func (s *Signature) writeSigned(w io.Writer, c xmldsig.Canonicalization) error {
	for _, r := range s.References {
		if err := r.WriteTo(w, c); err != nil {
			return err
		}
	}
	for _, n := range []*xmltree.Node{s.SignedInfo, s.SignatureValue, s.KeyInfo} {
		if n == nil {
			continue
		}
		if err := s.Document.WriteElement(w, c, n); err != nil {
			return err
		}
	}
	return nil
}
