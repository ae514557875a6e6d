package tolerant

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Types of references (XMLDSig 1.1, 4.4.3).
const (
	manifestType = xmldsig.Namespace + "Manifest"
	objectType   = xmldsig.Namespace + "Object"
)

// Reference is one ds:Reference, of SignedInfo or of a manifest.
type Reference struct {
	Element *xmltree.Node
	ID      string // "" for none
	Type    string // a URI, or ""
	URI     string
	HasURI  bool
	// Hash is 0 where DigestMethod is not known here, whose identifier is Method.
	Hash   crypto.Hash
	Method string
	Digest []byte // as DigestValue has it
	// Err says why the reference cannot be judged, as in Signature.
	Err error
	// Manifest are the references of the manifest that this one is over.
	Manifest []*Reference

	of             *Signature
	transforms     []transform
	chain          string // names the transforms
	isOnlyExternal bool
}

// readReference reads one Reference.
func (s *Signature) readReference(n *xmltree.Node) *Reference {
	r := &Reference{Element: n, of: s}
	r.ID, _ = n.Attribute("Id")
	r.Type, _ = n.Attribute("Type")
	r.URI, r.HasURI = n.Attribute("URI")
	method := Child(n, "DigestMethod", xmldsig.Namespace)
	r.Hash, r.Method = HashOf(method)
	value := Child(n, "DigestValue", xmldsig.Namespace)
	if method == nil || value == nil {
		r.Err = malformed("a Reference without digest")
		return r
	}
	if r.Digest, r.Err = Decode(value); r.Err != nil {
		return r
	}
	r.transforms, r.Err = readTransforms(Child(n, "Transforms", xmldsig.Namespace))
	for _, t := range r.transforms {
		r.chain += t.name() + " "
	}
	return r
}

// readManifests reads the manifests that references are over; one within a manifest is not followed.
func (s *Signature) readManifests() error {
	externals, count := 0, len(s.References)
	var last *Reference
	note := func(r *Reference) {
		if !r.isSameDocument() {
			externals++
			last = r
		}
	}
	for _, r := range s.References {
		note(r)
		target, err := r.Target()
		if r.Type != manifestType || err != nil || !target.Is(xmldsig.Namespace, "Manifest") || !r.isCanonical() {
			continue
		}
		for _, n := range target.Elements() {
			if !n.Is(xmldsig.Namespace, "Reference") {
				continue
			}
			if count++; count > maxReferences {
				break
			}
			one := s.readReference(n)
			r.Manifest = append(r.Manifest, one)
			note(one)
		}
	}
	if count > maxReferences {
		return fmt.Errorf("more than %d references: %w", maxReferences, ErrTooMuch)
	}
	if externals == 1 {
		last.isOnlyExternal = true
	}
	return nil
}

// isCanonical reports whether the reference is over all of what it points at: its transforms do no more than make a canonical form.
func (r *Reference) isCanonical() bool {
	return r.Err == nil && !slices.ContainsFunc(r.transforms, func(t transform) bool { return t.kind != canonical })
}

func (r *Reference) isSameDocument() bool { return r.HasURI && (r.URI == "" || r.URI[0] == '#') }

// IsExternal reports whether the reference is over another file.
func (r *Reference) IsExternal() bool { return !r.isSameDocument() }

// xpointer returns the identifier that a URI of the form #xpointer(id('ID')) names (XMLDSig 1.1, 4.4.3.3), and whether it is of
// a form of XPointer that is known; "" is the whole document. The identifier cannot hold a quote.
func xpointer(uri string) (id string, ok bool) {
	inner, ok := strings.CutPrefix(uri, "#xpointer(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return "", false
	}
	inner = strings.TrimSuffix(inner, ")")
	if inner == "/" {
		return "", true
	}
	for _, quote := range []string{"'", `"`} {
		id, found := strings.CutPrefix(inner, "id("+quote)
		if found && strings.HasSuffix(id, quote+")") {
			id = strings.TrimSuffix(id, quote+")")
			return id, id != "" && !strings.Contains(id, quote)
		}
	}
	return "", false
}

