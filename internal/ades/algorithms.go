package ades

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
)

// Hashes are all that HashFor may return.
var Hashes = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}

// A Scheme is a way to sign with a kind of key.
type Scheme int

const (
	PKCS1 Scheme = iota // RSASSA-PKCS1-v1_5
	PSS                 // RSASSA-PSS with MGF1 of the same hash, and a salt as long as it
	ECDSA
)

// SchemeOf returns the scheme for a key; pss chooses among those for RSA.
func SchemeOf(pub crypto.PublicKey, pss bool) Scheme {
	_, isRSA := pub.(*rsa.PublicKey)
	switch {
	case !isRSA:
		return ECDSA
	case pss:
		return PSS
	}
	return PKCS1
}

// HashFor returns the hash that matches the strength of pub: SHA-256 for RSA up to 3072 bits and P-256,
// SHA-384 for longer RSA keys and P-384, SHA-512 for RSA from 7680 bits and P-521 (NIST SP 800-57 part 1,
// table 2). Keys that no format supports give fault.KeyUnsupported.
func HashFor(pub crypto.PublicKey) (crypto.Hash, error) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		switch bits := pub.N.BitLen(); {
		case bits < 2048 || bits > 8192:
			return 0, fault.Errorf(fault.KeyUnsupported, "RSA key of %d bits", bits)
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
		return 0, fault.Errorf(fault.KeyUnsupported, "elliptic curve %s", pub.Curve.Params().Name)
	}
	return 0, fault.Errorf(fault.KeyUnsupported, "key of type %T", pub)
}

// CheckSignature verifies signature over digest, made with hash, against pub. A signature of ECDSA is the DER encoding of
// ECDSA-Sig-Value. A good one that was checked just now is not reckoned again.
func CheckSignature(pub crypto.PublicKey, how Scheme, hash crypto.Hash, digest, signature []byte) error {
	name, err := nameOf(pub, how, hash, digest, signature)
	if err != nil {
		return err
	}
	if verified.has(name) {
		return nil
	}
	if err := checkSignature(pub, how, hash, digest, signature); err != nil {
		return err
	}
	verified.add(name)
	return nil
}

func checkSignature(pub crypto.PublicKey, how Scheme, hash crypto.Hash, digest, signature []byte) error {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if how == PSS {
			return rsa.VerifyPSS(pub, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.VerifyPKCS1v15(pub, hash, digest, signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(pub, digest, signature) {
			return errors.New("ecdsa: verification error")
		}
		return nil
	}
	return fmt.Errorf("key of type %T", pub)
}

// CheckLegacyKey accepts the keys of old signatures: RSA from 1024 bits, the fewest that crypto/rsa verifies with, and every curve that x509
// reads. Others give fault.KeyUnsupported. Validation judges by their date whether such keys were strong enough.
func CheckLegacyKey(pub crypto.PublicKey) error {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits < 1024 || bits > 8192 {
			return fault.Errorf(fault.KeyUnsupported, "RSA key of %d bits", bits)
		}
		return nil
	case *ecdsa.PublicKey:
		return nil
	}
	return fault.Errorf(fault.KeyUnsupported, "key of type %T", pub)
}
