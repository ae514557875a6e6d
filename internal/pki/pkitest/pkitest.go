// Package pkitest makes certificate authorities and certificates of the Turkish qualified profile for tests.
// Nothing here is for production: keys are kept and shared for the life of the process.
package pkitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
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
	bits := map[string]int{"RSA-1024": 1024, "RSA-2048": 2048, "RSA-3072": 3072, "RSA-4096": 4096}[name[:8]]
	return rsa.GenerateKey(rand.Reader, bits)
}

// Root makes a self-signed CA with a P-384 key.
func Root(t testing.TB, name string, edits ...Edit) *Authority {
	t.Helper()
	key := Key(t, "P-384 "+name)
	template := authorityTemplate(t, name, edits)
	return &Authority{sign(t, template, template, key.Public(), key), key}
}

// Sub makes a CA below a.
func (a *Authority) Sub(t testing.TB, name string, edits ...Edit) *Authority {
	t.Helper()
	key := Key(t, "P-384 "+name)
	template := authorityTemplate(t, name, edits)
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
		Policies:        []x509.OID{policyOID(t)},
		ExtraExtensions: []pkix.Extension{Statements(t, QCCompliance, QCTurkish)},
	}
	for _, edit := range edits {
		edit(template)
	}
	return sign(t, template, a.Certificate, key, a.Key)
}

func policyOID(t testing.TB) x509.OID {
	oid, err := x509.ParseOID(Policy.String())
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
