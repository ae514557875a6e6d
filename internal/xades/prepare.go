package xades

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// prepared is a signature that lacks its value.
type prepared struct {
	signer ades.Signer
	place  place
	// markup is the Signature element; its value's text is to stand from valueStart to valueEnd.
	markup               []byte
	valueStart, valueEnd int
	digest               []byte
}

// Prepare puts together what is to be signed. Beside faults of the caller, it refuses
//
//   - a key that is not supported with fault.KeyUnsupported,
//   - a document over MaxDocument with fault.RequestTooLarge,
//   - options that do not go together, or not with the documents, with fault.RequestInvalid,
//   - XML that is not read with fault.XMLMalformed,
//   - XML that has no place for the signature, or not the element, with fault.XMLPlace,
//   - XML with a signature that would break with fault.XMLSigned.
func Prepare(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if err := checkSigner(s); err != nil {
		return nil, err
	}
	if err := o.check(documents); err != nil {
		return nil, err
	}
	t := template{signer: s, documents: documents, options: o, style: styleOf(o.Dialect)}
	if t.style.signerRole != "" && o.Role == "" {
		t.options.Role = t.style.signerRole
	}
	place, err := findPlace(documents, o)
	if err != nil {
		return nil, err
	}
	t.id = place.signatureID
	if t.suffix, err = newSuffix(); err != nil {
		return nil, err
	}
	if t.id == "" {
		t.id = "Signature_" + t.suffix
	}
	markup, err := t.markup()
	if err != nil {
		return nil, err
	}
	p := &prepared{signer: s, place: place, markup: markup}
	if err := p.digestAll(documents, t.id); err != nil {
		return nil, err
	}
	return p, nil
}

// newSuffix returns what makes a signature's identifiers differ from all others.
func newSuffix() (string, error) {
	random := make([]byte, 12)
	_, err := rand.Read(random)
	return hex.EncodeToString(random), err
}

// checkSigner refuses what cannot become a signature that Parse accepts.
func checkSigner(s ades.Signer) error {
	if s.Certificate == nil {
		return errors.New("a signer without a certificate")
	}
	if _, err := ades.HashFor(s.Certificate.PublicKey); err != nil {
		return err
	}
	if !slices.Contains(ades.Hashes, s.Hash) {
		return fmt.Errorf("hash %v is not supported", s.Hash)
	}
	if len(s.Chain) > ades.MaxChain {
		return fmt.Errorf("chain of %d certificates is over the limit of %d", len(s.Chain), ades.MaxChain)
	}
	if year := s.Time.UTC().Year(); year < 1950 || year > 9999 {
		return fmt.Errorf("signing time in the year %d", year)
	}
	if p := s.Policy; p != nil && (!slices.Contains(ades.Hashes, p.Hash) || len(p.Digest) != p.Hash.Size() || len(p.URI) > maxText) {
		return errors.New("signature policy with a digest of the wrong length, or an address that is too long")
	}
	return nil
}

func requestInvalid(format string, args ...any) error {
	return fault.Errorf(fault.RequestInvalid, format, args...)
}

// check refuses options that do not go together, or not with the documents.
func (o Options) check(documents []ades.Document) error {
	isEnveloped, isEnveloping, isDetached := o.Form == Enveloped, o.Form == Enveloping, o.Form == Detached
	switch {
	case !isEnveloped && !isEnveloping && !isDetached:
		return requestInvalid("form %d", o.Form)
	case o.Dialect < Baseline || o.Dialect > EPrescription:
		return requestInvalid("dialect %d", o.Dialect)
	case o.Dialect == UBLTR && !isEnveloped, o.Dialect == EPrescription && !isEnveloping:
		return requestInvalid("form %d does not go with dialect %d", o.Form, o.Dialect)
	case o.Element != "" && (!isEnveloped || o.Dialect != Baseline):
		return requestInvalid("an element is signed by itself only enveloped, without a dialect")
	case o.DigestObject && !isEnveloping:
		return requestInvalid("a digest over the object is only for an enveloping signature")
	case o.Container && !isDetached:
		return requestInvalid("only a detached signature goes into a container")
	case len(o.Role) > maxText || !utf8.ValidString(o.Role):
		return requestInvalid("a role of %d bytes, or not in UTF-8", len(o.Role))
	case !isDetached && len(documents) != 1:
		return requestInvalid("%d documents in one signature that is not detached", len(documents))
	case isDetached && (len(documents) == 0 || len(documents) >= xmldsig.MaxReferences):
		return requestInvalid("%d documents in one signature", len(documents))
	}
	return checkNames(documents, isDetached)
}

