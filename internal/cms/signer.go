package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki"
)

// Signer is one SignerInfo (RFC 5652, 5.3), whose form has been checked.
type Signer struct {
	Version int
	// Issuer and SerialNumber name the certificate, or SubjectKeyID does.
	Issuer       []byte // DER of a Name
	SerialNumber *big.Int
	SubjectKeyID []byte
	// DigestAlgorithm and SignatureAlgorithm are AlgorithmIdentifiers in DER.
	DigestAlgorithm, SignatureAlgorithm []byte
	// Signed are the signed attributes. A signer without any has signed the content itself.
	Signed []Attribute
	// Value is the signature.
	Value []byte
	// Unsigned are the unsigned attributes, counter-signatures among them.
	Unsigned []Attribute
	// CounterSignatures are signatures of Value.
	CounterSignatures []*Signer

	// SignedSet is what the signature is over: the DER SET OF signed attributes; nil if the signer has none.
	SignedSet []byte
	// inOrder is the same in the order in which the attributes stand in the file; nil where that is the order of DER.
	inOrder []byte
	// Raw is the SignerInfo as received.
	Raw []byte

	isCounter bool // it signs a signature

	// For CounterSign: the contents of Raw without the unsigned attributes, and each of those, as received.
	beforeUnsigned   []byte
	unsignedElements [][]byte
	unsignedField    []byte // the unsigned attributes with the header; nil if the signer has none
}

// Algorithms are what a signer has signed with.
type Algorithms struct {
	// Hash is that of the content and of the signature.
	Hash   crypto.Hash
	Scheme ades.Scheme
	// Binding is the hash by which a signing-certificate attribute names the certificate; 0 where there is no such attribute.
	Binding crypto.Hash
}

// Algorithms returns what the signer has signed with, in former years as well. Where an algorithm is not known the error has
// fault.SignatureAlgorithm, and Hash may be 0.
func (s *Signer) Algorithms() (Algorithms, error) {
	var out Algorithms
	a, err := legacy.digestOf(s.DigestAlgorithm)
	if err != nil {
		return out, err
	}
	out.Hash = a.hash
	by, err := legacy.verifierOf(s.SignatureAlgorithm, a)
	if err != nil {
		return out, err
	}
	out.Scheme = by.scheme
	bound, err := s.signingCertificate(legacy)
	if err != nil || bound == nil {
		return out, err
	}
	out.Binding = bound.hash
	return out, nil
}

// Attribute is one attribute (RFC 5652, 5.3) with its values in DER.
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte
}

// readSigner reads a SignerInfo. depth says of how many signatures it is the counter-signature, and count how many there were
// in the file.
func readSigner(raw []byte, depth int, count *int) (*Signer, error) {
	*count++
	if depth > maxCounters || *count > maxSigners {
		return nil, malformed("more than %d signatures, or counter-signatures %d deep", maxSigners, depth)
	}
	h, inside, rest, err := contents(raw, 0)
	if err != nil {
		return nil, err
	}
	if h.tag != tagSequence || len(rest) > 0 {
		return nil, malformed("a signer is not one sequence")
	}
	fields, err := children(inside, 7)
	if err != nil {
		return nil, err
	}
	der, err := allToDER(fields)
	if err != nil {
		return nil, err
	}
	s := &Signer{Raw: raw, isCounter: depth > 0, beforeUnsigned: inside}
	if der, err = s.readName(der); err != nil {
		return nil, err
	}
	if der, err = s.readSignature(der); err != nil {
		return nil, err
	}
	if len(der) == 0 {
		return s, nil
	}
	if len(der) > 1 || der[0][0] != tagContext1 {
		return nil, malformed("fields after the unsigned attributes of a signer")
	}
	last := fields[len(fields)-1]
	s.beforeUnsigned, s.unsignedField = inside[:len(inside)-len(last)], last
	if s.unsignedElements, err = Elements(last, maxAttributes); err != nil {
		return nil, err
	}
	if s.Unsigned, err = readAttributes(der[0]); err != nil {
		return nil, err
	}
	return s, s.readCounterSignatures(depth, count)
}

