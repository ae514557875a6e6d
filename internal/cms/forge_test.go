package cms_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// encode writes DER of encoding/asn1's.
func encode(t testing.TB, value any) []byte {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var (
	oidSHA256   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidECDSA    = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
)

// forge signs these attributes, each in DER, over content, in the order of DER.
func (p *person) forge(t testing.TB, attributes ...[]byte) []byte {
	return p.forgeWith(t, nil, attributes...)
}

// forgeWith is forge with an unsigned attribute.
func (p *person) forgeWith(t testing.TB, unsigned []byte, attributes ...[]byte) []byte {
	t.Helper()
	slices.SortFunc(attributes, slices.Compare)
	return p.forgeInOrder(t, unsigned, attributes...)
}

// forgeInOrder is forgeWith in the order that is given.
func (p *person) forgeInOrder(t testing.TB, unsigned []byte, attributes ...[]byte) []byte {
	t.Helper()
	set := func(parts ...[]byte) []byte { return pkitest.TLV(t, 0x31, parts...) }
	hash := sha256.Sum256(set(attributes...))
	value, err := p.key.Sign(rand.Reader, hash[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	sequence := func(parts ...[]byte) []byte { return pkitest.TLV(t, 0x30, parts...) }
	signer := sequence(encode(t, 1), sequence(p.certificate.RawIssuer, encode(t, p.certificate.SerialNumber)),
		sequence(encode(t, oidSHA256)), pkitest.TLV(t, 0xa0, attributes...), sequence(encode(t, oidECDSA)), encode(t, value))
	if unsigned != nil {
		signer = sequence(signer[2+int(signer[1]&0x7f):], pkitest.TLV(t, 0xa1, unsigned)) // the header has a long length
	}
	return sequence(encode(t, cms.OIDSignedData), pkitest.TLV(t, 0xa0, sequence(encode(t, 1), set(sequence(encode(t, oidSHA256))),
		sequence(encode(t, cms.OIDData)), pkitest.TLV(t, 0xa0, p.certificate.Raw, p.root.Certificate.Raw), set(signer))))
}

func TestSignedAttributes(t *testing.T) {
	p := newPerson(t, "P-256")
	attribute := func(oid asn1.ObjectIdentifier, values ...[]byte) []byte {
		return pkitest.TLV(t, 0x30, encode(t, oid), pkitest.TLV(t, 0x31, values...))
	}
	sequence := func(parts ...[]byte) []byte { return pkitest.TLV(t, 0x30, parts...) }
	digest, certificate := sha256.Sum256(content), sha256.Sum256(p.certificate.Raw)
	contentType := attribute(cms.OIDContentType, encode(t, cms.OIDData))
	messageDigest := attribute(cms.OIDMessageDigest, encode(t, digest[:]))
	utc := func(text string) []byte { return pkitest.TLV(t, 0x17, []byte(text)) }
	generalized := func(text string) []byte { return pkitest.TLV(t, 0x18, []byte(text)) }
	issuerSerial := func(issuer []byte, serial *big.Int) []byte {
		return sequence(sequence(pkitest.TLV(t, 0xa4, issuer)), encode(t, serial))
	}
	right := p.certificate.SerialNumber
	id := func(parts ...[]byte) []byte { return sequence(sequence(sequence(parts...))) }
	version2 := func(value ...[]byte) []byte { return attribute(cms.OIDSigningCertificateV2, value...) }
	old, oldOfAnother := sha1.Sum(p.certificate.Raw), sha1.Sum(p.root.Certificate.Raw)
	protection := func(digest, signature asn1.ObjectIdentifier) []byte {
		return attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52}, sequence(sequence(encode(t, digest)), pkitest.TLV(t, 0xa1, encode(t, signature))))
	}
	const holds, fails, unknown = cms.Holds, cms.Fails, cms.Unknown
	for _, test := range []struct {
		name       string
		attributes [][]byte
		state      cms.State
		code       fault.Code
	}{
		{"the least", [][]byte{contentType, messageDigest}, holds, ""},
		{"no content-type", [][]byte{messageDigest}, fails, fault.SignatureAttributes},
		{"content-type of another", [][]byte{attribute(cms.OIDContentType, encode(t, cms.OIDSignedData)), messageDigest}, fails, fault.SignatureAttributes},
		{"content-type twice", [][]byte{contentType, contentType, messageDigest}, fails, fault.SignatureAttributes},
		{"no message-digest", [][]byte{contentType}, fails, fault.SignatureAttributes},
		{"two message-digests", [][]byte{contentType, messageDigest, attribute(cms.OIDMessageDigest, encode(t, make([]byte, 32)))}, fails, fault.SignatureAttributes},
		{"message-digest of two values", [][]byte{contentType, attribute(cms.OIDMessageDigest, encode(t, digest[:]), encode(t, digest[:]))}, fails, fault.SignatureAttributes},
		{"message-digest of another content", [][]byte{contentType, attribute(cms.OIDMessageDigest, encode(t, make([]byte, 32)))}, fails, fault.SignatureInvalid},
		{"unknown attribute", [][]byte{contentType, messageDigest, attribute(asn1.ObjectIdentifier{1, 2, 3}, encode(t, 1))}, holds, ""},

		{"signing-time", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, utc("261130000000Z"))}, holds, ""},
		{"signing-time of milliseconds", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, generalized("20140627113634.006Z"))}, holds, ""},
		{"signing-time of a point", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, generalized("20140627113634.Z"))}, fails, fault.SignatureAttributes},
		{"signing-time of letters", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, generalized("20140627113634.0a6Z"))}, fails, fault.SignatureAttributes},
		{"signing-time twice", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, utc("261130000000Z")), attribute(cms.OIDSigningTime, utc("261130000001Z"))}, fails, fault.SignatureAttributes},
		{"signing-time that is none", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningTime, utc("today"))}, fails, fault.SignatureAttributes},

		{"signing-certificate-v2", [][]byte{contentType, messageDigest, version2(id(encode(t, certificate[:])))}, holds, ""},
		{"with the hash written out", [][]byte{contentType, messageDigest, version2(id(sequence(encode(t, oidSHA256)), encode(t, certificate[:])))}, holds, ""},
		{"with issuer and serial number", [][]byte{contentType, messageDigest, version2(id(encode(t, certificate[:]), issuerSerial(p.certificate.RawIssuer, right)))}, holds, ""},
		{"with another serial number", [][]byte{contentType, messageDigest, version2(id(encode(t, certificate[:]), issuerSerial(p.certificate.RawIssuer, big.NewInt(7))))}, unknown, fault.SignatureAttributes},
		{"with another issuer", [][]byte{contentType, messageDigest, version2(id(encode(t, certificate[:]), issuerSerial(p.certificate.RawSubject, right)))}, unknown, fault.SignatureAttributes},
		{"of another certificate", [][]byte{contentType, messageDigest, version2(id(encode(t, digest[:])))}, unknown, fault.SignatureAttributes},
		{"that is none", [][]byte{contentType, messageDigest, version2(encode(t, 1))}, unknown, fault.SignatureAttributes},
		{"twice", [][]byte{contentType, messageDigest, version2(id(encode(t, certificate[:]))), version2(id(encode(t, digest[:])))}, unknown, fault.SignatureAttributes},
		{"signing-certificate", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningCertificate, id(encode(t, old[:])))}, holds, ""},
		{"signing-certificate of another", [][]byte{contentType, messageDigest, attribute(cms.OIDSigningCertificate, id(encode(t, oldOfAnother[:])))}, unknown, fault.SignatureAttributes},

		{"algorithm protection", [][]byte{contentType, messageDigest, protection(oidSHA256, oidECDSA)}, holds, ""},
		{"of another digest", [][]byte{contentType, messageDigest, protection(oidSHA384, oidECDSA)}, fails, fault.SignatureAttributes},
		{"of another signature", [][]byte{contentType, messageDigest, protection(oidSHA256, oidECDSA384)}, fails, fault.SignatureAttributes},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := verdicts(t, p.forge(t, test.attributes...), content)[0]
			if v.State != test.state || v.Err != nil && fault.CodeOf(v.Err) != test.code {
				t.Errorf("state %d, %v; want %d, %s", v.State, v.Err, test.state, test.code)
			}
		})
	}
}

