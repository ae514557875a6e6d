package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// signatureAlgorithms are those that CheckLegacySignature verifies, by identifier (RFC 3279, 2.2; RFC 5754, 3).
var signatureAlgorithms = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.5":  x509.SHA1WithRSA,
	"1.2.840.10045.4.1":     x509.ECDSAWithSHA1,
	"1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.3.2":   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3":   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4":   x509.ECDSAWithSHA512,
}

// pssAlgorithms are the hashes of RSASSA-PSS, whose identifier says nothing of them.
var pssAlgorithms = []struct {
	algorithm x509.SignatureAlgorithm
	hash      crypto.Hash
	oid       asn1.ObjectIdentifier
}{
	{x509.SHA256WithRSAPSS, crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	{x509.SHA384WithRSAPSS, crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	{x509.SHA512WithRSAPSS, crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
}

var (
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// ReadSignatureAlgorithm reads the content of an AlgorithmIdentifier that names one of the algorithms that CheckSignature
// or CheckLegacySignature verifies. Parameters of RSA with SHA-2 and of ECDSA are absent or NULL (RFC 5754, 3.2): neither changes what the
// identifier says.
func ReadSignatureAlgorithm(content cryptobyte.String) (x509.SignatureAlgorithm, error) {
	var oid asn1.ObjectIdentifier
	if !content.ReadASN1ObjectIdentifier(&oid) {
		return 0, fmt.Errorf("a signature algorithm without an identifier")
	}
	if oid.Equal(oidPSS) {
		for _, pss := range pssAlgorithms {
			if bytes.Equal(content, pssParameters(pss.oid, pss.hash.Size(), true)) || bytes.Equal(content, pssParameters(pss.oid, pss.hash.Size(), false)) {
				return pss.algorithm, nil
			}
		}
		return 0, fmt.Errorf("parameters of RSASSA-PSS")
	}
	algorithm, known := signatureAlgorithms[oid.String()]
	if !known || !content.Empty() && (!content.SkipASN1(cbasn1.NULL) || !content.Empty()) {
		return 0, fmt.Errorf("signature algorithm %v, or its parameters", oid)
	}
	return algorithm, nil
}

// pssParameters returns RSASSA-PSS-params (RFC 4055, 3.1) of one hash, with MGF1 of the same and a salt as long as it.
// Parameters of the hash are NULL or absent; both are in use.
func pssParameters(hash asn1.ObjectIdentifier, salt int, null bool) []byte {
	identifier := func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(hash)
			if null {
				b.AddASN1NULL()
			}
		})
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(0), identifier)
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				identifier(b)
			})
		})
		b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(salt)) })
	})
	return b.BytesOrPanic()
}
