package revocation

import (
	"crypto/x509"
	"encoding/asn1"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// TakeSHA1 has OCSP answers be taken for the length of a test that RSA with SHA-1 has signed.
func TakeSHA1(t *testing.T) {
	read, check, issued := readAlgorithm, checkSignature, checkIssued
	t.Cleanup(func() { readAlgorithm, checkSignature, checkIssued = read, check, issued })
	readAlgorithm = func(content cryptobyte.String) (x509.SignatureAlgorithm, error) {
		var id asn1.ObjectIdentifier
		if rest := content; rest.ReadASN1ObjectIdentifier(&id) && id.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}) {
			return x509.SHA1WithRSA, nil
		}
		return read(content)
	}
	checkSignature = func(signer *x509.Certificate, algorithm x509.SignatureAlgorithm, signed, signature []byte) error {
		if algorithm == x509.SHA1WithRSA {
			return signer.CheckSignature(algorithm, signed, signature)
		}
		return check(signer, algorithm, signed, signature)
	}
	checkIssued = func(c, issuer *x509.Certificate) error {
		return checkSignature(issuer, c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	}
}
