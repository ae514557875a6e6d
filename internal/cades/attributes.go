package cades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// The two tags of the signed attributes: what is signed is a SET OF, what stands in SignerInfo is
// [0] IMPLICIT (RFC 5652, 5.4).
const (
	tagSet              = 0x31
	tagSignedAttributes = 0xa0
)

// signedAttributes returns the DER SET OF of the attributes for r.
func signedAttributes(r Request, a algorithm) ([]byte, error) {
	signingCertificate, err := signingCertificateV2(r.Certificate, a)
	if err != nil {
		return nil, err
	}
	type attribute struct {
		oid   asn1.ObjectIdentifier
		value func(*cryptobyte.Builder)
	}
	values := []attribute{
		{oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(r.ContentDigest) }},
		{oidSigningCertificateV2, func(b *cryptobyte.Builder) { b.AddBytes(signingCertificate) }},
	}
	if !r.counter {
		values = append(values, attribute{oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) }})
	}
	if !r.InPDF {
		values = append(values, attribute{oidSigningTime, func(b *cryptobyte.Builder) { addTime(b, r.Time) }})
	}
	if r.Policy != nil {
		policy, err := signaturePolicy(r.Policy)
		if err != nil {
			return nil, err
		}
		values = append(values, attribute{oidSignaturePolicy, func(b *cryptobyte.Builder) { b.AddBytes(policy) }})
	}
	var set [][]byte
	for _, v := range values {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(v.oid)
			b.AddASN1(cbasn1.SET, v.value)
		})
		der, err := b.Bytes()
		if err != nil {
			return nil, fmt.Errorf("signed attribute %v: %w", v.oid, err)
		}
		set = append(set, der)
	}
	slices.SortFunc(set, bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(set, nil)) })
	return b.Bytes()
}

// addTime writes a Time: UTCTime until 2049, GeneralizedTime from 2050, in whole seconds (RFC 5652, 11.3).
func addTime(b *cryptobyte.Builder, t time.Time) {
	t = t.UTC().Truncate(time.Second)
	if t.Year() < 2050 {
		b.AddASN1UTCTime(t)
		return
	}
	b.AddASN1GeneralizedTime(t)
}

// signingCertificateV2 writes SigningCertificateV2 with one ESSCertIDv2 and its issuerSerial (RFC 5035, 3
// and 4). hashAlgorithm has the default SHA-256, which DER leaves out.
func signingCertificateV2(c *x509.Certificate, a algorithm) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				if a.hash != crypto.SHA256 {
					addDigestAlgorithm(b, a)
				}
				b.AddASN1OctetString(sum(a.hash, c.Raw))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(tagDirectoryName, func(b *cryptobyte.Builder) { b.AddBytes(c.RawIssuer) })
					})
					b.AddASN1BigInt(c.SerialNumber)
				})
			})
		})
	})
	return b.Bytes()
}

// tagDirectoryName is directoryName of GeneralName (RFC 5280, 4.2.1.6).
const tagDirectoryName = cbasn1.Tag(0xa4)

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// attributes are the signed attributes that count, as read.
type attributes struct {
	messageDigest []byte
	signingTime   time.Time
	// certificate is the SigningCertificateV2 value, unread.
	certificate cryptobyte.String
	// policy is nil where the attribute is absent.
	policy *ades.Policy
	// protection is the CMSAlgorithmProtection value, unread; nil where the attribute is absent.
	protection cryptobyte.String
}

// badAttribute returns an error with fault.SignatureAttributes.
func badAttribute(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAttributes, format, args...)
}

// readableAttributes are those whose meaning this package knows. An attribute that it does not know may narrow what was
// signed, and may be one for which another reader refuses the signature.
var readableAttributes = []asn1.ObjectIdentifier{
	oidContentType, oidMessageDigest, oidSigningTime, oidSigningCertificateV2, oidSignaturePolicy, oidCapabilities, oidAlgorithmProtection,
}

