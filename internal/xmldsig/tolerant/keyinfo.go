package tolerant

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"math/big"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// KeyInfo is what a signature says of its key (XMLDSig 1.1, 4.5).
type KeyInfo struct {
	// Certificates are embedded, in their order; the signature does not bind them.
	Certificates []*x509.Certificate
	// CRLs are embedded, in DER.
	CRLs [][]byte

	hints []func(*x509.Certificate) bool
	keys  []*xmltree.Node // KeyValue
}

// ReadKeyInfo reads a KeyInfo, which may be nil. Parts that are not known say nothing.
func ReadKeyInfo(n *xmltree.Node) *KeyInfo {
	k := &KeyInfo{}
	if n == nil {
		return k
	}
	for _, part := range n.Elements() {
		switch {
		case part.Is(xmldsig.Namespace, "KeyValue"):
			k.keys = append(k.keys, part)
		case part.Is(xmldsig.Namespace, "X509Data"):
			k.readX509Data(part)
		}
	}
	return k
}

// readX509Data reads X509Data (XMLDSig 1.1, 4.5.4).
func (k *KeyInfo) readX509Data(n *xmltree.Node) {
	for _, part := range n.Elements() {
		if part.Is(xmldsig.Namespace, "X509IssuerSerial") {
			if number := SerialNumber(Child(part, "X509SerialNumber", xmldsig.Namespace)); number != nil {
				k.hints = append(k.hints, func(c *x509.Certificate) bool { return c.SerialNumber.Cmp(number) == 0 })
			}
			continue
		}
		isData := part.Is(xmldsig.Namespace, "X509Certificate") || part.Is(xmldsig.Namespace, "X509SKI") || part.Is(xmldsig.Namespace, "X509CRL") ||
			part.Is(xmldsig.Namespace11, "X509Digest")
		if !isData {
			continue
		}
		data, err := Decode(part)
		if err != nil || len(data) == 0 {
			continue
		}
		switch part.Local {
		case "X509Certificate":
			if c, err := parseCertificate(data); err == nil && len(k.Certificates) < maxCertificates {
				k.Certificates = append(k.Certificates, c)
			}
		case "X509CRL":
			if len(k.CRLs) < maxCertificates {
				k.CRLs = append(k.CRLs, data)
			}
		case "X509SKI":
			k.hints = append(k.hints, func(c *x509.Certificate) bool { return bytes.Equal(c.SubjectKeyId, data) })
		case "X509Digest":
			if hash, _ := HashOf(part); hash != 0 {
				k.hints = append(k.hints, func(c *x509.Certificate) bool { return bytes.Equal(sumOf(hash, c.Raw), data) })
			}
		}
	}
}

func parseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) > pki.MaxCertificate {
		return nil, malformed("certificate over the limit")
	}
	return pki.ParseX509(der)
}

func sumOf(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// SerialNumber reads the number of a certificate, in decimal digits; nil for what is none. n may be nil.
func SerialNumber(n *xmltree.Node) *big.Int {
	const longest = 60 // digits; a serial number has 20 bytes at most (RFC 5280, 4.1.2.2)
	text := Text(n)
	if len(text) > longest {
		return nil
	}
	number, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil
	}
	return number
}

// IsSilent reports whether KeyInfo names no certificate and no key.
func (k *KeyInfo) IsSilent() bool { return len(k.Certificates)+len(k.hints)+len(k.keys) == 0 }

// Names reports whether a certificate may be the signer's by what KeyInfo says: it is one of those embedded, or one that is named where
// none is embedded, and any KeyValue is its key.
func (k *KeyInfo) Names(c *x509.Certificate) bool {
	for _, n := range k.keys {
		if !IsKeyValueOf(n, c.PublicKey) {
			return false
		}
	}
	if len(k.Certificates) > 0 {
		for _, one := range k.Certificates {
			if one.Equal(c) {
				return true
			}
		}
		return false
	}
	for _, hint := range k.hints {
		if hint(c) {
			return true
		}
	}
	return len(k.hints) == 0 && len(k.keys) > 0
}

// IsKeyValueOf reports whether KeyValue (XMLDSig 1.1, 4.5.2) is of pub. A form that is not read here is taken to be: the value is a
// hint, and the certificate's key is verified with.
func IsKeyValueOf(n *xmltree.Node, pub crypto.PublicKey) bool {
	if rsaValue := Child(n, "RSAKeyValue", xmldsig.Namespace); rsaValue != nil {
		key, isRSA := pub.(*rsa.PublicKey)
		if !isRSA {
			return false
		}
		modulus, err1 := Decode(Child(rsaValue, "Modulus", xmldsig.Namespace))
		exponent, err2 := Decode(Child(rsaValue, "Exponent", xmldsig.Namespace))
		return err1 == nil && err2 == nil && new(big.Int).SetBytes(modulus).Cmp(key.N) == 0 &&
			new(big.Int).SetBytes(exponent).Cmp(big.NewInt(int64(key.E))) == 0
	}
	if ecValue := Child(n, "ECKeyValue", xmldsig.Namespace11); ecValue != nil {
		key, isECDSA := pub.(*ecdsa.PublicKey)
		if !isECDSA {
			return false
		}
		if Child(ecValue, "NamedCurve", xmldsig.Namespace11) == nil {
			return true
		}
		theirs, err := Decode(Child(ecValue, "PublicKey", xmldsig.Namespace11))
		ours, err2 := key.Bytes()
		return err == nil && err2 == nil && bytes.Equal(theirs, ours)
	}
	return true
}
