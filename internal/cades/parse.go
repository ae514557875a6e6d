package cades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

// Signature is a signature whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	// Certificate is the signer's: the one embedded that SignerInfo and signing-certificate-v2 name.
	Certificate *x509.Certificate
	// Certificates are all that are embedded, in the order they stand there. Nothing but Certificate is
	// bound by the signature; they are material for a path.
	Certificates []*x509.Certificate
	// SigningTime is what the signer claims, in UTC and whole seconds. It is zero where the signature is of a PDF.
	SigningTime time.Time
	// Hash is that of content and signed attributes.
	Hash crypto.Hash
	// MessageDigest is the signed digest of the content; Verify compares it.
	MessageDigest []byte
	// SignatureAlgorithm is key type and hash together.
	SignatureAlgorithm x509.SignatureAlgorithm
	// Policy is the signature policy that the signer names, or nil. Whether it is one to be accepted is for the caller.
	Policy *ades.Policy
	// CounterSignatures are signatures of this signature's value. Only ParseFile reads them.
	CounterSignatures []*Signature

	scheme     ades.Scheme
	attributes []byte // as received, with the tag of the SET OF that was signed
	value      []byte
}

// malformed returns an error with fault.SignatureMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

// Parse reads a detached signature of this package's profile from DER of at most MaxSignature
// bytes. Everything that can be checked without the content is: structure, attributes, algorithms, and that
// the embedded certificate is the one that the signature names. Errors carry one of the codes
// fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm.
//
// The Signature does not refer to der afterwards.
func Parse(der []byte) (*Signature, error) { return ParseAs(der, Rules{}) }

// Rules say which attributes a signature must have, of those that not every signature has. The zero value is the profile P1
// in a file of its own.
type Rules struct {
	// InPDF asks for a signature that was made with Request.InPDF: signing-time must not be there, and otherwise must. The
	// zeros that fill /Contents after the signature are the caller's to take off.
	InPDF bool
	// Policy says whether the signature names a signature policy.
	Policy PolicyRule

	// inFile lets several signatures stand beside each other, with counter-signatures.
	inFile bool
	// counter asks for a counter-signature, in which content-type must not be (RFC 5652, 11.4).
	counter bool
}

// PolicyRule says whether a signature may name a signature policy.
type PolicyRule int

const (
	NoPolicy       PolicyRule = iota // it must not: profile P1
	PolicyRequired                   // it must: profiles P2, P3 and P4
	PolicyAllowed
)