// readAttributes reads the content of the signed attributes' SET OF. The set must be in DER order. The
// signature is verified over the bytes as received; another order would leave room to argue that other bytes were signed.
func readAttributes(set cryptobyte.String, rules Rules) (*attributes, error) {
	found, err := splitAttributes(set)
	if err != nil {
		return nil, err
	}
	for oid := range found {
		known := slices.ContainsFunc(readableAttributes, func(a asn1.ObjectIdentifier) bool { return a.String() == oid })
		if !known {
			return nil, badAttribute("attribute %s is not one of this profile", oid)
		}
	}
	if err := checkContentType(found, rules); err != nil {
		return nil, err
	}
	messageDigest, err := single(found, oidMessageDigest)
	if err != nil {
		return nil, err
	}
	var out attributes
	if !messageDigest.ReadASN1Bytes(&out.messageDigest, cbasn1.OCTET_STRING) || !messageDigest.Empty() {
		return nil, badAttribute("message-digest is not an octet string")
	}
	out.signingTime, err = readSigningTime(found, rules)
	if err != nil {
		return nil, err
	}
	out.certificate, err = single(found, oidSigningCertificateV2)
	if err != nil {
		return nil, err
	}
	out.policy, err = readPolicy(found, rules)
	if err != nil {
		return nil, err
	}
	err = out.readOptional(found)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// checkContentType reads content-type, which a counter-signature must not have.
func checkContentType(found map[string]cryptobyte.String, rules Rules) error {
	if rules.counter {
		if _, ok := found[oidContentType.String()]; ok {
			return badAttribute("content-type in a counter-signature")
		}
		return nil
	}
	contentType, err := single(found, oidContentType)
	if err != nil {
		return err
	}
	var oid asn1.ObjectIdentifier
	if !contentType.ReadASN1ObjectIdentifier(&oid) || !contentType.Empty() || !oid.Equal(oidData) {
		return badAttribute("content-type is not id-data")
	}
	return nil
}

// readSigningTime reads signing-time, which a file of its own must have and a PDF's signature must not.
func readSigningTime(found map[string]cryptobyte.String, rules Rules) (time.Time, error) {
	if rules.InPDF {
		if _, ok := found[oidSigningTime.String()]; ok {
			return time.Time{}, badAttribute("signing-time in a PDF's signature")
		}
		return time.Time{}, nil
	}
	value, err := single(found, oidSigningTime)
	if err != nil {
		return time.Time{}, err
	}
	return readTime(value)
}

// readOptional reads the attributes that may be absent.
func (out *attributes) readOptional(found map[string]cryptobyte.String) error {
	if _, ok := found[oidCapabilities.String()]; ok {
		capabilities, err := single(found, oidCapabilities)
		if err != nil {
			return err
		}
		if !capabilities.SkipASN1(cbasn1.SEQUENCE) {
			return badAttribute("S/MIME capabilities are not a sequence")
		}
	}
	if _, ok := found[oidAlgorithmProtection.String()]; ok {
		protection, err := single(found, oidAlgorithmProtection)
		if err != nil {
			return err
		}
		out.protection = protection
	}
	return nil
}

// checkProtection compares CMSAlgorithmProtection (RFC 6211, 2) with the two algorithms as SignerInfo writes them. Where
// they differ, the signer meant others, and a reader that knows the attribute refuses.
func checkProtection(value, digestAlgorithm, signatureAlgorithm cryptobyte.String) error {
	if value == nil {
		return nil
	}
	var signature cryptobyte.String
	if !signatureAlgorithm.ReadASN1(&signature, cbasn1.SEQUENCE) {
		return malformed("signature algorithm")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(digestAlgorithm)
		b.AddASN1(cbasn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(signature) })
	})
	if !bytes.Equal(value, b.BytesOrPanic()) {
		return badAttribute("cms-algorithm-protection is of other algorithms")
	}
	return nil
}

// splitAttributes returns the SET OF values of each attribute by its type.
func splitAttributes(set cryptobyte.String) (map[string]cryptobyte.String, error) {
	found := make(map[string]cryptobyte.String)
	var previous []byte
	for !set.Empty() {
		var element, attribute, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !set.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			return nil, malformed("signed attribute")
		}
		if bytes.Compare(previous, element) >= 0 {
			return nil, badAttribute("signed attributes are not in DER order")
		}
		previous = element
		if !element.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&oid) ||
			!attribute.ReadASN1(&values, cbasn1.SET) || !attribute.Empty() {
			return nil, malformed("signed attribute")
		}
		if _, ok := found[oid.String()]; ok {
			return nil, badAttribute("attribute %v appears twice", oid)
		}
		if len(found) == maxAttributes {
			return nil, malformed("more than %d signed attributes", maxAttributes)
		}
		found[oid.String()] = values
	}
	return found, nil
}