// readName reads version and sid, and returns the fields after them.
func (s *Signer) readName(fields [][]byte) ([][]byte, error) {
	if len(fields) < 5 {
		return nil, malformed("a signer of %d fields", len(fields))
	}
	version, id := cryptobyte.String(fields[0]), cryptobyte.String(fields[1])
	if !version.ReadASN1Integer(&s.Version) || s.Version != 1 && s.Version != 3 {
		return nil, malformed("a signer of another version than 1 and 3")
	}
	if id.PeekASN1Tag(cbasn1.Tag(0).ContextSpecific()) {
		if !id.ReadASN1Bytes(&s.SubjectKeyID, cbasn1.Tag(0).ContextSpecific()) {
			return nil, malformed("a signer's key identifier")
		}
		return fields[2:], nil
	}
	var issuerSerial, issuer cryptobyte.String
	serial := new(big.Int)
	if !id.ReadASN1(&issuerSerial, cbasn1.SEQUENCE) || !issuerSerial.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		len(issuerSerial) > maxSerial+2 || !issuerSerial.ReadASN1Integer(serial) || !issuerSerial.Empty() {
		return nil, malformed("a signer's issuer and serial number")
	}
	s.Issuer, s.SerialNumber = issuer, serial
	return fields[2:], nil
}

// readSignature reads algorithms, signed attributes and signature, and returns the fields after them.
func (s *Signer) readSignature(fields [][]byte) ([][]byte, error) {
	next := func(tag byte) []byte {
		if len(fields) == 0 || fields[0][0] != tag {
			return nil
		}
		field := fields[0]
		fields = fields[1:]
		return field
	}
	s.DigestAlgorithm = next(tagSequence)
	if signed := next(tagContext0); signed != nil {
		var err error
		if s.Signed, err = readAttributes(signed); err != nil {
			return nil, err
		}
		if s.SignedSet, s.inOrder, err = signedSets(signed); err != nil {
			return nil, err
		}
	}
	s.SignatureAlgorithm = next(tagSequence)
	value := cryptobyte.String(next(tagOctetString))
	if s.DigestAlgorithm == nil || s.SignatureAlgorithm == nil || !value.ReadASN1Bytes(&s.Value, cbasn1.OCTET_STRING) {
		return nil, malformed("algorithms and signature of a signer")
	}
	return fields, nil
}

// signedSets returns what was to be signed: the DER SET OF of the attributes, whose order may be another in SignerInfo (RFC 5652,
// 5.4); and, where it is, the set in that order, which some programs sign instead.
func signedSets(der []byte) (sorted, inOrder []byte, err error) {
	elements, err := Elements(der, maxAttributes)
	if err != nil {
		return nil, nil, err
	}
	if !slices.IsSortedFunc(elements, bytes.Compare) {
		inOrder = element(tagSet, elements...)
		slices.SortFunc(elements, bytes.Compare)
	}
	return element(tagSet, elements...), inOrder, nil
}

// readAttributes reads a SET OF Attribute in DER, whatever its tag.
func readAttributes(der []byte) (all []Attribute, err error) {
	elements, err := Elements(der, maxAttributes)
	if err != nil {
		return nil, err
	}
	for _, one := range elements {
		input := cryptobyte.String(one)
		var attribute, set cryptobyte.String
		var a Attribute
		if !input.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&a.Type) ||
			!attribute.ReadASN1(&set, cbasn1.SET) || !attribute.Empty() {
			return nil, malformed("attribute of a signer")
		}
		if a.Values, err = children(set, maxValues); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// readCounterSignatures reads the values of all attributes countersignature (RFC 5652, 11.4).
func (s *Signer) readCounterSignatures(depth int, count *int) error {
	for _, a := range s.Unsigned {
		if !a.Type.Equal(OIDCounterSignature) {
			continue
		}
		for _, value := range a.Values {
			counter, err := readSigner(value, depth+1, count)
			if err != nil {
				return err
			}
			s.CounterSignatures = append(s.CounterSignatures, counter)
		}
	}
	return nil
}

// single returns the one value of the signed attribute of this type. there says whether the attribute is there; ok that it is
// not, or once with one value.
func (s *Signer) single(oid asn1.ObjectIdentifier) (value cryptobyte.String, there, ok bool) {
	for _, a := range s.Signed {
		if !a.Type.Equal(oid) {
			continue
		}
		if there || len(a.Values) != 1 {
			return nil, true, false
		}
		value, there = a.Values[0], true
	}
	return value, there, true
}

// names reports whether the signer names c.
func (s *Signer) names(c *x509.Certificate) bool {
	if s.SerialNumber == nil {
		return len(s.SubjectKeyID) > 0 && bytes.Equal(s.SubjectKeyID, c.SubjectKeyId)
	}
	return s.SerialNumber.Cmp(c.SerialNumber) == 0 && pki.SameName(s.Issuer, c.RawIssuer)
}
