// Package validationtest makes a small world for tests of validation: an authority with a CA below it, a signer, a time-stamp
// authority, and CAdES signatures with all that may be added to them, at times of the test's choice. It is not for production.
package validationtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// Signed is when signatures are made unless a test says otherwise. The signer's certificate lasts until the end of 2026, that of the
// CA until the end of 2029, those of the root and of the time-stamp authority for longer.
var Signed = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// Day returns midnight of a day in UTC.
func Day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// World is everybody there is.
type World struct {
	T        testing.TB
	Root, CA *pkitest.Authority
	Signer   *x509.Certificate
	Key      crypto.Signer
	TSA      *x509.Certificate
	TSAKey   crypto.Signer
	// SHA1 has authorities with an RSA key sign their lists with SHA-1.
	SHA1       bool
	crlNumbers int64
}

// Between is an edit that sets a certificate's time.
func Between(from, until time.Time) pkitest.Edit {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, until }
}

// New makes a world; edits are for the signer's certificate.
func New(t testing.TB, edits ...pkitest.Edit) *World {
	t.Helper()
	w := &World{T: t, Key: pkitest.Key(t, "P-256 validation"), TSAKey: pkitest.Key(t, "P-256 time stamps")}
	w.Root = pkitest.Root(t, "Doğrulama Kök", Between(Day(2015, 1, 1), Day(2050, 1, 1)))
	w.CA = w.Root.Sub(t, "Doğrulama Alt Kök", Between(Day(2018, 1, 1), Day(2030, 1, 1)))
	w.Signer = w.CA.Issue(t, w.Key.Public(), append([]pkitest.Edit{Between(Day(2023, 1, 1), Day(2027, 1, 1))}, edits...)...)
	w.TSA = w.NewTSA(w.Root, Between(Day(2020, 1, 1), Day(2040, 1, 1)))
	return w
}

// NewTSA issues a certificate for time stamps.
func (w *World) NewTSA(by *pkitest.Authority, edits ...pkitest.Edit) *x509.Certificate {
	purpose := func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.SerialNumber = "Zaman Damgası", ""
		c.ExtraExtensions = append(c.ExtraExtensions[:0], extension(w.T, asn1.ObjectIdentifier{2, 5, 29, 37}, true,
			sequence(w.T, encode(w.T, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}))))
	}
	return by.Issue(w.T, w.TSAKey.Public(), append([]pkitest.Edit{purpose}, edits...)...)
}

// RSARoot makes a self-signed authority with an RSA key and SHA-256, where all others here have P-384 and SHA-384.
func (w *World) RSARoot(name string, edits ...pkitest.Edit) *pkitest.Authority {
	w.T.Helper()
	a := &pkitest.Authority{Key: pkitest.Key(w.T, "RSA-3072")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: Day(2015, 1, 1), NotAfter: Day(2050, 1, 1),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true,
	}
	for _, edit := range edits {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.Key.Public(), a.Key)
	if err != nil {
		w.T.Fatal(err)
	}
	if a.Certificate, err = x509.ParseCertificate(der); err != nil {
		w.T.Fatal(err)
	}
	return a
}

// NotKnown is the Reason of an answer that does not know the certificate.
const NotKnown = -1

// Revocation is an entry of a list, or the status in an answer.
type Revocation struct {
	Certificate *x509.Certificate
	At          time.Time
	Reason      int
}

// CRL makes a list of an authority, made at a time and fresh for a time.
func (w *World) CRL(by *pkitest.Authority, at time.Time, fresh time.Duration, entries ...Revocation) []byte {
	w.T.Helper()
	w.crlNumbers++
	template := &x509.RevocationList{Number: big.NewInt(w.crlNumbers), ThisUpdate: at, NextUpdate: at.Add(fresh)}
	if _, isRSA := by.Key.(*rsa.PrivateKey); isRSA && w.SHA1 {
		template.SignatureAlgorithm = x509.SHA1WithRSA
	}
	for _, e := range entries {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: e.Certificate.SerialNumber, RevocationTime: e.At, ReasonCode: e.Reason})
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, by.Certificate, by.Key)
	if err != nil {
		w.T.Fatal(err)
	}
	return der
}

// OCSP makes an answer of the authority itself on a certificate that it has issued.
func (w *World) OCSP(by *pkitest.Authority, about *x509.Certificate, at time.Time, fresh time.Duration, revoked ...Revocation) []byte {
	w.T.Helper()
	return w.answer(by, by, nil, about, at, fresh, revoked...)
}

// DelegatedOCSP makes an answer of a responder that the authority has certified until a time.
func (w *World) DelegatedOCSP(by *pkitest.Authority, until time.Time, about *x509.Certificate, at time.Time, fresh time.Duration) []byte {
	w.T.Helper()
	responder := &pkitest.Authority{Key: pkitest.Key(w.T, "P-384 responder")}
	responder.Certificate = by.Issue(w.T, responder.Key.Public(), Between(Day(2020, 1, 1), until), func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.SerialNumber, c.ExtraExtensions = "ÇiSDuP", "", nil
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	})
	return w.answer(by, responder, responder.Certificate.Raw, about, at, fresh)
}