// TestSignedInOrder has attributes in another order than that of DER, signed as they stand there: openssl verifies that, EU DSS does not.
func TestSignedInOrder(t *testing.T) {
	p := newPerson(t, "P-256")
	attribute := func(oid asn1.ObjectIdentifier, value []byte) []byte {
		return pkitest.TLV(t, 0x30, encode(t, oid), pkitest.TLV(t, 0x31, value))
	}
	digest := sha256.Sum256(content)
	attributes := [][]byte{attribute(cms.OIDMessageDigest, encode(t, digest[:])), attribute(cms.OIDContentType, encode(t, cms.OIDData))}
	v := verdicts(t, p.forgeInOrder(t, nil, attributes...), content)[0]
	if v.State != cms.Unknown || fault.CodeOf(v.Err) != fault.SignatureAttributes {
		t.Errorf("state %d, %v", v.State, v.Err)
	}
}

// TestNoSuchKey has a signature that another key made with the signer's name.
func TestNoSuchKey(t *testing.T) {
	p := newPerson(t, "P-256")
	p.key = pkitest.Key(t, "P-256 other")
	digest := sha256.Sum256(content)
	file := p.forge(t, pkitest.TLV(t, 0x30, encode(t, cms.OIDContentType), pkitest.TLV(t, 0x31, encode(t, cms.OIDData))),
		pkitest.TLV(t, 0x30, encode(t, cms.OIDMessageDigest), pkitest.TLV(t, 0x31, encode(t, digest[:]))))
	if v := verdicts(t, file, content)[0]; v.State != cms.Fails || fault.CodeOf(v.Err) != fault.SignatureInvalid {
		t.Errorf("state %d, %v", v.State, v.Err)
	}
}

// TestArchiveTimeStamps checks that nothing is added to a file whose archive time stamp covers all certificates as they are.
func TestArchiveTimeStamps(t *testing.T) {
	p := newPerson(t, "P-256")
	for last, refused := range map[int]bool{27: true, 48: true, 14: false} { // archive time stamps of two kinds, signature time stamp
		oid := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, last}
		file := p.forgeWith(t, pkitest.TLV(t, 0x30, encode(t, oid), pkitest.TLV(t, 0x31, encode(t, 1))),
			pkitest.TLV(t, 0x30, encode(t, cms.OIDContentType), pkitest.TLV(t, 0x31, encode(t, cms.OIDData))))
		d := read(t, file)
		_, err := d.Append(0, cms.Addition{SignerInfo: d.Signers[0].Raw, DigestAlgorithm: d.DigestAlgorithms[0]})
		if refused != (fault.CodeOf(err) == fault.Unsupported) || !refused && err != nil {
			t.Errorf("attribute %d: %v", last, err)
		}
	}
}
