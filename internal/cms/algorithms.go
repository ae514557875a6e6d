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
	"math"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

var (
	oidSHA1 = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
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

// A suite is the algorithms and keys that signatures are judged with.
type suite struct {
	algorithms []algorithm
	checkKey   func(crypto.PublicKey) error
}

// current is what counts today. legacy has what others have signed with in former years as well: it is for who judges
// algorithms by their date (SignedData.Legacy). No suite has MD5, whose collisions anybody can make.
var (
	current = suite{checkKey: isCurrentKey, algorithms: []algorithm{
		{crypto.SHA256, nist(2, 1), pkcs1(11), ecdsaWithSHA2(2)},
		{crypto.SHA384, nist(2, 2), pkcs1(12), ecdsaWithSHA2(3)},
		{crypto.SHA512, nist(2, 3), pkcs1(13), ecdsaWithSHA2(4)},
		{crypto.SHA3_256, nist(2, 8), nist(3, 14), nist(3, 10)},
		{crypto.SHA3_384, nist(2, 9), nist(3, 15), nist(3, 11)},
		{crypto.SHA3_512, nist(2, 10), nist(3, 16), nist(3, 12)},
	}}
	legacy = suite{checkKey: ades.CheckLegacyKey, algorithms: slices.Concat(current.algorithms, []algorithm{
		{crypto.SHA1, oidSHA1, pkcs1(5), asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}},
		{crypto.SHA224, nist(2, 4), pkcs1(14), ecdsaWithSHA2(1)},
	})}
)

// accepts is checkKey for keys that crypto/rsa verifies with: it refuses larger exponents, and says of no signature that it fails.
func (u suite) accepts(pub crypto.PublicKey) error {
	if key, ok := pub.(*rsa.PublicKey); ok && key.E > math.MaxInt32 {
		return fault.Errorf(fault.KeyUnsupported, "RSA key with an exponent of more than 31 bits")
	}
	return u.checkKey(pub)
}

func isCurrentKey(pub crypto.PublicKey) error {
	_, err := ades.HashFor(pub)
	return err
}

// nist is an identifier of NIST's arc: hashes in 2, signatures in 3.
func nist(arc, number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, arc, number}
}

func pkcs1(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, number}
}

func ecdsaWithSHA2(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, number}
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
func (u suite) digestOf(der []byte) (algorithm, error) {
	oid, parameters, err := readAlgorithm(der)
	if err != nil {
		return algorithm{}, err
	}
	for _, a := range u.algorithms {
		if a.digest.Equal(oid) && len(parameters) == 0 {
			return a, nil
		}
	}
	return algorithm{}, unsupported("digest algorithm %v", oid)
}

// HashOf returns the hash that an AlgorithmIdentifier in DER names, one of former years as well. The error has fault.SignatureAlgorithm where the
// hash is not known.
func HashOf(der []byte) (crypto.Hash, error) {
	a, err := legacy.digestOf(der)
	return a.hash, err
}

// IdentifierOf returns the object identifier of a hash that counts today. Any other gives fault.SignatureAlgorithm.
func IdentifierOf(hash crypto.Hash) (asn1.ObjectIdentifier, error) {
	for _, a := range current.algorithms {
		if a.hash == hash {
			return a.digest, nil
		}
	}
	return nil, unsupported("hash %d", hash)
}

// verifier is how a signature is verified.
type verifier struct {
	scheme ades.Scheme
	verify func(pub crypto.PublicKey, digest, value []byte) error
}

