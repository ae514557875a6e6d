package tolerant

import (
	"crypto"
	"sync"

	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Signature is a ds:Signature as found.
type Signature struct {
	Document *Document
	Element  *xmltree.Node
	ID       string // "" for none
	// Err says why the signature cannot be judged, with fault.SignatureMalformed or fault.SignatureAlgorithm; then other parts may be missing.
	Err error

	SignedInfo     *xmltree.Node
	SignatureValue *xmltree.Node
	KeyInfo        *xmltree.Node   // nil for none
	Objects        []*xmltree.Node // ds:Object

	Canonicalization xmldsig.Canonicalization
	Method           Method
	References       []*Reference
	Value            []byte // as SignatureValue has it

	// Properties are those of XAdES; nil where there are none.
	Properties *Properties
	// CounterSignatures are in the property CounterSignature, and Counters is the signature that has this one there.
	CounterSignatures []*Signature
	Counters          *Signature

	archiveLock sync.Mutex
	archives    map[string]*archive
}

// read reads one signature.
func read(d *Document, element *xmltree.Node) *Signature {
	s := &Signature{Document: d, Element: element}
	s.ID, _ = element.Attribute("Id")
	s.Err = s.readParts()
	if s.Err == nil {
		s.Err = s.readSignedInfo()
	}
	if s.Err == nil {
		s.Properties, s.Err = s.readQualifyingProperties()
	}
	return s
}

// readParts tells the children apart.
func (s *Signature) readParts() (err error) {
	for _, n := range s.Element.Elements() {
		to := map[string]**xmltree.Node{"SignedInfo": &s.SignedInfo, "SignatureValue": &s.SignatureValue, "KeyInfo": &s.KeyInfo}[n.Local]
		switch {
		case n.Is(xmldsig.Namespace, "Object"):
			s.Objects = append(s.Objects, n)
		case n.Space != xmldsig.Namespace || to == nil:
			return malformed("%.60q within Signature", n.Local)
		case *to != nil:
			return malformed("%s twice", n.Local)
		default:
			*to = n
		}
	}
	if s.SignedInfo == nil || s.SignatureValue == nil {
		return malformed("no SignedInfo, or no SignatureValue")
	}
	if s.Value, err = Decode(s.SignatureValue); err != nil {
		return err
	}
	if len(s.Value) == 0 || len(s.Value) > maxValue {
		return malformed("a signature value of %d bytes", len(s.Value))
	}
	return nil
}

// readSignedInfo reads SignedInfo (XMLDSig 1.1, 4.4).
func (s *Signature) readSignedInfo() error {
	canonicalization, method := Child(s.SignedInfo, "CanonicalizationMethod", xmldsig.Namespace), Child(s.SignedInfo, "SignatureMethod", xmldsig.Namespace)
	if canonicalization == nil || method == nil {
		return malformed("no CanonicalizationMethod, or no SignatureMethod")
	}
	s.Method = methodOf(method)
	for _, n := range s.SignedInfo.Elements() {
		switch {
		case n == canonicalization, n == method:
		case !n.Is(xmldsig.Namespace, "Reference"):
			return malformed("%.60q within SignedInfo", n.Local)
		default:
			s.References = append(s.References, s.readReference(n))
		}
	}
	if len(s.References) == 0 {
		return malformed("no Reference")
	}
	if err := s.readManifests(); err != nil {
		return err
	}
	var err error
	s.Canonicalization, err = ReadCanonicalization(canonicalization)
	return err
}

// Parts returns all references but that of the signed properties, with those of manifests in place of the manifests'.
func (s *Signature) Parts() (all []*Reference) {
	for _, r := range s.References {
		switch {
		case s.Properties != nil && r == s.Properties.Reference:
		case len(r.Manifest) > 0:
			all = append(all, r.Manifest...)
		default:
			all = append(all, r)
		}
	}
	return all
}

// AllReferences are those of SignedInfo, and those of manifests that they are over.
func (s *Signature) AllReferences() (all []*Reference) {
	for _, r := range s.References {
		all = append(append(all, r), r.Manifest...)
	}
	return all
}

// Check verifies the signature value over SignedInfo with a key. It says nothing of what the references are over.
func (s *Signature) Check(pub crypto.PublicKey) error {
	if s.Err != nil {
		return s.Err
	}
	if s.Method.Hash == 0 {
		return unsupported("signature algorithm %.100q", s.Method.URI)
	}
	digest, err := s.Document.sum("SignedInfo", s.Canonicalization, s.SignedInfo, s.Method.Hash)
	if err != nil {
		return err
	}
	return s.Method.check(pub, digest, s.Value)
}

// sum returns the digest of the canonical form of an element, computed once.
func (d *Document) sum(of string, c xmldsig.Canonicalization, n *xmltree.Node, hash crypto.Hash) ([]byte, error) {
	found := d.once(nameOf(of, n, hash), func() (out digest) {
		h := hash.New()
		out.err = d.WriteElement(h, c, n)
		out.sum = h.Sum(nil)
		return out
	})
	return found.sum, found.err
}

// once returns what was computed under a name, or computes it.
func (d *Document) once(name string, compute func() digest) digest {
	d.mu.Lock()
	found, known := d.digests[name]
	d.mu.Unlock()
	if known {
		return found
	}
	found = compute()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.digests[name] = found
	return found
}
