package eyazisma

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"io"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Identifiers of algorithms (RFC 9231, 2.1; XML Encryption 1.1, 5.7). SHA-1 and RIPEMD-160, which 1.x also knew, are not
// accepted.
const (
	SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
	SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
	SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
)

var hashes = map[string]func() hash.Hash{SHA256: sha256.New, SHA384: sha512.New384, SHA512: sha512.New}

// Types of references.
const (
	typeInside  = "http://eyazisma.dpt/bilesen#dahili"
	typeOutside = "http://eyazisma.dpt/bilesen#harici"
)

// schema returns the namespace of a root element in the package's version.
func (r *reader) schema(root string) string {
	version := "1"
	if r.out.second {
		version = "2"
	}
	return "urn:dpt:eyazisma:schema:xsd:" + root + "-" + version
}

// readList reads a list of digests, if it is there, and finds the signature over it.
func (r *reader) readList(role Role) error {
	l := lists[role]
	part := r.single[l.relation]
	if part == nil {
		return nil
	}
	out := &List{Part: part}
	r.out.Lists[role] = out
	relationships, err := r.readRelationships(part.Name)
	if err != nil {
		return err
	}
	for _, s := range relationships {
		if s.kind != relationPrefix+l.signatureRelation {
			r.problem(fault.PackagePartExtra, s.target, "a relationship of the type %.100q", s.kind)
			continue
		}
		r.relateSignature(out, s, l)
	}
	root, err := r.readEntry(part.entry, r.schema(l.root), l.root)
	if err != nil {
		out.unreadable = true
		r.problemOf(part.Name, err)
		return nil
	}
	if id, _ := root.Attribute("Id"); !strings.EqualFold(id, r.out.ID) {
		r.problem(fault.PackageMalformed, part.Name, "the list is of another document, %.100q", id)
	}
	for _, e := range root.Elements() {
		reference, err := r.readReference(part, e)
		if err != nil {
			out.unreadable = true
			r.problemOf(part.Name, err)
			return nil
		}
		if reference.Part != nil {
			if reference.Part.listed[role] {
				r.problem(fault.PackageMalformed, reference.Part.Name, "the list %s names it twice", part.Name)
			}
			reference.Part.listed[role] = true
		}
		out.References = append(out.References, reference)
	}
	return nil
}

// relateSignature notes the signature over a list.
func (r *reader) relateSignature(out *List, s relationship, l list) {
	want := l.signature
	if !r.out.second && l.first != "" {
		want = l.first
	}
	part := r.parts[s.target]
	switch {
	case part == nil:
		r.problem(fault.PackagePartMissing, s.target, "a relationship names it as a signature, and it is not there")
	case out.Signature != nil || r.kinds[part] != "" || s.target != want:
		r.problem(fault.PackageMalformed, s.target, "it is not the one signature of its list, or not at its place")
	default:
		r.kinds[part], out.Signature = l.signatureRelation, part
	}
}

// readReference reads a Reference. In 2.0 it has two digests, in 1.x one.
func (r *reader) readReference(list *Part, e *xmltree.Node) (Reference, error) {
	space := e.Space
	if space != r.schema("PaketOzeti") && space != e.Parent.Space || e.Local != "Reference" {
		return Reference{}, malformed("an element %.100q among the references", e.Local)
	}
	out := Reference{Digests: map[string][]byte{}}
	out.URI, _ = e.Attribute("URI")
	items := []*xmltree.Node{e}
	if r.out.second {
		items = e.Elements()
	}
	for _, item := range items {
		if r.out.second && !item.Is(space, "DigestItem") {
			return Reference{}, malformed("reference to %.100q has an element %.100q", out.URI, item.Local)
		}
		algorithm, digest, err := readDigest(space, item)
		if err != nil {
			return Reference{}, malformed("reference to %.100q: %w", out.URI, err)
		}
		out.Digests[algorithm] = digest
	}
	if r.out.second && (len(items) != 2 || out.Digests[SHA384] == nil || out.Digests[SHA512] == nil) {
		return Reference{}, malformed("reference to %.100q has other digests than SHA-384 and SHA-512", out.URI)
	}
	return out, r.resolveReference(list, e, &out)
}