// verifierOf returns how signatures of an AlgorithmIdentifier over digests of a are verified.
func (u suite) verifierOf(der []byte, a algorithm) (verifier, error) {
	oid, parameters, err := readAlgorithm(der)
	if err != nil {
		return verifier{}, err
	}
	switch {
	case oid.Equal(oidPSS):
		return u.pssVerifier(parameters, a)
	case len(parameters) > 0:
	case oid.Equal(oidRSA) || oid.Equal(a.rsa):
		return verifier{ades.PKCS1, func(pub crypto.PublicKey, digest, value []byte) error {
			key, ok := pub.(*rsa.PublicKey)
			if !ok {
				return unsupported("an RSA signature by a key of type %T", pub)
			}
			return rsa.VerifyPKCS1v15(key, a.hash, digest, value)
		}}, nil
	case oid.Equal(a.ecdsaOf):
		return verifier{ades.ECDSA, func(pub crypto.PublicKey, digest, value []byte) error {
			key, ok := pub.(*ecdsa.PublicKey)
			if !ok {
				return unsupported("an ECDSA signature by a key of type %T", pub)
			}
			if !ecdsa.VerifyASN1(key, digest, value) {
				return errors.New("ecdsa: verification error")
			}
			return nil
		}}, nil
	}
	return verifier{}, unsupported("signature algorithm %v with digest algorithm %v", oid, a.digest)
}

// pssVerifier reads RSASSA-PSS-params (RFC 4055, 3.1). Its hash and that of MGF1 must be the signer's; what is left out is
// SHA-1. The salt may have any length up to 64.
func (u suite) pssVerifier(parameters []byte, a algorithm) (verifier, error) {
	input := cryptobyte.String(parameters)
	var s, salt cryptobyte.String
	tag := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
	length := 20
	if len(parameters) > 0 && (!input.ReadASN1(&s, cbasn1.SEQUENCE) || !input.Empty()) {
		return verifier{}, unsupported("RSASSA-PSS with other parameters")
	}
	hash, hashOK := readPSSHash(&s, tag(0), nil)
	mask, maskOK := readPSSHash(&s, tag(1), oidMGF1)
	if !hashOK || !maskOK {
		return verifier{}, unsupported("RSASSA-PSS with other parameters, or another mask than MGF1")
	}
	if s.PeekASN1Tag(tag(2)) && (!s.ReadASN1(&salt, tag(2)) || !salt.ReadASN1Integer(&length) || !salt.Empty()) ||
		length < 0 || length > 64 || !s.Empty() {
		return verifier{}, unsupported("RSASSA-PSS with another salt or trailer")
	}
	for _, der := range [][]byte{hash, mask} {
		if of, err := u.digestOf(der); err != nil || of.hash != a.hash {
			return verifier{}, unsupported("RSASSA-PSS with another hash than the signer's")
		}
	}
	options := &rsa.PSSOptions{SaltLength: length}
	if length == 0 { // which rsa takes for "any"
		return verifier{}, unsupported("RSASSA-PSS without salt")
	}
	return verifier{ades.PSS, func(pub crypto.PublicKey, digest, value []byte) error {
		key, ok := pub.(*rsa.PublicKey)
		if !ok {
			return unsupported("an RSA signature by a key of type %T", pub)
		}
		if err := rsa.VerifyPSS(key, a.hash, digest, value, options); err != nil {
			return fmt.Errorf("rsa: %w", err)
		}
		return nil
	}}, nil
}

// readPSSHash reads the hash of an optional field of RSASSA-PSS-params; with a mask, the field is that mask's identifier with
// the hash in it. It returns SHA-1, the default, where the field is not there.
func readPSSHash(s *cryptobyte.String, tag cbasn1.Tag, mask asn1.ObjectIdentifier) (algorithmIdentifier []byte, ok bool) {
	if !s.PeekASN1Tag(tag) {
		return element(tagSequence, oidDER(oidSHA1)), true
	}
	var field, inside cryptobyte.String
	if !s.ReadASN1(&field, tag) {
		return nil, false
	}
	if mask == nil {
		return field, true
	}
	var oid asn1.ObjectIdentifier
	ok = field.ReadASN1(&inside, cbasn1.SEQUENCE) && field.Empty() && inside.ReadASN1ObjectIdentifier(&oid) && oid.Equal(mask)
	return inside, ok
}