// Target returns the element that a reference within the document points at, nil for the whole document. Where several elements
// have the identifier, which of them was signed is anybody's word: that is malformed. None gives ErrMissing, and so does one that is said
// to be an Object of the signature and was moved elsewhere.
func (r *Reference) Target() (*xmltree.Node, error) {
	switch {
	case !r.isSameDocument():
		return nil, errors.New("a reference to another file")
	case r.URI == "":
		return nil, nil
	}
	id := r.URI[1:]
	if strings.HasPrefix(id, "xpointer(") {
		var ok bool
		if id, ok = xpointer(r.URI); !ok {
			return nil, unsupported("a Reference of the form %.100q", r.URI)
		}
		if id == "" {
			return nil, nil
		}
	}
	if !r.of.Document.ids.Has(id) {
		return nil, fmt.Errorf("no element has the identifier %.100q: %w", id, ErrMissing)
	}
	n, err := r.of.Document.ids.Find(id)
	if err != nil {
		return nil, malformed("%w", err)
	}
	if r.Type == objectType && n.Parent != r.of.Element { // some programs say it of KeyInfo too
		return nil, fmt.Errorf("a Reference of the type Object to %.60q, which is no Object of the signature: %w", n.Local, ErrMissing)
	}
	return n, nil
}

// start returns what the reference is over before its transforms.
func (r *Reference) start() (*state, error) {
	if !r.isSameDocument() {
		file, err := r.of.Document.external(r)
		if err != nil {
			return nil, err
		}
		return &state{of: r.of, file: file}, nil
	}
	target, err := r.Target()
	if err != nil {
		return nil, err
	}
	// "" and #id leave comments out, XPointer does not (XMLDSig 1.1, 4.4.3.3).
	nodes := &nodes{tree: r.of.Document.Document, apex: target, comments: strings.HasPrefix(r.URI, "#xpointer(")}
	return &state{of: r.of, nodes: nodes}, nil
}

// resolve applies the transforms.
func (r *Reference) resolve() (*state, error) {
	if r.Err != nil {
		return nil, r.Err
	}
	s, err := r.start()
	if err != nil {
		return nil, err
	}
	for _, t := range r.transforms {
		if err := s.apply(t); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Compute returns the digest of what the reference is over, and its length in bytes, computed once.
func (r *Reference) Compute(hash crypto.Hash) (sum []byte, size int64, err error) {
	if hash == 0 {
		return nil, 0, unsupported("digest algorithm %.100q", r.Method)
	}
	d := r.of.Document
	// The same for all references to it; enveloped-signature depends on the signature.
	of := d.Root
	if slices.ContainsFunc(r.transforms, func(t transform) bool { return t.kind == enveloped }) {
		of = r.of.Element
	}
	name := nameOf(r.chain+r.URI, of, hash)
	if !r.isSameDocument() {
		file, err := d.external(r)
		if err != nil {
			return nil, 0, err
		}
		name = nameOf(fmt.Sprintf("%s %p", r.chain, file), of, hash)
	}
	found := d.once(name, func() (out digest) {
		s, err := r.resolve()
		if err != nil {
			return digest{err: err}
		}
		out.sum, out.size, out.err = s.digest(hash)
		return out
	})
	return found.sum, found.size, found.err
}

// Check verifies the digest. Of other errors than those of Compute there is fault.SignatureInvalid.
func (r *Reference) Check() error {
	sum, _, err := r.Compute(r.Hash)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, r.Digest) {
		return fault.Errorf(fault.SignatureInvalid, "the digest of the reference %.100q is not that of what it is over", r.URI)
	}
	return nil
}

// WriteTo writes what the reference is over, as a time stamp has it: nodes in a canonical form, octets as they are.
func (r *Reference) WriteTo(w io.Writer, c xmldsig.Canonicalization) error {
	s, err := r.resolve()
	if err != nil {
		return err
	}
	_, err = s.write(w, c)
	return err
}

// IsWhole reports whether the reference is over all of its document but signatures.
func (r *Reference) IsWhole() bool {
	target, err := r.Target()
	return err == nil && (target == nil || target == r.of.Document.Root)
}

// External returns the file that the reference is over.
func (r *Reference) External() (*External, error) {
	if !r.IsExternal() {
		return nil, errors.New("a reference within the document")
	}
	return r.of.Document.external(r)
}

func nameOf(what string, n *xmltree.Node, hash crypto.Hash) string {
	start, _ := n.Span()
	return fmt.Sprintf("%d %d %s", start, hash, what)
}
