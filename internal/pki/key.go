package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

// Key describes the key for people: "RSA 2048", "EC P-384", "EC brainpoolP256r1"; the object identifier of an algorithm
// without a name here.
func (c *Certificate) Key() string { return keyName(c.Certificate) }

// CheckKey accepts RSA keys of 2048 to 8192 bits and the curves P-256, P-384 and P-521. The upper bound
// keeps a hostile key from costing seconds.
func CheckKey(c *x509.Certificate) error {
	switch pub := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits < 2048 || bits > 8192 {
			return fault.Errorf(fault.KeyUnsupported, "RSA key of %d bits", bits)
		}
		return nil
	case *ecdsa.PublicKey:
		switch pub.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
	}
	return fault.Errorf(fault.KeyUnsupported, "key algorithm %s", keyName(c))
}

func keyName(c *x509.Certificate) string {
	switch pub := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", pub.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC " + pub.Curve.Params().Name
	}
	if c.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
		return c.PublicKeyAlgorithm.String()
	}
	var k keyInfo
	if !k.read(c.RawSubjectPublicKeyInfo) {
		return "?"
	}
	if k.elliptic() && k.curve == nil {
		return "EC"
	}
	if k.elliptic() {
		return "EC " + named(k.curve)
	}
	return named(k.algorithm)
}

// algorithmNames are those of keys that are met on cards and that no signature here is made with.
var algorithmNames = map[string]string{
	"1.2.840.113549.1.1.10": "RSASSA-PSS",
	"1.3.101.113":           "Ed448",
	"1.3.132.0.10":          "secp256k1",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	"1.2.643.7.1.1.1.1":     "GOST R 34.10-2012",
}

// maxOID is the longest object identifier that is shown, in characters.
const maxOID = 64

func named(id asn1.ObjectIdentifier) string {
	text := id.String()
	if name := algorithmNames[text]; name != "" {
		return name
	}
	if len(text) > maxOID {
		return "OID " + text[:maxOID] + "…"
	}
	return "OID " + text
}

// A keyInfo is a SubjectPublicKeyInfo.
type keyInfo struct {
	algorithm asn1.ObjectIdentifier
	curve     asn1.ObjectIdentifier // nil where the parameters do not name one
	key       cryptobyte.String     // BIT STRING
}

var (
	oidElliptic = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	// oidNoKey is the arc of oidElliptic, which is no algorithm.
	oidNoKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2}
	// curves are those that x509 reads.
	curves = []asn1.ObjectIdentifier{{1, 3, 132, 0, 33}, {1, 2, 840, 10045, 3, 1, 7}, {1, 3, 132, 0, 34}, {1, 3, 132, 0, 35}}
)

func (k *keyInfo) read(der cryptobyte.String) bool {
	var info, algorithm cryptobyte.String
	if !der.ReadASN1(&info, cbasn1.SEQUENCE) || !der.Empty() || !info.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!info.ReadASN1Element(&k.key, cbasn1.BIT_STRING) || !info.Empty() || !algorithm.ReadASN1ObjectIdentifier(&k.algorithm) {
		return false
	}
	return !algorithm.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) || algorithm.ReadASN1ObjectIdentifier(&k.curve)
}

func (k *keyInfo) elliptic() bool { return k.algorithm.Equal(oidElliptic) }

// plainKey is a key that is of no known algorithm where it is on a curve that x509 does not know, else the same.
func plainKey(der []byte) []byte {
	var k keyInfo
	if !k.read(der) || !k.elliptic() || slices.ContainsFunc(curves, k.curve.Equal) {
		return der
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidNoKey) })
		b.AddBytes(k.key)
	})
	out, err := b.Bytes()
	if err != nil {
		return der
	}
	return out
}
