package validationtest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func smime(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, number}
}

// Identifiers of attributes.
var (
	OIDPolicy               = smime(15)
	OIDSignatureStamp       = smime(14)
	OIDContentStamp         = smime(20)
	OIDCompleteCertificates = smime(21)
	OIDCompleteRevocations  = smime(22)
	OIDCertificateValues    = smime(23)
	OIDRevocationValues     = smime(24)
	OIDReferencesStampC     = smime(25)
	OIDReferencesStamp      = smime(26)
	OIDArchiveStampV2       = smime(48)
	OIDArchiveStampV3       = asn1.ObjectIdentifier{0, 4, 0, 1733, 2, 4}
	OIDHashIndexV3          = asn1.ObjectIdentifier{0, 4, 0, 19122, 1, 5}
)

// Signature is a CAdES signature that is being made: set or change the parts, then Sign, then add what is unsigned, then take DER.
type Signature struct {
	*World
	Certificate *x509.Certificate
	Key         crypto.Signer
	ContentType asn1.ObjectIdentifier
	Content     []byte
	Detached    bool
	Version     int
	// Signed and Unsigned are attributes in DER.
	Signed, Unsigned [][]byte
	// Value is the signature; Sign sets it.
	Value []byte
	// Certificates and Revocations are the container's.
	Certificates, Revocations [][]byte
	// More are SignerInfos behind this one.
	More [][]byte
	// Unordered has the signed attributes be signed in the order of Signed, where DER has an order of its own.
	Unordered bool
}

// signed is the signed attributes in their order.
func (s *Signature) signed() [][]byte {
	if s.Unordered {
		return s.Signed
	}
	return sorted(s.Signed)
}

// NewSignature is an attached baseline signature of World.Signer over content, with a signing time, not signed yet.
func (w *World) NewSignature(content string) *Signature {
	s := &Signature{World: w, Certificate: w.Signer, Key: w.Key, ContentType: cms.OIDData, Content: []byte(content), Version: 1}
	s.Signed = [][]byte{s.contentTypeAttribute(), s.MessageDigest(s.Content), s.SigningTime(Signed), s.SigningCertificateV2(w.Signer)}
	s.Certificates = [][]byte{w.Signer.Raw, w.CA.Certificate.Raw}
	return s
}

func (s *Signature) contentTypeAttribute() []byte {
	return Attribute(s.T, cms.OIDContentType, encode(s.T, s.ContentType))
}

// MessageDigest is that attribute.
func (s *Signature) MessageDigest(content []byte) []byte {
	digest := sha256.Sum256(content)
	return Attribute(s.T, cms.OIDMessageDigest, encode(s.T, digest[:]))
}

// SigningTime is that attribute.
func (s *Signature) SigningTime(at time.Time) []byte {
	return Attribute(s.T, cms.OIDSigningTime, pkitest.TLV(s.T, 0x17, []byte(at.UTC().Format("060102150405Z"))))
}

// SigningCertificateV2 is that attribute.
func (s *Signature) SigningCertificateV2(c *x509.Certificate) []byte {
	digest := sha256.Sum256(c.Raw)
	id := sequence(s.T, encode(s.T, digest[:]), sequence(s.T, sequence(s.T, pkitest.TLV(s.T, 0xa4, c.RawIssuer)), encode(s.T, c.SerialNumber)))
	return Attribute(s.T, cms.OIDSigningCertificateV2, sequence(s.T, sequence(s.T, id)))
}

// Policy is signature-policy-identifier; an empty uri leaves the qualifier out.
func (s *Signature) Policy(oid asn1.ObjectIdentifier, digest []byte, uri string) []byte {
	parts := [][]byte{encode(s.T, oid), sequence(s.T, sequence(s.T, encode(s.T, oidSHA256)), encode(s.T, digest))}
	if uri != "" {
		parts = append(parts, sequence(s.T, sequence(s.T, encode(s.T, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 5, 1}), pkitest.TLV(s.T, 0x16, []byte(uri)))))
	}
	return Attribute(s.T, OIDPolicy, sequence(s.T, parts...))
}

// Without drops the signed attribute of this type.
func (s *Signature) Without(oid asn1.ObjectIdentifier) *Signature {
	s.Signed = slices.DeleteFunc(s.Signed, func(der []byte) bool {
		a, ok := cms.ReadAttribute(der)
		return ok && a.Type.Equal(oid)
	})
	return s
}

// Sign makes the value over the signed attributes.
func (s *Signature) Sign() *Signature {
	s.T.Helper()
	digest := sha256.Sum256(set(s.T, s.signed()...))
	var err error
	if s.Value, err = s.Key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		s.T.Fatal(err)
	}
	return s
}

// withoutUnsigned are the fields of the SignerInfo but unsigned attributes.
func (s *Signature) withoutUnsigned() [][]byte {
	t := s.T
	algorithm := sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2})) // ECDSA with SHA-256
	return [][]byte{encode(t, 1), sequence(t, s.Certificate.RawIssuer, encode(t, s.Certificate.SerialNumber)), sequence(t, encode(t, oidSHA256)),
		pkitest.TLV(t, 0xa0, s.signed()...), algorithm, encode(t, s.Value)}
}

// SignerInfo is the SignerInfo.
func (s *Signature) SignerInfo() []byte {
	fields := s.withoutUnsigned()
	if len(s.Unsigned) > 0 {
		fields = append(fields, pkitest.TLV(s.T, 0xa1, sorted(s.Unsigned)...))
	}
	return sequence(s.T, fields...)
}

