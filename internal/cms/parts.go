package cms

import (
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrContent says that a signature is of other content: message-digest differs. A verdict's Err with fault.SignatureInvalid may be it.
var ErrContent = errors.New("message-digest is not that of the content")

// ErrOrder says that a signature verifies over its attributes in another order than that of DER. A verdict's Err with
// fault.SignatureAttributes may be it.
var ErrOrder = errors.New("the attributes were signed in another order than that of DER")

// VerifyBy judges one signer, a counter-signature too, with the key of a certificate that need not be embedded: the signer must name it,
// and a signing-certificate attribute that is there must bind it. content is the digest of what it is over, by the hash of
// its DigestAlgorithm; nil where that is not at hand. Its counter-signatures are not judged.
func (d *SignedData) VerifyBy(s *Signer, c *x509.Certificate, content []byte) Verdict {
	one := *d
	one.Certificates = []*x509.Certificate{c}
	v := Verdict{Signer: s}
	v.Algorithms, _ = s.Algorithms() // judge says why where they are not known
	rule := one.isContentType
	if s.isCounter {
		rule = isCounterSignature
	}
	v.State, v.Err = one.judge(&v, func(crypto.Hash) []byte { return content }, rule)
	return v
}

// Names reports whether the signer names c, by issuer and serial number or by key identifier.
func (s *Signer) Names(c *x509.Certificate) bool { return s.names(c) }

// SigningTime returns what the signer claims, in UTC; zero where it claims none. Errors have fault.SignatureAttributes.
func (s *Signer) SigningTime() (time.Time, error) { return s.signingTime() }

// SigningCertificate returns the certificate that a signing-certificate attribute names first: its digest by a hash, and, where
// issuer and serial number are there, whether another certificate has them. hash is 0 where there is no such attribute.
func (s *Signer) SigningCertificate() (hash crypto.Hash, digest []byte, names func(*x509.Certificate) bool, err error) {
	b, err := s.signingCertificate(legacy)
	if err != nil || b == nil {
		return 0, nil, nil, err
	}
	if b.named != nil {
		names = b.named.names
	}
	return b.hash, b.digest, names, nil
}

// NameOf returns the object identifier of an AlgorithmIdentifier in DER as text. It returns "" where the DER is not an AlgorithmIdentifier.
func NameOf(algorithm []byte) string {
	oid, _, err := readAlgorithm(algorithm)
	if err != nil {
		return ""
	}
	return oid.String()
}

// The parts of a SignedData as received, which archive time stamps cover. They must not be changed.

// RawCertificates returns each CertificateChoices (RFC 5652, 10.2.2), X.509 certificates before others.
func (d *SignedData) RawCertificates() [][]byte { return slices.Concat(d.certificates, d.others) }

// RawRevocations returns each RevocationInfoChoice (RFC 5652, 10.2.1).
func (d *SignedData) RawRevocations() [][]byte { return d.crls }

// RawFields returns the fields certificates and crls with their headers; nil for one that is not there.
func (d *SignedData) RawFields() (certificates, crls []byte) {
	return d.certificatesField, d.revocations
}

// Encapsulated reads encapContentInfo (RFC 5652, 5.2) with its header, where it lies.
func (d *SignedData) Encapsulated() io.Reader {
	return io.NewSectionReader(d.file, d.encapsulated.begin, d.encapsulated.end-d.encapsulated.begin)
}

// ReadRevocation returns the list, or the OCSPResponse, that a RevocationInfoChoice is, in DER; nil for both where it is of
// another form.
func ReadRevocation(raw []byte) (crl, ocsp []byte) {
	der, err := ToDER(raw)
	if err != nil {
		return nil, nil
	}
	if der[0] == tagSequence {
		return der, nil
	}
	return nil, readOtherRevocation(der)
}

// OCSPResponse puts a BasicOCSPResponse into an OCSPResponse (RFC 6960, 4.2.1).
func OCSPResponse(basic []byte) []byte {
	response := element(tagSequence, oidDER(oidOCSPBasic), element(tagOctetString, basic))
	return element(tagSequence, []byte{byte(cbasn1.ENUM), 1, 0}, element(tagContext0, response))
}

// WithoutUnsigned returns the fields of the SignerInfo but its unsigned attributes, one after the other.
func (s *Signer) WithoutUnsigned() []byte { return s.beforeUnsigned }

// RawUnsigned returns the unsigned attributes.
func (s *Signer) RawUnsigned() [][]byte { return s.unsignedElements }

// ReadAttribute reads an attribute as received.
func ReadAttribute(raw []byte) (a Attribute, ok bool) {
	der, err := ToDER(raw)
	if err != nil {
		return a, false
	}
	s := cryptobyte.String(der)
	var inside, set, value cryptobyte.String
	if !s.ReadASN1(&inside, cbasn1.SEQUENCE) || !inside.ReadASN1ObjectIdentifier(&a.Type) || !inside.ReadASN1(&set, cbasn1.SET) || !inside.Empty() {
		return a, false
	}
	for !set.Empty() {
		var tag cbasn1.Tag
		if !set.ReadAnyASN1Element(&value, &tag) || len(a.Values) == maxValues {
			return a, false
		}
		a.Values = append(a.Values, value)
	}
	return a, true
}

// ContentsOf returns the contents of an element, without its header.
func ContentsOf(raw []byte) ([]byte, error) {
	_, inside, _, err := contents(raw, 0)
	return inside, err
}
