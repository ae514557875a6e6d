package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1"   // SHA-1 for crypto.Hash: signing-certificate of RFC 2634 names certificates by it
	_ "crypto/sha256" // SHA-256 for crypto.Hash
	_ "crypto/sha3"   // SHA3-256 and its sisters for crypto.Hash
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

var (
	oidRSA  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// algorithm is one hash with the identifiers of hash and signature (RFC 5754, 2 and 3; RFC 8692 has none for PKCS #1, whose
// identifiers for SHA-3 are NIST's).
type algorithm struct {
	hash         crypto.Hash
	digest       asn1.ObjectIdentifier
	rsa, ecdsaOf asn1.ObjectIdentifier
}

var algorithms = []algorithm{
	{crypto.SHA256, nist(2, 1), pkcs1(11), asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
	{crypto.SHA384, nist(2, 2), pkcs1(12), asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{crypto.SHA512, nist(2, 3), pkcs1(13), asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
	{crypto.SHA3_256, nist(2, 8), nist(3, 14), nist(3, 10)},
	{crypto.SHA3_384, nist(2, 9), nist(3, 15), nist(3, 11)},
	{crypto.SHA3_512, nist(2, 10), nist(3, 16), nist(3, 12)},
}

// nist is an identifier of NIST's arc: hashes in 2, signatures in 3.
func nist(arc, number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, arc, number}
}

func pkcs1(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, number}
}

func unsupported(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAlgorithm, format, args...)
}

// readAlgorithm splits an AlgorithmIdentifier. Parameters that are absent or NULL are both empty.
func readAlgorithm(der []byte) (oid asn1.ObjectIdentifier, parameters []byte, err error) {
	input := cryptobyte.String(der)
	var s cryptobyte.String
	if !input.ReadASN1(&s, cbasn1.SEQUENCE) || !input.Empty() || !s.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, malformed("algorithm identifier")
	}
	if len(s) == 2 && s[0] == byte(cbasn1.NULL) && s[1] == 0 {
		return oid, nil, nil
	}
	return oid, s, nil
}

// digestOf returns the hash that an AlgorithmIdentifier names.
func digestOf(der []byte) (algorithm, error) {
	oid, parameters, err := readAlgorithm(der)
	if err != nil {
		return algorithm{}, err
	}
	for _, a := range algorithms {
		if a.digest.Equal(oid) && len(parameters) == 0 {
			return a, nil
		}
	}
	return algorithm{}, unsupported("digest algorithm %v", oid)
}

// verifier is how a signature is verified.
type verifier func(pub crypto.PublicKey, digest, value []byte) error

// verifierOf returns how signatures of an AlgorithmIdentifier over digests of a are verified.
func verifierOf(der []byte, a algorithm) (verifier, error) {
	oid, parameters, err := readAlgorithm(der)
	if err != nil {
		return nil, err
	}
	switch {
	case oid.Equal(oidPSS):
		return pssVerifier(parameters, a)
	case len(parameters) > 0:
	case oid.Equal(oidRSA) || oid.Equal(a.rsa):
		return func(pub crypto.PublicKey, digest, value []byte) error {
			key, ok := pub.(*rsa.PublicKey)
			if !ok {
				return unsupported("an RSA signature by a key of type %T", pub)
			}
			return rsa.VerifyPKCS1v15(key, a.hash, digest, value)
		}, nil
	case oid.Equal(a.ecdsaOf):
		return func(pub crypto.PublicKey, digest, value []byte) error {
			key, ok := pub.(*ecdsa.PublicKey)
			if !ok {
				return unsupported("an ECDSA signature by a key of type %T", pub)
			}
			if !ecdsa.VerifyASN1(key, digest, value) {
				return errors.New("ecdsa: verification error")
			}
			return nil
		}, nil
	}
	return nil, unsupported("signature algorithm %v with digest algorithm %v", oid, a.digest)
}

// pssVerifier reads RSASSA-PSS-params (RFC 4055, 3.1). Its hash and that of MGF1 must be the signer's. The defaults are
// those of SHA-1, and so refused with it. The salt may have any length up to 64.
func pssVerifier(parameters []byte, a algorithm) (verifier, error) {
	input := cryptobyte.String(parameters)
	var s, hash, mask, salt, mgf cryptobyte.String
	tag := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
	length := 20
	if !input.ReadASN1(&s, cbasn1.SEQUENCE) || !s.ReadASN1(&hash, tag(0)) || !s.ReadASN1(&mask, tag(1)) {
		return nil, unsupported("RSASSA-PSS with other parameters")
	}
	if s.PeekASN1Tag(tag(2)) && (!s.ReadASN1(&salt, tag(2)) || !salt.ReadASN1Integer(&length) || !salt.Empty()) ||
		length < 0 || length > 64 || !s.Empty() {
		return nil, unsupported("RSASSA-PSS with another salt or trailer")
	}
	var mgfOID asn1.ObjectIdentifier
	if !mask.ReadASN1(&mgf, cbasn1.SEQUENCE) || !mask.Empty() || !mgf.ReadASN1ObjectIdentifier(&mgfOID) || !mgfOID.Equal(oidMGF1) {
		return nil, unsupported("RSASSA-PSS with another mask than MGF1")
	}
	for _, der := range []cryptobyte.String{hash, mgf} {
		if of, err := digestOf(der); err != nil || of.hash != a.hash {
			return nil, unsupported("RSASSA-PSS with another hash than the signer's")
		}
	}
	options := &rsa.PSSOptions{SaltLength: length}
	if length == 0 { // which rsa takes for "any"
		return nil, unsupported("RSASSA-PSS without salt")
	}
	return func(pub crypto.PublicKey, digest, value []byte) error {
		key, ok := pub.(*rsa.PublicKey)
		if !ok {
			return unsupported("an RSA signature by a key of type %T", pub)
		}
		if err := rsa.VerifyPSS(key, a.hash, digest, value, options); err != nil {
			return fmt.Errorf("rsa: %w", err)
		}
		return nil
	}, nil
}