// single returns the one value of an attribute that must be there with exactly one.
func single(found map[string]cryptobyte.String, oid asn1.ObjectIdentifier) (cryptobyte.String, error) {
	values, ok := found[oid.String()]
	if !ok {
		return nil, badAttribute("attribute %v is missing", oid)
	}
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !values.ReadAnyASN1Element(&value, &tag) || !values.Empty() {
		return nil, badAttribute("attribute %v does not have exactly one value", oid)
	}
	return value, nil
}

// readTime reads a Time as addTime writes it, and no other form.
func readTime(value cryptobyte.String) (time.Time, error) {
	var text cryptobyte.String
	var tag cbasn1.Tag
	if !value.ReadAnyASN1(&text, &tag) || !value.Empty() {
		return time.Time{}, badAttribute("signing-time is not a time")
	}
	layout := map[cbasn1.Tag]string{cbasn1.UTCTime: "060102150405Z", cbasn1.GeneralizedTime: "20060102150405Z"}[tag]
	t, err := time.Parse(layout, string(text))
	if layout == "" || err != nil || t.Format(layout) != string(text) {
		return time.Time{}, badAttribute("signing-time is not a time in whole seconds of UTC")
	}
	// UTCTime's two digits mean 1950 to 2049 (RFC 5652, 11.3); time.Parse puts 50 to 68 a century later.
	if tag == cbasn1.UTCTime && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	if tag == cbasn1.GeneralizedTime && t.Year() < 2050 {
		return time.Time{}, badAttribute("signing-time before 2050 is not a UTCTime")
	}
	return t, nil
}

// checkCertificate compares SigningCertificateV2 with the certificate that verifies the signature. Exactly
// one ESSCertIDv2 and no policies are accepted: further ones would narrow the path (RFC 5035, 3), and a
// limit that is not enforced must not be passed over. issuerSerial may be absent (EN 319 122-1, 5.2.2.3),
// the hash says the same.
func checkCertificate(value cryptobyte.String, c *x509.Certificate) error {
	var signingCertificate, certs, id cryptobyte.String
	if !value.ReadASN1(&signingCertificate, cbasn1.SEQUENCE) || !value.Empty() ||
		!signingCertificate.ReadASN1(&certs, cbasn1.SEQUENCE) || !certs.ReadASN1(&id, cbasn1.SEQUENCE) {
		return badAttribute("signing-certificate-v2 is not one")
	}
	if !certs.Empty() || !signingCertificate.Empty() {
		return badAttribute("signing-certificate-v2 has more than one certificate, or policies")
	}
	hash := crypto.SHA256
	if id.PeekASN1Tag(cbasn1.SEQUENCE) {
		a, err := readDigestAlgorithm(&id)
		if err != nil {
			return err
		}
		if a.hash == crypto.SHA256 {
			return badAttribute("signing-certificate-v2 writes out its default hash")
		}
		hash = a.hash
	}
	var certHash []byte
	if !id.ReadASN1Bytes(&certHash, cbasn1.OCTET_STRING) || !bytes.Equal(certHash, sum(hash, c.Raw)) {
		return badAttribute("signing-certificate-v2 is of another certificate")
	}
	if id.Empty() {
		return nil
	}
	var issuerSerial, issuer, name cryptobyte.String
	serial := new(big.Int)
	if !id.ReadASN1(&issuerSerial, cbasn1.SEQUENCE) || !id.Empty() ||
		!issuerSerial.ReadASN1(&issuer, cbasn1.SEQUENCE) || !issuer.ReadASN1(&name, tagDirectoryName) || !issuer.Empty() ||
		!issuerSerial.ReadASN1Integer(serial) || !issuerSerial.Empty() {
		return badAttribute("issuerSerial of signing-certificate-v2 is not one")
	}
	if !bytes.Equal(name, c.RawIssuer) || serial.Cmp(c.SerialNumber) != 0 {
		return badAttribute("issuerSerial of signing-certificate-v2 is of another certificate")
	}
	return nil
}
