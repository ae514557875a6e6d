package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

// State is what is known of a signature.
type State int

const (
	Unknown State = iota // it could not be told; Verdict.Err says why
	Holds                // it verifies over the content with the key of Verdict.Certificate
	Fails                // it does not
)

// Verdict is what is known of one signature.
type Verdict struct {
	Signer *Signer
	// Certificate is the signer's; nil where it is not embedded.
	Certificate *x509.Certificate
	// SigningTime is what the signer claims, in UTC; zero where they claim none.
	SigningTime time.Time
	// Algorithms are what it was made with, as far as they are known.
	Algorithms Algorithms
	State      State
	// Err has the reason where State is not Holds: fault.SignatureInvalid, SignatureAttributes, SignatureAlgorithm or
	// SignatureMalformed.
	Err error
	// CounterSignatures are the verdicts on the signatures of this signature.
	CounterSignatures []Verdict
}

// ErrElsewhere is in Verdict.Err where the content is needed, and not at hand.
var ErrElsewhere = errors.New("the content is not in the signature")

// suite is what d is judged with.
func (d *SignedData) suite() suite {
	if d.Legacy {
		return legacy
	}
	return current
}

// Digests returns the digests of the content that Verify needs, and those by further hashes. Content that is inside is read
// once; of content that is elsewhere detached returns the digest, or is nil where it is not at hand: there is no digest
// then. Errors are those of reading, and of detached.
func (d *SignedData) Digests(detached func(crypto.Hash) ([]byte, error), further ...crypto.Hash) (map[crypto.Hash][]byte, error) {
	needed := map[crypto.Hash]hash.Hash{}
	for _, s := range d.Signers {
		if a, err := d.suite().digestOf(s.DigestAlgorithm); err == nil {
			needed[a.hash] = a.hash.New()
		}
	}
	for _, hash := range further {
		needed[hash] = hash.New()
	}
	var writers []io.Writer
	for _, h := range needed {
		writers = append(writers, h)
	}
	if d.Content != nil && len(writers) > 0 {
		if n, err := io.Copy(io.MultiWriter(writers...), d.Content.Reader()); err != nil || n != d.Content.Size {
			return nil, fmt.Errorf("content of %d bytes ends after %d: %w", d.Content.Size, n, err)
		}
	}
	out := map[crypto.Hash][]byte{}
	for by, h := range needed {
		switch {
		case d.Content != nil:
			out[by] = h.Sum(nil)
		case detached != nil:
			digest, err := detached(by)
			if err != nil {
				return nil, err
			}
			out[by] = digest
		}
	}
	return out, nil
}

// Verify judges every signature over a content with these digests.
func (d *SignedData) Verify(digests map[crypto.Hash][]byte) []Verdict {
	var all []Verdict
	for _, s := range d.Signers {
		all = append(all, d.verdict(s, func(hash crypto.Hash) []byte { return digests[hash] }, d.isContentType))
	}
	return all
}

// isContentType checks the attribute content-type: it must be there beside signed attributes, and be eContentType (RFC 5652, 11.1).
// A content that is not id-data must have signed attributes (5.3).
func (d *SignedData) isContentType(s *Signer) error {
	if s.SignedSet == nil {
		if !d.ContentType.Equal(OIDData) {
			return badAttribute("no signed attributes over content of type %v", d.ContentType)
		}
		return nil
	}
	value, there, ok := s.single(OIDContentType)
	oid := OIDData
	if !there || !ok || !value.ReadASN1ObjectIdentifier(&oid) || !value.Empty() || !oid.Equal(d.ContentType) {
		return badAttribute("content-type is missing, or not %v", d.ContentType)
	}
	return nil
}

// isCounterSignature checks that content-type is not there (RFC 5652, 11.4).
func isCounterSignature(s *Signer) error {
	if _, there, _ := s.single(OIDContentType); there {
		return badAttribute("content-type in a counter-signature")
	}
	return nil
}

func badAttribute(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAttributes, format, args...)
}

// verdict judges s over what digest is of, and its counter-signatures. contentType is the rule for that attribute.
func (d *SignedData) verdict(s *Signer, digest func(crypto.Hash) []byte, contentType func(*Signer) error) Verdict {
	v := Verdict{Signer: s}
	v.Algorithms, _ = s.Algorithms() // judge says why where they are not known
	v.State, v.Err = d.judge(&v, digest, contentType)
	for _, counter := range s.CounterSignatures {
		of := func(hash crypto.Hash) []byte { return digestOfBytes(hash, s.Value) }
		v.CounterSignatures = append(v.CounterSignatures, d.verdict(counter, of, isCounterSignature))
	}
	return v
}

