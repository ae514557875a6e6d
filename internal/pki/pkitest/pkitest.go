// Package pkitest makes certificate authorities and certificates of the Turkish qualified profile for tests.
// Nothing here is for production: keys are kept and shared for the life of the process.
package pkitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// Citizen is the synthetic citizen number of certificates that Issue makes.
const Citizen = "10000000146"

// QCStatements as the profile has them, for Statements.
var (
	QCCompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	QCTurkish    = asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 1, 1}
)

// Policy is the certificate policy of certificates that Issue makes.
var Policy = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 1}

// Edit changes a template before it is signed.
type Edit = func(*x509.Certificate)

// Authority is a CA.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

var (
	keysMutex sync.Mutex
	keys      = map[string]crypto.Signer{}
)

// Key returns a private key, the same for the same name in one process. The name begins with its kind, one
// of RSA-1024, RSA-2048, RSA-3072, RSA-4096, P-224, P-256, P-384, P-521; what follows tells keys apart.
func Key(t testing.TB, name string) crypto.Signer {
	t.Helper()
	keysMutex.Lock()
	defer keysMutex.Unlock()
	if key := keys[name]; key != nil {
		return key
	}
	key, err := newKey(name)
	if err != nil {
		t.Fatalf("key %s: %v", name, err)
	}
	keys[name] = key
	return key
}

func newKey(name string) (crypto.Signer, error) {
	curves := map[string]elliptic.Curve{"P-224": elliptic.P224(), "P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	if curve, ok := curves[name[:5]]; ok {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	return rsaKey(name)
}

// Root makes a self-signed CA with a P-384 key.
func Root(t testing.TB, name string, edits ...Edit) *Authority {
	t.Helper()
	key := Key(t, "P-384 "+name)
	template := authorityTemplate(t, name, edits)
	return &Authority{sign(t, template, template, key.Public(), key), key}
}

// Sub makes a CA below a, for any policy.
func (a *Authority) Sub(t testing.TB, name string, edits ...Edit) *Authority {
	t.Helper()
	key := Key(t, "P-384 "+name)
	anyPolicy := func(c *x509.Certificate) { c.Policies = []x509.OID{oidOf(t, "2.5.29.32.0")} }
	template := authorityTemplate(t, name, append([]Edit{anyPolicy}, edits...))
	return &Authority{sign(t, template, a.Certificate, key.Public(), a.Key), key}
}

func authorityTemplate(t testing.TB, name string, edits []Edit) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          serial(t),
		Subject:               pkix.Name{Country: []string{"TR"}, CommonName: name},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	for _, edit := range edits {
		edit(template)
	}
	return template
}

// Issue makes a person's qualified certificate for key, changed by edits.
func (a *Authority) Issue(t testing.TB, key crypto.PublicKey, edits ...Edit) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber:    serial(t),
		Subject:         pkix.Name{Country: []string{"TR"}, CommonName: "Ayşe Yılmaz", SerialNumber: Citizen},
		NotBefore:       time.Now().Add(-time.Hour),
		NotAfter:        time.Now().AddDate(3, 0, 0),
		KeyUsage:        x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		Policies:        []x509.OID{oidOf(t, Policy.String())},
		ExtraExtensions: []pkix.Extension{Statements(t, QCCompliance, QCTurkish)},
	}
	for _, edit := range edits {
		edit(template)
	}
	return sign(t, template, a.Certificate, key, a.Key)
}

