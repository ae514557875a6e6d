package jades

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// algorithm is one of RFC 7518, 3.1.
type algorithm struct {
	name   string
	hash   crypto.Hash
	scheme ades.Scheme
	curve  elliptic.Curve // of ECDSA, where each hash has its own
	x509   x509.SignatureAlgorithm
}

var algorithms = []algorithm{
	{"ES256", crypto.SHA256, ades.ECDSA, elliptic.P256(), x509.ECDSAWithSHA256},
	{"ES384", crypto.SHA384, ades.ECDSA, elliptic.P384(), x509.ECDSAWithSHA384},
	{"ES512", crypto.SHA512, ades.ECDSA, elliptic.P521(), x509.ECDSAWithSHA512},
	{"RS256", crypto.SHA256, ades.PKCS1, nil, x509.SHA256WithRSA},
	{"RS384", crypto.SHA384, ades.PKCS1, nil, x509.SHA384WithRSA},
	{"RS512", crypto.SHA512, ades.PKCS1, nil, x509.SHA512WithRSA},
	{"PS256", crypto.SHA256, ades.PSS, nil, x509.SHA256WithRSAPSS},
	{"PS384", crypto.SHA384, ades.PSS, nil, x509.SHA384WithRSAPSS},
	{"PS512", crypto.SHA512, ades.PSS, nil, x509.SHA512WithRSAPSS},
}

// fits reports whether a key signs by the algorithm.
func (a algorithm) fits(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return a.curve == nil
	case *ecdsa.PublicKey:
		return a.curve == key.Curve
	}
	return false
}

// algorithmFor returns the algorithm of a signer. A curve with another hash than its own has none, and gives
// fault.KeyUnsupported, as an unsupported key does.
func algorithmFor(s ades.Signer) (algorithm, error) {
	if _, err := ades.HashFor(s.Certificate.PublicKey); err != nil {
		return algorithm{}, err
	}
	scheme := ades.SchemeOf(s.Certificate.PublicKey, s.PSS)
	for _, a := range algorithms {
		if a.hash == s.Hash && a.scheme == scheme && a.fits(s.Certificate.PublicKey) {
			return a, nil
		}
	}
	return algorithm{}, fault.Errorf(fault.KeyUnsupported, "JWS has no algorithm for a key of type %T with %v", s.Certificate.PublicKey, s.Hash)
}

// algorithmNamed returns the algorithm of a header, which the key must fit.
func algorithmNamed(name string, key crypto.PublicKey) (algorithm, error) {
	if _, err := ades.HashFor(key); err != nil {
		return algorithm{}, fault.Errorf(fault.SignatureAlgorithm, "signer's key: %w", err)
	}
	for _, a := range algorithms {
		if a.name != name {
			continue
		}
		if !a.fits(key) {
			return algorithm{}, fault.Errorf(fault.SignatureAlgorithm, "algorithm %s does not fit the signer's key", name)
		}
		return a, nil
	}
	return algorithm{}, fault.Errorf(fault.SignatureAlgorithm, "algorithm %.20q", name)
}

// HashOf returns the hash of an algorithm (RFC 7518, 3.1); ok is false for one that is not supported.
func HashOf(name string) (hash crypto.Hash, ok bool) {
	for _, a := range algorithms {
		if a.name == name {
			return a.hash, true
		}
	}
	return 0, false
}

// VerifyValue verifies the value of a signature over the digest of its signing input. An algorithm that is not supported, or that
// the key does not fit, gives fault.SignatureAlgorithm, a value that does not verify fault.SignatureInvalid.
func VerifyValue(name string, key crypto.PublicKey, digest, value []byte) error {
	a, err := algorithmNamed(name, key)
	if err != nil {
		return err
	}
	if err := a.check(key, digest, value); err != nil {
		return fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
	return nil
}

// check verifies the value of a signature over a digest: of ECDSA r‖s.
func (a algorithm) check(key crypto.PublicKey, digest, value []byte) error {
	if curve, ok := key.(*ecdsa.PublicKey); ok {
		der, err := ades.DERFromRawECDSA(curve, value)
		if err != nil {
			return err
		}
		value = der
	}
	return ades.CheckSignature(key, a.scheme, a.hash, digest, value)
}

// hashes are the names of hashes in JAdES.
var hashes = []struct {
	name string
	hash crypto.Hash
}{{"S256", crypto.SHA256}, {"S384", crypto.SHA384}, {"S512", crypto.SHA512}}

func nameOf(hash crypto.Hash) (string, error) {
	for _, h := range hashes {
		if h.hash == hash {
			return h.name, nil
		}
	}
	return "", fmt.Errorf("hash %v has no name in JAdES", hash)
}

func hashNamed(name string) (crypto.Hash, error) {
	for _, h := range hashes {
		if h.name == name {
			return h.hash, nil
		}
	}
	return 0, fault.Errorf(fault.SignatureAlgorithm, "hash %.20q", name)
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