// DER is the whole file.
func (s *Signature) DER() []byte {
	s.T.Helper()
	t := s.T
	encapsulated := [][]byte{encode(t, s.ContentType)}
	if !s.Detached {
		encapsulated = append(encapsulated, pkitest.TLV(t, 0xa0, encode(t, s.Content)))
	}
	fields := [][]byte{encode(t, s.Version), set(t, sequence(t, encode(t, oidSHA256))), sequence(t, encapsulated...), pkitest.TLV(t, 0xa0, s.Certificates...)}
	if len(s.Revocations) > 0 {
		fields = append(fields, pkitest.TLV(t, 0xa1, s.Revocations...))
	}
	fields = append(fields, set(t, append([][]byte{s.SignerInfo()}, s.More...)...))
	return sequence(t, encode(t, cms.OIDSignedData), pkitest.TLV(t, 0xa0, sequence(t, fields...)))
}

// AddOCSP embeds an OCSP answer in the container (RFC 5940).
func (s *Signature) AddOCSP(response []byte) *Signature {
	s.Revocations = append(s.Revocations, pkitest.TLV(s.T, 0xa1, encode(s.T, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}), response))
	return s
}

// AddCRL embeds a list in the container.
func (s *Signature) AddCRL(list []byte) *Signature {
	s.Revocations = append(s.Revocations, list)
	return s
}

// AddSignatureStamp adds a signature time stamp.
func (s *Signature) AddSignatureStamp(at time.Time) *Signature {
	digest := sha256.Sum256(s.Value)
	s.Unsigned = append(s.Unsigned, Attribute(s.T, OIDSignatureStamp, s.Stamp(digest[:], at)))
	return s
}

// AddCounterSignature adds a counter-signature by a certificate that the container gets.
func (s *Signature) AddCounterSignature(c *x509.Certificate, key crypto.Signer) *Signature {
	counter := &Signature{World: s.World, Certificate: c, Key: key}
	counter.Signed = [][]byte{s.MessageDigest(s.Value), s.SigningTime(Signed), s.SigningCertificateV2(c)}
	s.Unsigned = append(s.Unsigned, Attribute(s.T, cms.OIDCounterSignature, counter.Sign().SignerInfo()))
	s.Certificates = append(s.Certificates, c.Raw)
	return s
}

// AddArchiveStamp adds an archive-time-stamp-v3 over all that is there.
func (s *Signature) AddArchiveStamp(at time.Time) *Signature {
	s.T.Helper()
	t := s.T
	digests := func(elements ...[]byte) []byte {
		var list [][]byte
		for _, one := range elements {
			list = append(list, encode(t, sum(crypto.SHA256, one)))
		}
		return sequence(t, list...)
	}
	var attributes [][]byte
	for _, der := range s.Unsigned {
		a, ok := cms.ReadAttribute(der)
		if !ok {
			t.Fatal("an unsigned attribute")
		}
		for _, value := range a.Values {
			attributes = append(attributes, slices.Concat(encode(t, a.Type), value))
		}
	}
	index := sequence(t, digests(s.Certificates...), digests(s.Revocations...), digests(attributes...))
	imprint := sum(crypto.SHA256, append(append([][]byte{encode(t, s.ContentType), sum(crypto.SHA256, s.Content)}, s.withoutUnsigned()...), index)...)
	s.Unsigned = append(s.Unsigned, Attribute(t, OIDArchiveStampV3, s.Stamp(imprint, at, Attribute(t, OIDHashIndexV3, index))))
	return s
}

// AddReferencesStamp adds a CAdES-C-timestamp over the value, its time stamps and the complete references.
func (s *Signature) AddReferencesStamp(at time.Time) *Signature {
	s.T.Helper()
	parts := [][]byte{s.Value}
	for _, oid := range []asn1.ObjectIdentifier{OIDSignatureStamp, OIDCompleteCertificates, OIDCompleteRevocations} {
		for _, der := range sorted(s.Unsigned) {
			if a, ok := cms.ReadAttribute(der); ok && a.Type.Equal(oid) {
				contents, err := cms.ContentsOf(der)
				if err != nil {
					s.T.Fatal(err)
				}
				parts = append(parts, contents)
			}
		}
	}
	s.Unsigned = append(s.Unsigned, Attribute(s.T, OIDReferencesStampC, s.Stamp(sum(crypto.SHA256, parts...), at)))
	return s
}

// AddArchiveStampV2 adds an archive-time-stamp-v2 over all that is there; the unsigned attributes count with their tag, or without.
func (s *Signature) AddArchiveStampV2(at time.Time, withTag bool) *Signature {
	s.T.Helper()
	t := s.T
	encapsulated := [][]byte{encode(t, s.ContentType)}
	parts := [][]byte{}
	if s.Detached {
		parts = append(parts, sequence(t, encapsulated...), s.Content)
	} else {
		parts = append(parts, sequence(t, append(encapsulated, pkitest.TLV(t, 0xa0, encode(t, s.Content)))...))
	}
	parts = append(parts, pkitest.TLV(t, 0xa0, s.Certificates...))
	if len(s.Revocations) > 0 {
		parts = append(parts, pkitest.TLV(t, 0xa1, s.Revocations...))
	}
	parts = append(parts, s.withoutUnsigned()...)
	unsigned := slices.Concat(sorted(s.Unsigned)...)
	if withTag {
		unsigned = pkitest.TLV(t, 0xa1, unsigned)
	}
	imprint := sum(crypto.SHA256, append(parts, unsigned)...)
	s.Unsigned = append(s.Unsigned, Attribute(t, OIDArchiveStampV2, s.Stamp(imprint, at)))
	return s
}

func extension(t testing.TB, oid asn1.ObjectIdentifier, critical bool, value []byte) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: oid, Critical: critical, Value: value}
}
