package cades

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // SHA-256 for crypto.Hash
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/protocol"
)

// oidRSA is rsaEncryption (RFC 3370, 3.2), the identifier that every CMS reader must know.
var oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

// algorithm is one hash with its identifiers (RFC 5754, 2 and 3) and the combined signature algorithms.
type algorithm struct {
	hash     crypto.Hash
	oid      asn1.ObjectIdentifier
	rsaOID   asn1.ObjectIdentifier
	rsa      x509.SignatureAlgorithm
	ecdsaOID asn1.ObjectIdentifier
	ecdsa    x509.SignatureAlgorithm
}

var algorithms = []algorithm{
	{
		crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA,
		asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256,
	},
	{
		crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA,
		asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384,
	},
	{
		crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA,
		asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512,
	},
}

func algorithmOf(hash crypto.Hash) (algorithm, bool) {
	for _, a := range algorithms {
		if a.hash == hash {
			return a, true
		}
	}
	return algorithm{}, false
}

// HashFor returns the hash that matches the strength of pub: SHA-256 for RSA up to 3072 bits and P-256,
// SHA-384 for longer RSA keys and P-384, SHA-512 for RSA from 7680 bits and P-521 (NIST SP 800-57 part 1,
// table 2). Keys that this package cannot use give protocol.CodeKeyUnsupported.
func HashFor(pub crypto.PublicKey) (crypto.Hash, error) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		switch bits := pub.N.BitLen(); {
		case bits < 2048 || bits > 8192:
			return 0, protocol.Errorf(protocol.CodeKeyUnsupported, "RSA key of %d bits", bits)
		case bits <= 3072:
			return crypto.SHA256, nil
		case bits < 7680:
			return crypto.SHA384, nil
		default:
			return crypto.SHA512, nil
		}
	case *ecdsa.PublicKey:
		switch pub.Curve {
		case elliptic.P256():
			return crypto.SHA256, nil
		case elliptic.P384():
			return crypto.SHA384, nil
		case elliptic.P521():
			return crypto.SHA512, nil
		}
		return 0, protocol.Errorf(protocol.CodeKeyUnsupported, "elliptic curve %s", pub.Curve.Params().Name)
	}
	return 0, protocol.Errorf(protocol.CodeKeyUnsupported, "key of type %T", pub)
}

// checkSignature verifies signature over digest, made with hash, against pub.
func checkSignature(pub crypto.PublicKey, hash crypto.Hash, digest, signature []byte) error {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(pub, hash, digest, signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(pub, digest, signature) {
			return errors.New("ecdsa: verification error")
		}
		return nil
	}
	return fmt.Errorf("key of type %T", pub)
}

// addDigestAlgorithm writes the identifier of a hash. The parameters are absent (RFC 5754, 2).
func addDigestAlgorithm(b *cryptobyte.Builder, a algorithm) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(a.oid)
	})
}

// addSignatureAlgorithm writes the identifier of a signature: rsaEncryption with NULL parameters (RFC
// 3370, 3.2) or ecdsa-with-SHA2 without any (RFC 5754, 3.3).
func addSignatureAlgorithm(b *cryptobyte.Builder, a algorithm, pub crypto.PublicKey) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if _, ok := pub.(*rsa.PublicKey); ok {
			b.AddASN1ObjectIdentifier(oidRSA)
			b.AddASN1NULL()
			return
		}
		b.AddASN1ObjectIdentifier(a.ecdsaOID)
	})
}

// readAlgorithm reads an AlgorithmIdentifier whose parameters are absent or NULL; null says which.
func readAlgorithm(s *cryptobyte.String) (oid asn1.ObjectIdentifier, null, ok bool) {
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) {
		return nil, false, false
	}
	if seq.Empty() {
		return oid, false, true
	}
	var parameters cryptobyte.String
	if !seq.ReadASN1(&parameters, cbasn1.NULL) || !parameters.Empty() || !seq.Empty() {
		return oid, false, false
	}
	return oid, true, true
}

// readDigestAlgorithm reads the identifier of a hash. Absent and NULL parameters are both in use, and
// readers must accept both (RFC 5754, 2).
func readDigestAlgorithm(s *cryptobyte.String) (algorithm, error) {
	oid, _, ok := readAlgorithm(s)
	if !ok {
		// A known structure with other parameters is an algorithm we do not have.
		if oid != nil {
			return algorithm{}, protocol.Errorf(protocol.CodeSignatureAlgorithm, "parameters of digest algorithm %v", oid)
		}
		return algorithm{}, malformed("digest algorithm")
	}
	for _, a := range algorithms {
		if a.oid.Equal(oid) {
			return a, nil
		}
	}
	return algorithm{}, protocol.Errorf(protocol.CodeSignatureAlgorithm, "digest algorithm %v", oid)
}

// readSignatureAlgorithm reads the identifier of a signature made with the hash of a, and says whether it
// is one for RSA keys.
func readSignatureAlgorithm(s *cryptobyte.String, a algorithm) (isRSA bool, err error) {
	oid, null, ok := readAlgorithm(s)
	if !ok && oid == nil {
		return false, malformed("signature algorithm")
	}
	switch {
	case ok && null && (oid.Equal(oidRSA) || oid.Equal(a.rsaOID)):
		return true, nil
	case ok && !null && oid.Equal(a.ecdsaOID):
		return false, nil
	}
	return false, protocol.Errorf(protocol.CodeSignatureAlgorithm, "signature algorithm %v with digest algorithm %v", oid, a.oid)
}
