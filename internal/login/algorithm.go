package login

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // SHA-256 for crypto.Hash
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Algorithm is one of RFC 7518, 3.1.
type Algorithm struct {
	Name string
	Hash crypto.Hash
	// PSS is RSASSA-PSS, with MGF1 of the same hash and a salt as long as it.
	PSS   bool
	curve elliptic.Curve // of ECDSA, where each hash has its own; nil for RSA
}

var algorithms = []Algorithm{
	{"ES256", crypto.SHA256, false, elliptic.P256()},
	{"ES384", crypto.SHA384, false, elliptic.P384()},
	{"ES512", crypto.SHA512, false, elliptic.P521()},
	{"PS256", crypto.SHA256, true, nil},
	{"PS384", crypto.SHA384, true, nil},
	{"PS512", crypto.SHA512, true, nil},
	{"RS256", crypto.SHA256, false, nil},
	{"RS384", crypto.SHA384, false, nil},
	{"RS512", crypto.SHA512, false, nil},
}

// Named returns the algorithm of a name.
func Named(name string) (Algorithm, bool) {
	for _, a := range algorithms {
		if a.Name == name {
			return a, true
		}
	}
	return Algorithm{}, false
}

// For returns the algorithm that a key logs in with: RS256 or, where the token has no other, PS256; of ECDSA its curve's.
// Keys of another kind give fault.KeyUnsupported.
func For(public crypto.PublicKey, pss bool) (Algorithm, error) {
	for _, a := range algorithms {
		if a.fits(public) && (a.curve != nil || a.PSS == pss && a.Hash == crypto.SHA256) {
			return a, nil
		}
	}
	return Algorithm{}, fault.Errorf(fault.KeyUnsupported, "key of type %T", public)
}

// fits reports whether a key can sign by the algorithm.
func (a Algorithm) fits(public crypto.PublicKey) bool {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return a.curve == nil
	case *ecdsa.PublicKey:
		return a.curve != nil && key.Curve == a.curve
	}
	return false
}

var errNotVerified = errors.New("the signature does not verify")

// Verify checks a signature over a digest that hash has made: of ECDSA r‖s, of RSA RSASSA-PKCS1-v1_5 or, with pss,
// RSASSA-PSS as in Algorithm.
func Verify(public crypto.PublicKey, pss bool, hash crypto.Hash, digest, signature []byte) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if pss {
			return rsa.VerifyPSS(key, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.VerifyPKCS1v15(key, hash, digest, signature)
	case *ecdsa.PublicKey:
		if size := sizeOf(key); len(signature) != 2*size {
			return fmt.Errorf("a signature of %d bytes for a curve of %d", len(signature), size)
		}
		if !ecdsa.VerifyASN1(key, digest, encode(signature)) {
			return errNotVerified
		}
		return nil
	}
	return fmt.Errorf("key of type %T", public)
}

// words are the hashes as Web eID calls them.
var words = []struct {
	name string
	hash crypto.Hash
}{{"SHA-256", crypto.SHA256}, {"SHA-384", crypto.SHA384}, {"SHA-512", crypto.SHA512}}

// HashNamed returns the hash that Web eID calls name.
func HashNamed(name string) (crypto.Hash, bool) {
	for _, w := range words {
		if w.name == name {
			return w.hash, true
		}
	}
	return 0, false
}

// Describe says in Web eID's words how a key signs what a hash has made; pss is as in Verify.
func Describe(public crypto.PublicKey, pss bool, hash crypto.Hash) protocol.SignatureAlgorithm {
	out := protocol.SignatureAlgorithm{Crypto: "ECC", Padding: "NONE"}
	if _, isRSA := public.(*rsa.PublicKey); isRSA {
		out.Crypto, out.Padding = "RSA", "PKCS1.5"
		if pss {
			out.Padding = "PSS"
		}
	}
	for _, w := range words {
		if w.hash == hash {
			out.Hash = w.name
		}
	}
	return out
}

// Described are all the ways that a key signs a hash; none of one that is neither of RSA nor on an elliptic curve.
func Described(public crypto.PublicKey, pss bool) (out []protocol.SignatureAlgorithm) {
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return nil
	}
	for _, w := range words {
		out = append(out, Describe(public, pss, w.hash))
	}
	return out
}
