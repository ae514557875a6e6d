package xades

import (
	"crypto"
	"crypto/x509"
	"io"
	"net/url"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Signature is a signature as read. Its form is good; only Verify says that it is genuine.
type Signature struct {
	// Role is what the signer claims to be; "" for nothing.
	Role string
	// Unsigned are the names of the unsigned properties, which are not judged.
	Unsigned []string

	xml        *xmldsig.Signature
	claims     ades.Claims
	properties *xmldsig.Reference   // that of the signed properties
	content    []*xmldsig.Reference // all others but one of KeyInfo
	keyInfo    *xmldsig.Reference   // nil for none
	files      []string             // what the references of content to other files name
}

// Claims is what the signature says of itself.
func (s *Signature) Claims() ades.Claims { return s.claims }

// Files returns the names of the files that the signature covers beside its own, in its order.
func (s *Signature) Files() []string { return s.files }

// FileHashes returns by which hash each of Files has its digest.
func (s *Signature) FileHashes() (hashes []crypto.Hash) {
	for _, r := range s.content {
		if !r.IsSameDocument() {
			hashes = append(hashes, r.Hash)
		}
	}
	return hashes
}

// Elements returns what the signature covers of its own document: the root for the whole document, a ds:Object for what it
// carries.
func (s *Signature) Elements() (elements []*xmltree.Node) {
	for _, r := range s.content {
		if !r.IsSameDocument() {
			continue
		}
		if n, err := s.xml.Target(r); err == nil {
			elements = append(elements, n)
		}
	}
	return elements
}

// Parse reads all signatures of a file of XML that are not within others. Errors carry fault.SignatureMalformed,
// fault.SignatureAttributes (of XAdES's properties) or fault.SignatureAlgorithm.
func Parse(signed io.ReaderAt, size int64) ([]*Signature, error) {
	if size > MaxSize {
		return nil, malformed("XML of %d bytes is over the limit of %d", size, MaxSize)
	}
	source, err := readString(signed, size)
	if err != nil {
		return nil, err
	}
	d, err := xmltree.ParseString(source)
	if err != nil {
		return nil, malformed("%w", err)
	}
	elements := xmldsig.Find(d)
	if len(elements) == 0 || len(elements) > maxSignatures {
		return nil, malformed("%d signatures", len(elements))
	}
	ids := d.IDs()
	var signatures []*Signature
	for _, element := range elements {
		s, err := read(d, ids, element)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, s)
	}
	return signatures, nil
}

// read reads one signature.
func read(d *xmltree.Document, ids xmltree.IDs, element *xmltree.Node) (*Signature, error) {
	raw, err := xmldsig.Read(d, ids, element)
	if err != nil {
		return nil, err
	}
	s := &Signature{xml: raw}
	qualifying, err := s.qualifyingProperties()
	if err != nil {
		return nil, err
	}
	if err := s.sortReferences(qualifying); err != nil {
		return nil, err
	}
	if err := s.checkObjects(qualifying); err != nil {
		return nil, err
	}
	properties, err := readQualifyingProperties(qualifying)
	if err != nil {
		return nil, err
	}
	if err := s.checkFormats(properties.formats); err != nil {
		return nil, err
	}
	certificates, err := readKeyInfo(raw.KeyInfo)
	if err != nil {
		return nil, err
	}
	certificate, err := properties.certificate.find(certificates)
	if err != nil {
		return nil, err
	}
	if err := checkKeyValue(raw.KeyInfo, certificate); err != nil {
		return nil, err
	}
	if _, err := ades.HashFor(certificate.PublicKey); err != nil {
		return nil, err
	}
	if slices.Contains(properties.unsigned, "CounterSignature") {
		return nil, badProperty("a counter-signature, which cannot be judged here")
	}
	s.Role, s.Unsigned = properties.role, properties.unsigned
	s.claims = ades.Claims{
		Certificate:  certificate,
		Certificates: certificates,
		SigningTime:  properties.signingTime,
		Hash:         s.content[0].Hash,
		Algorithm:    algorithmName(raw.Scheme, raw.Hash),
		Policy:       properties.policy,
	}
	return s, nil
}