// resolveReference finds the part that a reference is to.
func (r *reader) resolveReference(list *Part, e *xmltree.Node, out *Reference) error {
	kind, _ := e.Attribute("Type")
	name, err := decodeName(strings.TrimPrefix(out.URI, "/"))
	switch kind {
	case typeOutside:
		if err == nil && r.parts["/"+name] != nil {
			return malformed("reference to %.100q is said to be outside of the package", out.URI)
		}
		out.Outside = true
		return nil
	case typeInside:
	default:
		return malformed("reference to %.100q has the type %.100q", out.URI, kind)
	}
	if err != nil || !strings.HasPrefix(out.URI, "/") {
		return malformed("reference to %.100q is to no part", out.URI)
	}
	if out.Part = r.parts["/"+name]; out.Part == nil {
		r.problem(fault.PackagePartMissing, "/"+name, "the list %s names it", list.Name)
	}
	return nil
}

// readDigest reads DigestMethod and DigestValue.
func readDigest(space string, e *xmltree.Node) (algorithm string, digest []byte, err error) {
	elements := e.Elements()
	if len(elements) != 2 || !elements[0].Is(space, "DigestMethod") || !elements[1].Is(space, "DigestValue") {
		return "", nil, malformed("not a method and a value of a digest")
	}
	algorithm, _ = elements[0].Attribute("Algorithm")
	newHash, known := hashes[algorithm]
	text, ok := elements[1].Leaf()
	if !known || !ok {
		return "", nil, malformed("a digest by %.100q", algorithm)
	}
	digest, err = base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(digest) != newHash().Size() {
		return "", nil, malformed("a digest that is none of its algorithm")
	}
	return algorithm, digest, nil
}

// checkDigests computes the digests that lists have, each part read once, and compares them.
func (r *reader) checkDigests() {
	for _, l := range r.out.Lists {
		if l == nil {
			continue
		}
		for _, reference := range l.References {
			if reference.Part == nil {
				continue
			}
			if reference.Part.digests == nil {
				reference.Part.digests = map[string][]byte{}
			}
			for algorithm := range reference.Digests {
				reference.Part.digests[algorithm] = nil
			}
		}
	}
	for _, part := range r.out.Parts {
		r.problemOf(part.Name, part.digest())
	}
	for _, role := range order {
		l := r.out.Lists[role]
		if l == nil {
			continue
		}
		for _, reference := range l.References {
			if reference.Part == nil {
				continue
			}
			for algorithm, want := range reference.Digests {
				if !bytes.Equal(reference.Part.digests[algorithm], want) {
					r.problem(fault.PackagePartChanged, reference.Part.Name, "the list %s has another digest", l.Part.Name)
					break
				}
			}
		}
	}
}

// digest reads the part, for the digests that are wanted and for its CRC-32.
func (p *Part) digest() error {
	sums := map[string]hash.Hash{}
	writers := []io.Writer{io.Discard}
	for algorithm := range p.digests {
		sums[algorithm] = hashes[algorithm]()
		writers = append(writers, sums[algorithm])
	}
	if _, err := io.Copy(io.MultiWriter(writers...), p.Open()); err != nil {
		return err
	}
	for algorithm, sum := range sums {
		p.digests[algorithm] = sum.Sum(nil)
	}
	return nil
}

// checkLists finds parts that a list does not name and must: whoever signs it would not sign them.
func (r *reader) checkLists() {
	for _, role := range order {
		l := r.out.Lists[role]
		if l == nil || l.unreadable {
			continue
		}
		for _, part := range r.out.Parts {
			if r.covers(role, part) && !part.listed[role] {
				r.problem(fault.PackagePartExtra, part.Name, "the list %s does not name it", l.Part.Name)
			}
		}
	}
}

// covers reports whether the list of a role must name a part.
func (r *reader) covers(role Role, part *Part) bool {
	switch r.kinds[part] {
	case kindLetter, kindMetadata, kindAttachment:
		return true
	case kindTargets, lists[Initial].relation, lists[Initial].signatureRelation:
		return role != Initial
	case relationCore, kindFinalMetadata, kindSigners, lists[Sign].relation, lists[Sign].signatureRelation:
		return role == Seal
	}
	return false
}