// checkNames refuses documents whose names cannot tell them apart.
func checkNames(documents []ades.Document, isDetached bool) error {
	seen := map[string]bool{}
	for _, d := range documents {
		switch {
		case !isDetached && d.Content == nil:
			return errors.New("a document without its content")
		case isDetached && (d.Name == "" || d.Name[0] == '/' || len(d.Name) > maxText || seen[d.Name]):
			return requestInvalid("a document's name is missing, too long, absolute, or there twice")
		case len(d.MediaType) > maxText:
			return requestInvalid("a media type of %d bytes", len(d.MediaType))
		}
		seen[d.Name] = true
	}
	return nil
}

// fileURI is the relative reference for a file's name (RFC 3986, 4.2). A colon would make a scheme of what stands before it.
func fileURI(name string) string {
	segments := strings.Split(name, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(segment), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// digestAll reads the signature where it will stand, by the rules of Parse, and gives its references their digests.
func (p *prepared) digestAll(documents []ades.Document, id string) error {
	head := len(p.place.before) + len(p.place.opening)
	source := strings.Join([]string{p.place.before, p.place.opening, string(p.markup), p.place.closing, p.place.after}, "")
	p.place.before, p.place.after = "", "" // the document need not be in memory twice
	d, err := xmltree.ParseString(source)
	if err != nil {
		return fault.Errorf(fault.XMLMalformed, "with its signature: %w", err)
	}
	ids := d.IDs()
	element, err := ids.Find(id)
	if err != nil {
		return fmt.Errorf("the signature that is made: %w", err)
	}
	s, err := read(d, ids, element)
	if err != nil {
		return fmt.Errorf("the signature that is made: %w", err)
	}
	for _, r := range s.xml.References {
		digest, err := p.digestOf(s, r, documents)
		if err != nil {
			return err
		}
		encoded := base64.StdEncoding.EncodeToString(digest)
		r.SetDigest(digest, encoded)
		start, _ := r.ValueSpan()
		copy(p.markup[start-head:], encoded)
	}
	start, end := s.xml.ValueSpan()
	p.valueStart, p.valueEnd = start-head, end-head
	p.digest, err = s.xml.SignedDigest()
	return err
}

// digestOf returns the digest of what a reference points at.
func (p *prepared) digestOf(s *Signature, r *xmldsig.Reference, documents []ades.Document) ([]byte, error) {
	if r.IsSameDocument() {
		return s.xml.Compute(r)
	}
	for _, d := range documents {
		if fileURI(d.Name) == r.URI {
			return d.Digest(r.Hash)
		}
	}
	return nil, fmt.Errorf("no document for the reference %.100q", r.URI)
}

// Digest returns what the card signs.
func (p *prepared) Digest() []byte { return bytes.Clone(p.digest) }

// Complete returns the signed XML. Of an enveloped signature it is the document around the new bytes.
func (p *prepared) Complete(cardSignature []byte) (ades.Pieces, error) {
	pub := p.signer.Certificate.PublicKey
	err := ades.CheckSignature(pub, ades.SchemeOf(pub, p.signer.PSS), p.signer.Hash, p.digest, cardSignature)
	if err != nil {
		return nil, fault.Errorf(fault.TokenError, "the token's signature does not verify with the certificate's key: %w", err)
	}
	value, err := xmldsig.EncodeValue(pub, cardSignature)
	if err != nil {
		return nil, fault.Errorf(fault.TokenError, "%w", err)
	}
	encoded := base64.StdEncoding.EncodeToString(value)
	added := slices.Concat([]byte(p.place.opening), p.markup[:p.valueStart], []byte(encoded), p.markup[p.valueEnd:], []byte(p.place.closing))
	var pieces ades.Pieces
	if p.place.from > 0 {
		pieces = append(pieces, ades.Piece{Length: p.place.from})
	}
	pieces = append(pieces, ades.Piece{Bytes: added})
	if p.place.size > p.place.to {
		pieces = append(pieces, ades.Piece{Offset: p.place.to, Length: p.place.size - p.place.to})
	}
	return pieces, nil
}

// valueLength is the length of a key's signatures in bytes, as SignatureValue has them.
func valueLength(pub any) int {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return pub.Size()
	case *ecdsa.PublicKey:
		return 2 * ((pub.Curve.Params().N.BitLen() + 7) / 8)
	}
	return 0
}
