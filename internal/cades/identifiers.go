package cades

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // SHA-256 for crypto.Hash
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

var (
	// oidRSA is rsaEncryption (RFC 3370, 3.2), the identifier that every CMS reader must know.
	oidRSA  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10} // id-RSASSA-PSS (RFC 4056, 2)
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// algorithm is one hash with its identifiers (RFC 5754, 2 and 3) and the combined signature algorithms.
type algorithm struct {
	hash     crypto.Hash
	oid      asn1.ObjectIdentifier
	rsaOID   asn1.ObjectIdentifier
	rsa      x509.SignatureAlgorithm
	pss      x509.SignatureAlgorithm
	ecdsaOID asn1.ObjectIdentifier
	ecdsa    x509.SignatureAlgorithm
}

var algorithms = []algorithm{
	{
		crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA, x509.SHA256WithRSAPSS,
		asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256,
	},
	{
		crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA, x509.SHA384WithRSAPSS,
		asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384,
	},
	{
		crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3},
		asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA, x509.SHA512WithRSAPSS,
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

// addDigestAlgorithm writes the identifier of a hash. The parameters are absent (RFC 5754, 2).
func addDigestAlgorithm(b *cryptobyte.Builder, a algorithm) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(a.oid)
	})
}

// addSignatureAlgorithm writes the identifier of a signature: rsaEncryption with NULL parameters (RFC
// 3370, 3.2), id-RSASSA-PSS with all of its own (RFC 4056, 3), or ecdsa-with-SHA2 without any (RFC 5754, 3.3).
func addSignatureAlgorithm(b *cryptobyte.Builder, a algorithm, how ades.Scheme) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		switch how {
		case ades.PKCS1:
			b.AddASN1ObjectIdentifier(oidRSA)
			b.AddASN1NULL()
		case ades.PSS:
			b.AddASN1ObjectIdentifier(oidPSS)
			b.AddBytes(pssParameters(a, true))
		default:
			b.AddASN1ObjectIdentifier(a.ecdsaOID)
		}
	})
}

// pssParameters returns RSASSA-PSS-params (RFC 4055, 3.1) in DER: the hash, MGF1 with the same, a salt as long as
// it; the trailer is the default and so left out. null says whether the hash has NULL for parameters or none:
// both are in use.
func pssParameters(a algorithm, null bool) []byte {
	var b cryptobyte.Builder
	tag := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
	hash := func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(a.oid)
			if null {
				b.AddASN1NULL()
			}
		})
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag(0), hash)
		b.AddASN1(tag(1), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				hash(b)
			})
		})
		b.AddASN1(tag(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(a.hash.Size())) })
	})
	return b.BytesOrPanic()
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
			return algorithm{}, fault.Errorf(fault.SignatureAlgorithm, "parameters of digest algorithm %v", oid)
		}
		return algorithm{}, malformed("digest algorithm")
	}
	for _, a := range algorithms {
		if a.oid.Equal(oid) {
			return a, nil
		}
	}
	return algorithm{}, fault.Errorf(fault.SignatureAlgorithm, "digest algorithm %v", oid)
}

// readSignatureAlgorithm reads the identifier of a signature made with the hash of a.
func readSignatureAlgorithm(s *cryptobyte.String, a algorithm) (ades.Scheme, error) {
	if how, ok := readPSS(s, a); ok {
		return how, nil
	}
	oid, null, ok := readAlgorithm(s)
	if !ok && oid == nil {
		return 0, malformed("signature algorithm")
	}
	switch {
	case ok && (oid.Equal(a.rsaOID) || null && oid.Equal(oidRSA)): // RFC 5754, 3.2, lets NULL be absent; RFC 3370, 3.2, does not
		return ades.PKCS1, nil
	case ok && !null && oid.Equal(a.ecdsaOID):
		return ades.ECDSA, nil
	}
	return 0, fault.Errorf(fault.SignatureAlgorithm, "signature algorithm %v with digest algorithm %v", oid, a.oid)
}

// readPSS reads id-RSASSA-PSS with the parameters that this package writes, and takes nothing of s where there is
// anything else.
func readPSS(s *cryptobyte.String, a algorithm) (ades.Scheme, bool) {
	rest := *s
	var seq cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !rest.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidPSS) ||
		!bytes.Equal(seq, pssParameters(a, true)) && !bytes.Equal(seq, pssParameters(a, false)) {
		return 0, false
	}
	*s = rest
	return ades.PSS, true
}
