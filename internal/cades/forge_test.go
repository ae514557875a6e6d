package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"
)

// forgery is a signature taken to pieces. Each piece is an encoding that a test may change before the
// whole is signed anew, so that a refusal is due to the change and not to a broken signature.
type forgery struct {
	p    *person
	hash crypto.Hash

	outer            []byte // contentType of ContentInfo
	version          []byte
	digestAlgorithms []byte // elements of the SET
	encapsulated     []byte // what the SEQUENCE holds
	certificates     [][]byte
	crls             []byte
	signerVersion    []byte
	signerID         []byte
	digestAlgorithm  []byte
	attributes       map[string][]byte // by name, for the tests to change
	more             [][]byte          // further attributes
	order            func([][]byte)    // nil: DER order
	noAttributes     bool
	signatureAlg     []byte
	signature        []byte // nil: made with the key
	unsigned         []byte
	moreSignerInfos  []byte
	moreSignedData   []byte
	tail             []byte // after the whole
}

// tlv writes one DER element.
func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	n := len(content)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	case n < 0x10000:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
	return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}

func must(der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return der
}

func oid(n ...int) []byte          { return must(asn1.Marshal(asn1.ObjectIdentifier(n))) }
func integer(n *big.Int) []byte    { return must(asn1.Marshal(n)) }
func sequence(p ...[]byte) []byte  { return tlv(0x30, p...) }
func set(p ...[]byte) []byte       { return tlv(0x31, p...) }
func octets(b []byte) []byte       { return tlv(0x04, b) }
func attribute(p ...[]byte) []byte { return sequence(p[0], set(p[1:]...)) }

var (
	null         = []byte{5, 0}
	oidData      = oid(1, 2, 840, 113549, 1, 7, 1)
	oidSHA1      = oid(1, 3, 14, 3, 2, 26)
	oidSHA256    = oid(2, 16, 840, 1, 101, 3, 4, 2, 1)
	oidSHA384    = oid(2, 16, 840, 1, 101, 3, 4, 2, 2)
	oidSHA512    = oid(2, 16, 840, 1, 101, 3, 4, 2, 3)
	oidSHA3      = oid(2, 16, 840, 1, 101, 3, 4, 2, 8)
	oidRSA       = oid(1, 2, 840, 113549, 1, 1, 1)
	oidSHA256RSA = oid(1, 2, 840, 113549, 1, 1, 11)
	oidPSS       = oid(1, 2, 840, 113549, 1, 1, 10)
	oidECDSA256  = oid(1, 2, 840, 10045, 4, 3, 2)
	oidECDSA384  = oid(1, 2, 840, 10045, 4, 3, 3)
	oidECDSASHA1 = oid(1, 2, 840, 10045, 4, 1)
	oidCounter   = oid(1, 2, 840, 113549, 1, 9, 6)

	attrContentType   = oid(1, 2, 840, 113549, 1, 9, 3)
	attrDigest        = oid(1, 2, 840, 113549, 1, 9, 4)
	attrTime          = oid(1, 2, 840, 113549, 1, 9, 5)
	attrCertificateV1 = oid(1, 2, 840, 113549, 1, 9, 16, 2, 12)
	attrCertificate   = oid(1, 2, 840, 113549, 1, 9, 16, 2, 47)
	attrPolicy        = oid(1, 2, 840, 113549, 1, 9, 16, 2, 15)
	attrHints         = oid(1, 2, 840, 113549, 1, 9, 16, 2, 4)
)

func issuerSerial(issuer []byte, serial *big.Int) []byte {
	return sequence(sequence(tlv(0xa4, issuer)), integer(serial))
}

func (f *forgery) sum(data []byte) []byte { return digest(f.hash, data) }

// newForgery returns an untouched signature by p over content with SHA-256.
func newForgery(p *person) *forgery {
	f := forgery{
		p: p, hash: crypto.SHA256,
		outer:            oid(1, 2, 840, 113549, 1, 7, 2),
		version:          integer(big.NewInt(1)),
		digestAlgorithms: sequence(oidSHA256),
		encapsulated:     oidData,
		certificates:     [][]byte{p.certificate.Raw, p.sub.Certificate.Raw},
		signerVersion:    integer(big.NewInt(1)),
		signerID:         sequence(p.certificate.RawIssuer, integer(p.certificate.SerialNumber)),
		digestAlgorithm:  sequence(oidSHA256),
		signatureAlg:     sequence(oidECDSA256),
	}
	f.attributes = map[string][]byte{
		"content-type":           attribute(attrContentType, oidData),
		"message-digest":         attribute(attrDigest, octets(f.sum(content))),
		"signing-time":           attribute(attrTime, tlv(0x17, []byte(time.Now().UTC().Format("060102150405Z")))),
		"signing-certificate-v2": attribute(attrCertificate, f.signingCertificate()),
	}
	return &f
}

// signingCertificate returns a right SigningCertificateV2; what follows is added to its ESSCertIDv2.
func (f *forgery) signingCertificate(more ...[]byte) []byte {
	c := f.p.certificate
	id := [][]byte{octets(digest(crypto.SHA256, c.Raw)), issuerSerial(c.RawIssuer, c.SerialNumber)}
	return sequence(sequence(sequence(append(id, more...)...)))
}

// der puts the pieces together and signs.
func (f *forgery) der(t testing.TB) []byte {
	t.Helper()
	elements := slices.Clone(f.more)
	for _, a := range f.attributes {
		elements = append(elements, a)
	}
	slices.SortFunc(elements, bytes.Compare)
	if f.order != nil {
		f.order(elements)
	}
	signature := f.signature
	if signature == nil {
		signed := f.sum(set(elements...))
		if f.noAttributes {
			signed = f.sum(content)
		}
		var err error
		signature, err = f.p.key.Sign(rand.Reader, signed, f.hash)
		if err != nil {
			t.Fatal(err)
		}
	}
	attributes := tlv(0xa0, elements...)
	if f.noAttributes {
		attributes = nil
	}
	signerInfo := sequence(f.signerVersion, f.signerID, f.digestAlgorithm, attributes, f.signatureAlg, octets(signature), f.unsigned)
	var certificates []byte
	if f.certificates != nil {
		certificates = tlv(0xa0, f.certificates...)
	}
	signedData := sequence(f.version, set(f.digestAlgorithms), sequence(f.encapsulated), certificates, f.crls, set(signerInfo, f.moreSignerInfos), f.moreSignedData)
	return append(sequence(f.outer, tlv(0xa0, signedData)), f.tail...)
}
