package xades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// signingCertificate is what the signature says of its certificate. The digest binds it. The issuer's name of the first version
// is not compared: there are too many ways to write one.
type signingCertificate struct {
	hash   crypto.Hash
	digest []byte
	serial *big.Int // nil where it is not named
	issuer []byte   // in DER; nil where it is not named, or as text
}

// readSigningCertificate reads SigningCertificate (TS 101 903, 7.2.2) or SigningCertificateV2 (EN 319 132-1, 5.2.2). The first
// certificate of it is the signer's.
func readSigningCertificate(n *xmltree.Node) (c signingCertificate, err error) {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return c, err
	}
	cert, err := parts.Take(Namespace, "Cert")
	if err != nil {
		return c, err
	}
	if parts, err = xmldsig.Children(cert); err != nil {
		return c, err
	}
	digest, err := parts.Take(Namespace, "CertDigest")
	if err != nil {
		return c, err
	}
	issuerSerial := parts.TakeOptional(Namespace, "IssuerSerial")
	if issuerSerial == nil {
		issuerSerial = parts.TakeOptional(Namespace, "IssuerSerialV2")
	}
	if err := parts.End(); err != nil {
		return c, err
	}
	if parts, err = xmldsig.Children(digest); err != nil {
		return c, err
	}
	if c.hash, c.digest, err = xmldsig.ReadDigest(&parts); err != nil {
		return c, err
	}
	if err := parts.End(); err != nil {
		return c, err
	}
	switch {
	case issuerSerial == nil:
	case issuerSerial.Local == "IssuerSerial":
		err = c.readIssuerSerial(issuerSerial)
	default:
		err = c.readIssuerSerialV2(issuerSerial)
	}
	return c, err
}

// readIssuerSerial reads X509IssuerSerialType (XMLDSig 1.1, 4.5.4.1).
func (c *signingCertificate) readIssuerSerial(n *xmltree.Node) error {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return err
	}
	if _, err := parts.Take(xmldsig.Namespace, "X509IssuerName"); err != nil {
		return err
	}
	number, err := parts.Take(xmldsig.Namespace, "X509SerialNumber")
	if err != nil {
		return err
	}
	text, _ := number.Leaf()
	text = strings.TrimSpace(text)
	const longest = 60 // digits; a serial number has 20 bytes at most (RFC 5280, 4.1.2.2)
	var ok bool
	if c.serial, ok = new(big.Int).SetString(text, 10); !ok || len(text) > longest {
		return badProperty("a certificate's serial number of %d characters", len(text))
	}
	return parts.End()
}

// readIssuerSerialV2 reads the base64 of an IssuerSerial (RFC 5035, 4).
func (c *signingCertificate) readIssuerSerialV2(n *xmltree.Node) error {
	der, err := xmldsig.Base64Leaf(n)
	if err != nil {
		return err
	}
	input := cryptobyte.String(der)
	var sequence, names, name, issuer cryptobyte.String
	c.serial = new(big.Int)
	if !input.ReadASN1(&sequence, cbasn1.SEQUENCE) || !input.Empty() ||
		!sequence.ReadASN1(&names, cbasn1.SEQUENCE) || !sequence.ReadASN1Integer(c.serial) || !sequence.Empty() ||
		!names.ReadASN1(&name, cbasn1.Tag(4).ContextSpecific().Constructed()) || !names.Empty() ||
		!name.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !name.Empty() {
		return badProperty("IssuerSerialV2")
	}
	c.issuer = issuer
	return nil
}

// find returns the certificate that is meant, of those that are embedded.
func (c *signingCertificate) find(certificates []*x509.Certificate) (*x509.Certificate, error) {
	for _, candidate := range certificates {
		sum := c.hash.New()
		sum.Write(candidate.Raw)
		if !bytes.Equal(sum.Sum(nil), c.digest) {
			continue
		}
		if c.serial != nil && c.serial.Cmp(candidate.SerialNumber) != 0 || c.issuer != nil && !pki.SameName(c.issuer, candidate.RawIssuer) {
			return nil, badProperty("the certificate has another issuer or serial number than SigningCertificate says")
		}
		return candidate, nil
	}
	return nil, badProperty("no embedded certificate has the digest of SigningCertificate")
}