// Rewrite changes the elements of a certificate that the authority has issued (RFC 5280, 4.1: 0 is its version, 1 its serial
// number, 3 its issuer, 5 its subject, 6 its key, 7 its extensions) and signs it again, and returns it in DER, which x509 may
// not read.
func (a *Authority) Rewrite(t testing.TB, c *x509.Certificate, change func(element int, der []byte) []byte) []byte {
	t.Helper()
	var whole struct{ TBS, Algorithm, Signature asn1.RawValue }
	if _, err := asn1.Unmarshal(c.Raw, &whole); err != nil {
		t.Fatal(err)
	}
	var elements []byte
	for i, rest := 0, whole.TBS.Bytes; len(rest) > 0; i++ {
		var v asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &v); err != nil {
			t.Fatal(err)
		}
		elements = append(elements, change(i, v.FullBytes)...)
	}
	tbs := TLV(t, 0x30, elements)
	digest := sha512.Sum384(tbs)
	signature, err := a.Key.Sign(rand.Reader, digest[:], crypto.SHA384)
	if err != nil {
		t.Fatal(err)
	}
	return TLV(t, 0x30, tbs, whole.Algorithm.FullBytes, TLV(t, 0x03, []byte{0}, signature))
}

// Extended is for Rewrite: it adds extensions in DER.
func Extended(t testing.TB, more ...[]byte) func(element int, der []byte) []byte {
	return func(element int, der []byte) []byte {
		if element != 7 {
			return der
		}
		var outer, inner asn1.RawValue
		if _, err := asn1.Unmarshal(der, &outer); err != nil {
			t.Fatal(err)
		}
		if _, err := asn1.Unmarshal(outer.Bytes, &inner); err != nil {
			t.Fatal(err)
		}
		return TLV(t, 0xa3, TLV(t, 0x30, slices.Insert(more, 0, inner.Bytes)...))
	}
}

// Mail is an extension of alternative names with one rfc822Name, in DER.
func Mail(t testing.TB, address string) []byte {
	return TLV(t, 0x30, []byte{0x06, 3, 0x55, 0x1d, 0x11}, TLV(t, 0x04, TLV(t, 0x30, TLV(t, 0x81, []byte(address)))))
}

// TLV is an element in DER.
func TLV(t testing.TB, tag byte, parts ...[]byte) []byte {
	t.Helper()
	value := asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: slices.Concat(parts...)}
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func oidOf(t testing.TB, text string) x509.OID {
	t.Helper()
	oid, err := x509.ParseOID(text)
	if err != nil {
		t.Fatal(err)
	}
	return oid
}

// Statements returns a QCStatements extension with the given statements; the Turkish one carries its
// sentence.
func Statements(t testing.TB, oids ...asn1.ObjectIdentifier) pkix.Extension {
	t.Helper()
	type bare struct{ ID asn1.ObjectIdentifier }
	type sentence struct {
		ID   asn1.ObjectIdentifier
		Info string `asn1:"utf8"`
	}
	var list []any
	for _, oid := range oids {
		if oid.Equal(QCTurkish) {
			list = append(list, sentence{oid, "Bu sertifika, 5070 sayılı Elektronik İmza Kanununa göre nitelikli elektronik sertifikadır."})
			continue
		}
		list = append(list, bare{oid})
	}
	der, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: der}
}

func sign(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serial(t testing.TB) *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}

// WriteCertificates writes certificates as PEM into dir and returns the path.
func WriteCertificates(t testing.TB, dir, name string, certificates ...*x509.Certificate) string {
	t.Helper()
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return write(t, dir, name, out)
}

// WriteKey writes a private key as PEM (PKCS #8) into dir and returns the path.
func WriteKey(t testing.TB, dir, name string, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// WithTail returns a SEQUENCE with an OCTET STRING added at its end, inside it: in a certificate, CRL or OCSP response no
// signature covers those bytes.
func WithTail(t testing.TB, der []byte) []byte {
	t.Helper()
	var whole asn1.RawValue
	if _, err := asn1.Unmarshal(der, &whole); err != nil {
		t.Fatal(err)
	}
	whole.FullBytes = nil
	whole.Bytes = append(append([]byte{}, whole.Bytes...), 4, 9, 'u', 'n', 's', 'i', 'g', 'n', 'e', 'd', '!')
	out, err := asn1.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Certificates returns the certificates of a PEM file, or the one that the file is in DER.
func Certificates(file []byte) (ders [][]byte) {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			ders = append(ders, block.Bytes)
		}
	}
	if ders == nil {
		ders = append(ders, file)
	}
	return ders
}
