package xmldsig

import (
	"crypto"
	"crypto/ecdsa"
	"errors"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// algorithm is one hash with the identifiers of RFC 9231 (2.1, 2.3) and XML Encryption.
type algorithm struct {
	hash    crypto.Hash
	digest  string
	methods [3]string // by ades.Scheme
}

const (
	more2001 = "http://www.w3.org/2001/04/xmldsig-more#"
	more2007 = "http://www.w3.org/2007/05/xmldsig-more#"
)

var algorithms = []algorithm{
	{crypto.SHA256, "http://www.w3.org/2001/04/xmlenc#sha256", methods("256")},
	{crypto.SHA384, more2001 + "sha384", methods("384")},
	{crypto.SHA512, "http://www.w3.org/2001/04/xmlenc#sha512", methods("512")},
}

func methods(bits string) [3]string {
	return [3]string{
		ades.PKCS1: more2001 + "rsa-sha" + bits,
		ades.PSS:   more2007 + "sha" + bits + "-rsa-MGF1",
		ades.ECDSA: more2001 + "ecdsa-sha" + bits,
	}
}

// DigestURI is the identifier of a hash; "" for one that is not supported.
func DigestURI(hash crypto.Hash) string {
	for _, a := range algorithms {
		if a.hash == hash {
			return a.digest
		}
	}
	return ""
}

// HashOf is the hash of an identifier.
func HashOf(uri string) (crypto.Hash, error) {
	for _, a := range algorithms {
		if a.digest == uri {
			return a.hash, nil
		}
	}
	return 0, unsupported("digest algorithm %.100q", uri)
}

// MethodURI is the identifier of a signature algorithm; "" for one that is not supported.
func MethodURI(scheme ades.Scheme, hash crypto.Hash) string {
	for _, a := range algorithms {
		if a.hash == hash {
			return a.methods[scheme]
		}
	}
	return ""
}

// methodOf is the signature algorithm of an identifier.
func methodOf(uri string) (ades.Scheme, crypto.Hash, error) {
	for _, a := range algorithms {
		if i := slices.Index(a.methods[:], uri); i >= 0 {
			return ades.Scheme(i), a.hash, nil
		}
	}
	return 0, 0, unsupported("signature algorithm %.100q", uri)
}

// EncodeValue returns a card's signature as SignatureValue has it: for ECDSA r and s side by side, each as long as the
// curve's order (XMLDSig 1.1, 6.4.3); an RSA signature as it is.
func EncodeValue(pub crypto.PublicKey, signature []byte) ([]byte, error) {
	key, isECDSA := pub.(*ecdsa.PublicKey)
	if !isECDSA {
		return signature, nil
	}
	r, s := new(big.Int), new(big.Int)
	input := cryptobyte.String(signature)
	var sequence cryptobyte.String
	if !input.ReadASN1(&sequence, asn1.SEQUENCE) || !input.Empty() || !sequence.ReadASN1Integer(r) || !sequence.ReadASN1Integer(s) || !sequence.Empty() {
		return nil, errors.New("the signature is no ECDSA-Sig-Value")
	}
	length := coordinate(key)
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 8*length || s.BitLen() > 8*length {
		return nil, errors.New("the signature is too long for the curve")
	}
	value := make([]byte, 2*length)
	r.FillBytes(value[:length])
	s.FillBytes(value[length:])
	return value, nil
}

// decodeValue is the inverse of EncodeValue.
func decodeValue(pub crypto.PublicKey, value []byte) ([]byte, error) {
	key, isECDSA := pub.(*ecdsa.PublicKey)
	if !isECDSA {
		return value, nil
	}
	length := coordinate(key)
	if len(value) != 2*length {
		return nil, fault.Errorf(fault.SignatureInvalid, "an ECDSA value of %d bytes, want %d", len(value), 2*length)
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(value[:length]))
		b.AddASN1BigInt(new(big.Int).SetBytes(value[length:]))
	})
	return b.Bytes()
}

// coordinate is the length of r and of s in bytes.
func coordinate(key *ecdsa.PublicKey) int { return (key.Curve.Params().N.BitLen() + 7) / 8 }