// judge fills in who and when, and says whether the signature holds.
func (d *SignedData) judge(v *Verdict, digest func(crypto.Hash) []byte, contentType func(*Signer) error) (State, error) {
	s, with := v.Signer, d.suite()
	var err error
	if v.Certificate, err = d.certificateOf(s); err != nil {
		return Unknown, err
	}
	if v.SigningTime, err = s.signingTime(); err != nil {
		return Fails, err
	}
	a, err := with.digestOf(s.DigestAlgorithm)
	if err != nil {
		return Unknown, err
	}
	by, err := with.verifierOf(s.SignatureAlgorithm, a)
	if err != nil {
		return Unknown, err
	}
	if v.Certificate == nil {
		return Unknown, fault.Errorf(fault.SignatureAttributes, "the signer's certificate is not in the signature, or cannot be read")
	}
	if err := with.accepts(v.Certificate.PublicKey); err != nil {
		return Unknown, unsupported("signer's key: %w", err)
	}
	if err := contentType(s); err != nil {
		return Fails, err
	}
	if err := s.checkProtection(with); err != nil {
		return Fails, err
	}
	content := digest(a.hash)
	if content == nil {
		return Unknown, fault.New(fault.SignatureInvalid, ErrElsewhere)
	}
	signed, err := s.digestSigned(a.hash, content)
	if err != nil {
		return Fails, err
	}
	switch err := by.verify(v.Certificate.PublicKey, signed, s.Value); {
	case err == nil && s.SignedSet == nil:
		return Unknown, badAttribute("no signed attributes: the content itself is signed, and may be the attributes of a signature of something else")
	case err == nil:
		return Holds, nil
	case fault.CodeOf(err) == fault.SignatureAlgorithm:
		return Unknown, err
	case s.inOrder != nil && by.verify(v.Certificate.PublicKey, digestOfBytes(a.hash, s.inOrder), s.Value) == nil:
		return Unknown, badAttribute("%w", ErrOrder)
	default:
		return Fails, fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
}

// digestSigned returns the digest that was signed: of the signed attributes, whose message-digest must be the content's, or where
// there are none of the content (RFC 5652, 5.4).
func (s *Signer) digestSigned(hash crypto.Hash, content []byte) ([]byte, error) {
	if s.SignedSet == nil {
		return content, nil
	}
	var claimed []byte
	value, there, ok := s.single(OIDMessageDigest)
	if !there || !ok || !value.ReadASN1Bytes(&claimed, cbasn1.OCTET_STRING) || !value.Empty() {
		return nil, badAttribute("message-digest is missing, or not one octet string")
	}
	if !bytes.Equal(claimed, content) {
		return nil, fault.New(fault.SignatureInvalid, ErrContent)
	}
	return digestOfBytes(hash, s.SignedSet), nil
}

func digestOfBytes(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// checkProtection compares CMSAlgorithmProtection (RFC 6211, 2), where it is there, with the signer's algorithms. That of an RSA
// signature may be written with the hash in it or without.
func (s *Signer) checkProtection(with suite) error {
	value, there, ok := s.single(oidAlgorithmProtection)
	if !there {
		return nil
	}
	var protection, digest, signature cryptobyte.String
	tag := cbasn1.Tag(1).ContextSpecific().Constructed()
	if !ok || !value.ReadASN1(&protection, cbasn1.SEQUENCE) || !value.Empty() ||
		!protection.ReadASN1Element(&digest, cbasn1.SEQUENCE) || !protection.ReadASN1(&signature, tag) || !protection.Empty() {
		return badAttribute("cms-algorithm-protection is not one signature's")
	}
	a, err := with.digestOf(digest)
	if err != nil {
		return err
	}
	claimed, _, err := readAlgorithm(element(tagSequence, signature))
	if err != nil {
		return err
	}
	announced, _, err := readAlgorithm(s.SignatureAlgorithm)
	if err != nil {
		return err
	}
	isRSA := func(oid asn1.ObjectIdentifier) bool { return oid.Equal(oidRSA) || oid.Equal(a.rsa) }
	if of, err := with.digestOf(s.DigestAlgorithm); err != nil || of.hash != a.hash ||
		!claimed.Equal(announced) && !(isRSA(claimed) && isRSA(announced)) {
		return badAttribute("cms-algorithm-protection is of other algorithms")
	}
	return nil
}

// signingTime returns what the signer claims, or the zero time.
func (s *Signer) signingTime() (t time.Time, err error) {
	value, there, ok := s.single(OIDSigningTime)
	if !there {
		return t, nil
	}
	if ok && (value.PeekASN1Tag(cbasn1.UTCTime) && value.ReadASN1UTCTime(&t) ||
		value.PeekASN1Tag(cbasn1.GeneralizedTime) && readGeneralizedTime(&value, &t)) && value.Empty() {
		return t.UTC(), nil
	}
	return time.Time{}, badAttribute("signing-time is not one time")
}

// readGeneralizedTime drops a fraction of a second, which RFC 5652, 11.3, forbids, and some authorities write.
func readGeneralizedTime(s *cryptobyte.String, t *time.Time) bool {
	var content cryptobyte.String
	if !s.ReadASN1(&content, cbasn1.GeneralizedTime) {
		return false
	}
	text := string(content)
	if whole, fraction, found := strings.Cut(text, "."); found {
		if strings.Trim(fraction, "0123456789") != "Z" || len(fraction) < 2 {
			return false
		}
		text = whole + "Z"
	}
	plain := cryptobyte.String(element(byte(cbasn1.GeneralizedTime), []byte(text)))
	return plain.ReadASN1GeneralizedTime(t)
}

// certificateOf returns the embedded certificate that the signer names, and that signing-certificate or signing-certificate-v2
// binds where they are there. It returns nil where none is named so, and an error where one is named that is not bound, or
// where it cannot be told which of several is meant.
func (d *SignedData) certificateOf(s *Signer) (*x509.Certificate, error) {
	bound, err := s.signingCertificate(d.suite())
	if err != nil {
		return nil, err
	}
	var found *x509.Certificate
	named := false
	for _, c := range d.Certificates {
		if !s.names(c) || found != nil && c.Equal(found) {
			continue
		}
		named = true
		if bound != nil && !bound.names(c) {
			continue
		}
		if found != nil {
			return nil, badAttribute("two embedded certificates with the signer's name")
		}
		found = c
	}
	if named && found == nil {
		return nil, badAttribute("signing-certificate is of another certificate")
	}
	return found, nil
}

// A binding is the certificate that a signing-certificate attribute names first.
type binding struct {
	hash   crypto.Hash
	digest []byte  // of the certificate
	named  *Signer // by issuer and serial number; nil where they are not there
}

func (b *binding) names(c *x509.Certificate) bool {
	return bytes.Equal(digestOfBytes(b.hash, c.Raw), b.digest) && (b.named == nil || b.named.names(c))
}

// signingCertificate reads signing-certificate-v2, or else signing-certificate (RFC 5035, 3 and 5). It returns nil where neither
// attribute is there.
func (s *Signer) signingCertificate(with suite) (*binding, error) {
	value, there, ok := s.single(OIDSigningCertificateV2)
	version2 := there
	if !there {
		value, there, ok = s.single(OIDSigningCertificate)
	}
	if !there {
		return nil, nil
	}
	var signingCertificate, certs, id cryptobyte.String
	if !ok || !value.ReadASN1(&signingCertificate, cbasn1.SEQUENCE) || !value.Empty() ||
		!signingCertificate.ReadASN1(&certs, cbasn1.SEQUENCE) || !certs.ReadASN1(&id, cbasn1.SEQUENCE) {
		return nil, badAttribute("signing-certificate is not one")
	}
	out := &binding{hash: crypto.SHA1} // it names a certificate, and proves nothing
	if version2 {
		out.hash = crypto.SHA256
		var algorithm cryptobyte.String
		if id.PeekASN1Tag(cbasn1.SEQUENCE) && id.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) {
			a, err := with.digestOf(algorithm)
			if err != nil {
				return nil, err
			}
			out.hash = a.hash
		}
	}
	if !id.ReadASN1Bytes(&out.digest, cbasn1.OCTET_STRING) {
		return nil, badAttribute("signing-certificate without a hash")
	}
	var err error
	out.named, err = readIssuerSerial(id)
	return out, err
}

// readIssuerSerial reads IssuerSerial (RFC 5035, 4), where it is there, as what a signer names.
func readIssuerSerial(id cryptobyte.String) (*Signer, error) {
	if id.Empty() {
		return nil, nil
	}
	var issuerSerial, names, issuer cryptobyte.String
	out := Signer{SerialNumber: new(big.Int)}
	if !id.ReadASN1(&issuerSerial, cbasn1.SEQUENCE) || !id.Empty() ||
		!issuerSerial.ReadASN1(&names, cbasn1.SEQUENCE) || !names.ReadASN1(&issuer, tagDirectoryName) || !names.Empty() ||
		len(issuerSerial) > maxSerial+2 || !issuerSerial.ReadASN1Integer(out.SerialNumber) || !issuerSerial.Empty() {
		return nil, badAttribute("issuerSerial of signing-certificate is not one")
	}
	out.Issuer = issuer
	return &out, nil
}

// tagDirectoryName is directoryName of GeneralName (RFC 5280, 4.2.1.6).
const tagDirectoryName = cbasn1.Tag(0xa4)