func (w *World) answer(issuer, by *pkitest.Authority, certificate []byte, about *x509.Certificate, at time.Time, fresh time.Duration, revoked ...Revocation) []byte {
	w.T.Helper()
	t := w.T
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.Certificate.RawSubjectPublicKeyInfo, &spki); err != nil {
		t.Fatal(err)
	}
	name, key := sha1.Sum(about.RawIssuer), sha1.Sum(spki.Key.Bytes)
	id := sequence(t, sequence(t, encode(t, asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}), []byte{5, 0}),
		encode(t, name[:]), encode(t, key[:]), encode(t, about.SerialNumber))
	status := []byte{0x80, 0}
	for _, r := range revoked {
		if r.Reason == NotKnown {
			status = []byte{0x82, 0}
			continue
		}
		status = pkitest.TLV(t, 0xa1, generalized(t, r.At), pkitest.TLV(t, 0xa0, []byte{10, 1, byte(r.Reason)}))
	}
	single := sequence(t, id, status, generalized(t, at), pkitest.TLV(t, 0xa0, generalized(t, at.Add(fresh))))
	data := sequence(t, pkitest.TLV(t, 0xa1, by.Certificate.RawSubject), generalized(t, at), sequence(t, single))
	digest := sum(crypto.SHA384, data)
	signature, err := by.Key.Sign(rand.Reader, digest, crypto.SHA384)
	if err != nil {
		t.Fatal(err)
	}
	parts := [][]byte{data, sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3})),
		encode(t, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)})}
	if certificate != nil {
		parts = append(parts, pkitest.TLV(t, 0xa0, sequence(t, certificate)))
	}
	return cms.OCSPResponse(sequence(t, parts...))
}

// RevocationValues is an attribute with lists and answers, as CAdES-X-Long has it; whole has the answers stand there as OCSPResponse.
func (w *World) RevocationValues(crls, ocsps [][]byte, whole bool) []byte {
	w.T.Helper()
	t := w.T
	var answers [][]byte
	for _, der := range ocsps {
		var response struct {
			Status asn1.Enumerated
			Bytes  struct {
				Type  asn1.ObjectIdentifier
				Basic []byte
			} `asn1:"explicit,tag:0"`
		}
		if _, err := asn1.Unmarshal(der, &response); err != nil {
			t.Fatal(err)
		}
		if !whole {
			der = response.Bytes.Basic
		}
		answers = append(answers, der)
	}
	return Attribute(t, OIDRevocationValues, sequence(t, pkitest.TLV(t, 0xa0, sequence(t, crls...)), pkitest.TLV(t, 0xa1, sequence(t, answers...))))
}

// CertificateValues is an attribute with certificates.
func (w *World) CertificateValues(certificates ...*x509.Certificate) []byte {
	var list [][]byte
	for _, c := range certificates {
		list = append(list, c.Raw)
	}
	return Attribute(w.T, OIDCertificateValues, sequence(w.T, list...))
}

// Stamp makes a token of the time-stamp authority over a digest by SHA-256, SHA-384 or SHA-512, whichever has its length.
func (w *World) Stamp(digest []byte, at time.Time, unsigned ...[]byte) []byte {
	w.T.Helper()
	return w.stamp(digest, at, nil, unsigned)
}

// StampFor is Stamp for a request with a nonce, an INTEGER in DER.
func (w *World) StampFor(digest []byte, at time.Time, nonce []byte) []byte {
	w.T.Helper()
	return w.stamp(digest, at, nonce, nil)
}

func (w *World) stamp(digest []byte, at time.Time, nonce []byte, unsigned [][]byte) []byte {
	t := w.T
	hash := slices.Clone(oidSHA256) // its sisters differ in the last number
	hash[len(hash)-1] = map[int]int{32: 1, 48: 2, 64: 3}[len(digest)]
	info := sequence(t, encode(t, 1), encode(t, asn1.ObjectIdentifier{1, 2, 3}), sequence(t, sequence(t, encode(t, hash)), encode(t, digest)),
		encode(t, 42), generalized(t, at), nonce)
	s := &Signature{World: w, ContentType: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}, Content: info, Certificate: w.TSA, Key: w.TSAKey, Version: 3}
	s.Signed = [][]byte{s.contentTypeAttribute(), s.MessageDigest(info), s.SigningCertificateV2(w.TSA)}
	s.Certificates = [][]byte{w.TSA.Raw}
	s.Sign()
	s.Unsigned = unsigned
	return s.DER()
}

var oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}

func sum(hash crypto.Hash, parts ...[]byte) []byte {
	h := hash.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func sequence(t testing.TB, parts ...[]byte) []byte { return pkitest.TLV(t, 0x30, parts...) }

func set(t testing.TB, parts ...[]byte) []byte { return pkitest.TLV(t, 0x31, parts...) }

func generalized(t testing.TB, at time.Time) []byte {
	return pkitest.TLV(t, 0x18, []byte(at.UTC().Format("20060102150405Z")))
}

// Attribute is an attribute with its values.
func Attribute(t testing.TB, oid asn1.ObjectIdentifier, values ...[]byte) []byte {
	return sequence(t, encode(t, oid), set(t, values...))
}

func sorted(elements [][]byte) [][]byte {
	out := slices.Clone(elements)
	slices.SortFunc(out, slices.Compare)
	return out
}