// readKeyInfo returns the certificates of KeyInfo, whose other parts are KeyValue and names.
func readKeyInfo(n *xmltree.Node) (certificates []*x509.Certificate, err error) {
	if n == nil {
		return nil, malformed("no KeyInfo")
	}
	parts, err := xmldsig.Children(n)
	if err != nil {
		return nil, err
	}
	for _, part := range parts.Rest {
		switch {
		case part.Is(xmldsig.Namespace, "KeyValue"), part.Is(xmldsig.Namespace, "KeyName"):
		case part.Is(xmldsig.Namespace, "X509Data"):
			if certificates, err = readX509Data(part, certificates); err != nil {
				return nil, err
			}
		default:
			return nil, malformed("%.60q within KeyInfo", part.Local)
		}
	}
	return certificates, nil
}

// readX509Data adds the certificates of X509Data (XMLDSig 1.1, 4.5.4). What else it says of them is not used.
func readX509Data(n *xmltree.Node, certificates []*x509.Certificate) ([]*x509.Certificate, error) {
	for _, part := range n.Elements() {
		if !part.Is(xmldsig.Namespace, "X509Certificate") {
			continue
		}
		if len(certificates) == maxCertificates {
			return nil, malformed("more than %d certificates", maxCertificates)
		}
		der, err := xmldsig.Base64Leaf(part)
		if err != nil {
			return nil, err
		}
		c, err := pki.ParseX509(der)
		if err != nil {
			return nil, malformed("an embedded certificate: %w", err)
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}

// checkKeyValue refuses a KeyValue that is not the certificate's key: a reader that takes it for the key would verify
// another signature.
func checkKeyValue(keyInfo *xmltree.Node, c *x509.Certificate) error {
	for _, n := range keyInfo.Elements() {
		if !n.Is(xmldsig.Namespace, "KeyValue") {
			continue
		}
		if isSame, err := isKeyValueOf(n, c.PublicKey); err != nil || !isSame {
			return malformed("KeyValue is not the key of the certificate (%v)", err)
		}
	}
	return nil
}

// isKeyValueOf reports whether KeyValue (XMLDSig 1.1, 4.5.2) is of pub.
func isKeyValueOf(n *xmltree.Node, pub crypto.PublicKey) (bool, error) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		value := child(n, xmldsig.Namespace, "RSAKeyValue")
		modulus, exponent := child(value, xmldsig.Namespace, "Modulus"), child(value, xmldsig.Namespace, "Exponent")
		if modulus == nil || exponent == nil {
			return false, nil
		}
		m, err := xmldsig.Base64Leaf(modulus)
		if err != nil {
			return false, err
		}
		e, err := xmldsig.Base64Leaf(exponent)
		return new(big.Int).SetBytes(m).Cmp(pub.N) == 0 && new(big.Int).SetBytes(e).Cmp(big.NewInt(int64(pub.E))) == 0, err
	case *ecdsa.PublicKey:
		value := child(n, xmldsig.Namespace11, "ECKeyValue")
		curve, point := child(value, xmldsig.Namespace11, "NamedCurve"), child(value, xmldsig.Namespace11, "PublicKey")
		if curve == nil || point == nil {
			return false, nil
		}
		if uri, _ := curve.Attribute("URI"); uri != curveURI(pub.Curve) {
			return false, nil
		}
		theirs, err := xmldsig.Base64Leaf(point)
		if err != nil {
			return false, err
		}
		ours, err := pub.Bytes()
		return bytes.Equal(theirs, ours), err
	}
	return false, nil
}

// curveURI is the identifier of a curve (RFC 5480, 2.1.1.1; XMLDSig 1.1, 4.5.2.3.1).
func curveURI(curve elliptic.Curve) string {
	return "urn:oid:" + map[elliptic.Curve]string{
		elliptic.P256(): "1.2.840.10045.3.1.7", elliptic.P384(): "1.3.132.0.34", elliptic.P521(): "1.3.132.0.35",
	}[curve]
}