// ParseAs reads as Parse does, by other rules.
func ParseAs(der []byte, rules Rules) (*Signature, error) {
	if len(der) > MaxSignature {
		return nil, malformed("%d bytes, over the limit of %d", len(der), MaxSignature)
	}
	all, err := parse(der, rules)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// parse reads all signatures of a SignedData without content; there is one at least.
func parse(der []byte, rules Rules) ([]*Signature, error) {
	input := cryptobyte.String(bytes.Clone(der))
	var contentInfo, explicit, signedData cryptobyte.String
	var contentType asn1.ObjectIdentifier
	if !input.ReadASN1(&contentInfo, cbasn1.SEQUENCE) || !contentInfo.ReadASN1ObjectIdentifier(&contentType) ||
		!contentInfo.ReadASN1(&explicit, cbasn1.Tag(0).ContextSpecific().Constructed()) || !contentInfo.Empty() ||
		!explicit.ReadASN1(&signedData, cbasn1.SEQUENCE) || !explicit.Empty() {
		return nil, malformed("not a CMS ContentInfo in DER")
	}
	if !input.Empty() {
		return nil, malformed("bytes after the signature")
	}
	if !contentType.Equal(oidSignedData) {
		return nil, malformed("content type %v is not SignedData", contentType)
	}
	if err := pki.CheckDER(der); err != nil {
		return nil, malformed("the signature: %w", err)
	}
	return readSignedData(signedData, rules)
}

// readSignedData reads SignedData (RFC 5652, 5.1).
func readSignedData(s cryptobyte.String, rules Rules) ([]*Signature, error) {
	var version int
	var digestAlgorithms cryptobyte.String
	if !s.ReadASN1Integer(&version) || version != 1 || !s.ReadASN1(&digestAlgorithms, cbasn1.SET) {
		return nil, malformed("not a SignedData of version 1")
	}
	announced, err := readAnnounced(digestAlgorithms, rules)
	if err != nil {
		return nil, err
	}
	var encapsulated cryptobyte.String
	var contentType asn1.ObjectIdentifier
	if !s.ReadASN1(&encapsulated, cbasn1.SEQUENCE) || !encapsulated.ReadASN1ObjectIdentifier(&contentType) ||
		!contentType.Equal(oidData) {
		return nil, malformed("not over id-data")
	}
	if !encapsulated.Empty() {
		return nil, malformed("the content is inside the signature")
	}
	certificates, err := readCertificates(&s, rules)
	if err != nil {
		return nil, err
	}
	var signerInfos, signerInfo cryptobyte.String
	if !s.ReadASN1(&signerInfos, cbasn1.SET) || !s.Empty() || signerInfos.Empty() {
		return nil, malformed("no SignerInfo after the certificates")
	}
	var all []*Signature
	for !signerInfos.Empty() {
		if !signerInfos.ReadASN1(&signerInfo, cbasn1.SEQUENCE) || len(all) == rules.maxSigners() {
			return nil, malformed("not one SignerInfo, or not as many as there may be")
		}
		out := &Signature{Certificates: certificates}
		if err := out.readSignerInfo(signerInfo, announced, rules); err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// maxSigners is how many signatures there may be beside each other, each with counter-signatures as many.
func (r Rules) maxSigners() int {
	if r.inFile {
		return maxFileSigners
	}
	return 1
}

// readAnnounced reads digestAlgorithms: one, or in a file with several signatures one or more.
func readAnnounced(set cryptobyte.String, rules Rules) (all []algorithm, err error) {
	for len(all) == 0 || !set.Empty() {
		a, err := readDigestAlgorithm(&set)
		if err != nil {
			return nil, err
		}
		if len(all) == rules.maxSigners() {
			return nil, malformed("not one digest algorithm, or not as many as there may be")
		}
		all = append(all, a)
	}
	return all, nil
}

// readCertificates reads the certificates field, [0] IMPLICIT SET OF, X.509 only. The order of the set is
// not checked: it is not signed, and common software does not sort it.
func readCertificates(s *cryptobyte.String, rules Rules) ([]*x509.Certificate, error) {
	var set cryptobyte.String
	if !s.ReadASN1(&set, cbasn1.Tag(0).ContextSpecific().Constructed()) || set.Empty() {
		return nil, malformed("no certificate in the signature")
	}
	var out []*x509.Certificate
	for !set.Empty() {
		var der cryptobyte.String
		if !set.ReadASN1Element(&der, cbasn1.SEQUENCE) {
			return nil, malformed("embedded certificate")
		}
		if len(out) == rules.maxCertificates() || len(der) > pki.MaxCertificate {
			return nil, malformed("too many or too large embedded certificates")
		}
		c, err := pki.ParseX509(der)
		if err != nil {
			return nil, malformed("embedded certificate: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

// maxCertificates is how many may be embedded.
func (r Rules) maxCertificates() int {
	if r.inFile {
		return maxFileCertificates
	}
	return maxCertificates
}

// readSignerInfo reads SignerInfo (RFC 5652, 5.3) with the signer named by issuer and serial number.
func (out *Signature) readSignerInfo(s cryptobyte.String, announced []algorithm, rules Rules) error {
	var version int
	var id, issuer cryptobyte.String
	serial := new(big.Int)
	if !s.ReadASN1Integer(&version) || version != 1 ||
		!s.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!id.ReadASN1Integer(serial) || !id.Empty() {
		return malformed("not a SignerInfo of version 1")
	}
	digestAlgorithm := s
	a, err := readDigestAlgorithm(&s)
	if err != nil {
		return err
	}
	digestAlgorithm = digestAlgorithm[:len(digestAlgorithm)-len(s)]
	if !rules.counter && !slices.ContainsFunc(announced, func(b algorithm) bool { return a.hash == b.hash }) {
		return malformed("digest algorithm is not announced")
	}
	var element, set, value cryptobyte.String
	if !s.ReadASN1Element(&element, tagSignedAttributes) {
		return badAttribute("no signed attributes")
	}
	signatureAlgorithm := s
	how, err := readSignatureAlgorithm(&s, a)
	if err != nil {
		return err
	}
	signatureAlgorithm = signatureAlgorithm[:len(signatureAlgorithm)-len(s)]
	if !s.ReadASN1(&value, cbasn1.OCTET_STRING) {
		return malformed("no signature value")
	}
	err = out.readUnsigned(s, rules)
	if err != nil {
		return err
	}
	out.Hash = a.hash
	out.value = value
	out.attributes = append([]byte{tagSet}, element[1:]...)
	err = out.findCertificate(issuer, serial, a, how)
	if err != nil {
		return err
	}
	if !element.ReadASN1(&set, tagSignedAttributes) {
		return malformed("signed attributes")
	}
	protection, err := out.setAttributes(set, rules)
	if err != nil {
		return err
	}
	return checkProtection(protection, digestAlgorithm, signatureAlgorithm)
}

// findCertificate picks the embedded certificate that SignerInfo names and checks that its key fits the
// signature algorithm.
func (out *Signature) findCertificate(issuer []byte, serial *big.Int, a algorithm, how ades.Scheme) error {
	for _, c := range out.Certificates {
		if !bytes.Equal(c.RawIssuer, issuer) || c.SerialNumber.Cmp(serial) != 0 {
			continue
		}
		if out.Certificate != nil {
			return malformed("two embedded certificates with the signer's issuer and serial number")
		}
		out.Certificate = c
	}
	if out.Certificate == nil {
		return malformed("the signer's certificate is not embedded")
	}
	_, err := ades.HashFor(out.Certificate.PublicKey)
	if err != nil {
		return fault.Errorf(fault.SignatureAlgorithm, "signer's key: %w", err)
	}
	out.scheme, out.SignatureAlgorithm = how, a.x509Algorithm(how)
	if how != ades.SchemeOf(out.Certificate.PublicKey, how == ades.PSS) {
		return fault.Errorf(fault.SignatureAlgorithm, "signature algorithm does not fit the signer's key")
	}
	return nil
}

// setAttributes reads the signed attributes, compares them with the certificate, and returns what they say of algorithms.
func (out *Signature) setAttributes(set cryptobyte.String, rules Rules) (protection cryptobyte.String, err error) {
	attributes, err := readAttributes(set, rules)
	if err != nil {
		return nil, err
	}
	if len(attributes.messageDigest) != out.Hash.Size() {
		return nil, badAttribute("message-digest of %d bytes for %v", len(attributes.messageDigest), out.Hash)
	}
	out.MessageDigest = attributes.messageDigest
	out.SigningTime = attributes.signingTime
	out.Policy = attributes.policy
	return attributes.protection, checkCertificate(attributes.certificate, out.Certificate)
}

// Verify reports whether the key in s.Certificate signed content: the signed digest is the content's, and
// the signature verifies over the signed attributes as they were received. Where not, the error carries
// fault.SignatureInvalid.
func (s *Signature) Verify(content []byte) error { return s.VerifyDigest(sum(s.Hash, content)) }

// VerifyDigest is Verify for a caller that has the content's digest, made with s.Hash.
func (s *Signature) VerifyDigest(digest []byte) error {
	if !bytes.Equal(digest, s.MessageDigest) {
		return fault.Errorf(fault.SignatureInvalid, "message-digest is not that of the content")
	}
	err := ades.CheckSignature(s.Certificate.PublicKey, s.scheme, s.Hash, sum(s.Hash, s.attributes), s.value)
	if err != nil {
		return fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
	return nil
}