// qualifyingProperties returns the one QualifyingProperties of the signature, which says that it is of this signature.
func (s *Signature) qualifyingProperties() (*xmltree.Node, error) {
	var found *xmltree.Node
	for _, object := range s.xml.Objects {
		for _, n := range object.Elements() {
			switch {
			case !n.Is(Namespace, "QualifyingProperties"):
			case found != nil:
				return nil, malformed("QualifyingProperties twice")
			default:
				found = n
			}
		}
	}
	if found == nil {
		return nil, malformed("no QualifyingProperties of XAdES 1.3.2")
	}
	if target, _ := found.Attribute("Target"); s.xml.ID == "" || target != "#"+s.xml.ID {
		return nil, malformed("QualifyingProperties of another signature")
	}
	return found, nil
}

// sortReferences tells the references apart. The one of the signed properties points at those of this very signature, and
// every other reference at something that is part of no signature's machinery.
func (s *Signature) sortReferences(qualifying *xmltree.Node) error {
	for _, r := range s.xml.References {
		if !r.IsSameDocument() {
			name, err := url.PathUnescape(r.URI)
			if err != nil {
				return malformed("a Reference of URI %.100q", r.URI)
			}
			s.content, s.files = append(s.content, r), append(s.files, name)
			continue
		}
		target, err := s.xml.Target(r)
		if err != nil {
			return err
		}
		isProperties := target.Is(Namespace, "SignedProperties") && target.Parent == qualifying
		switch {
		case isProperties != (r.Type == signedPropertiesType), isProperties && (s.properties != nil || r.Enveloped || r.Base64):
			return malformed("a Reference of type %.100q points at %s", r.Type, target.Local)
		case isProperties:
			s.properties = r
		case target == s.xml.KeyInfo && s.keyInfo == nil:
			s.keyInfo = r
		case s.xml.Element.Contains(target) && !s.isObject(target), r.Type == manifestType:
			return malformed("a Reference points at %s", target.Local)
		case (r.Base64 || r.Type == objectType) && !s.isObject(target):
			return malformed("a Reference to an Object of the signature points at %s", target.Local)
		case r.Base64 && !hasBase64(target):
			return malformed("a Reference to base64 of an element that says to be something else")
		default:
			s.content = append(s.content, r)
		}
	}
	if s.properties == nil || len(s.content) == 0 {
		return malformed("no Reference to the signed properties, or none to anything else")
	}
	return nil
}

// hasBase64 reports whether an element does not say that its text is anything but base64.
func hasBase64(n *xmltree.Node) bool {
	encoding, says := n.Attribute("Encoding")
	return !says || encoding == xmldsig.Base64URI
}

// isObject reports whether n is a ds:Object of the signature that can carry what is signed.
func (s *Signature) isObject(n *xmltree.Node) bool {
	return n.Parent == s.xml.Element && n.Is(xmldsig.Namespace, "Object") && child(n, Namespace, "QualifyingProperties") == nil
}

// checkObjects refuses an Object that nothing covers: it would look signed.
func (s *Signature) checkObjects(qualifying *xmltree.Node) error {
	covered := s.Elements()
	for _, object := range s.xml.Objects {
		if object == qualifying.Parent {
			if len(object.Elements()) != 1 {
				return malformed("something beside QualifyingProperties")
			}
			continue
		}
		isCovered := false
		for _, n := range covered {
			isCovered = isCovered || n == object
		}
		if !isCovered {
			return malformed("an Object that no Reference covers")
		}
	}
	return nil
}

// checkFormats refuses a DataObjectFormat of nothing that is signed.
func (s *Signature) checkFormats(formats []string) error {
	ids := map[string]bool{}
	for _, r := range s.content {
		if r.ID != "" {
			ids["#"+r.ID] = true
		}
	}
	for _, of := range formats {
		if !ids[of] {
			return badProperty("DataObjectFormat of %.100q, which is signed by no Reference", of)
		}
	}
	return nil
}

// algorithmName names the combination of scheme and hash.
func algorithmName(scheme ades.Scheme, hash crypto.Hash) x509.SignatureAlgorithm {
	names := map[ades.Scheme]map[crypto.Hash]x509.SignatureAlgorithm{
		ades.PKCS1: {crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA},
		ades.PSS:   {crypto.SHA256: x509.SHA256WithRSAPSS, crypto.SHA384: x509.SHA384WithRSAPSS, crypto.SHA512: x509.SHA512WithRSAPSS},
		ades.ECDSA: {crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512},
	}
	return names[scheme][hash]
}
