package login

import (
	"crypto"
	"crypto/ecdsa"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Raw turns a key's signature as CMS has it into the form of tokens: ECDSA's DER (RFC 3279, 2.2.3) into r‖s, each as
// long as the curve's order; one of RSA stays as it is.
func Raw(public crypto.PublicKey, signature []byte) ([]byte, error) {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return signature, nil
	}
	outer := cryptobyte.String(signature)
	var inner cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	if !outer.ReadASN1(&inner, cbasn1.SEQUENCE) || !outer.Empty() || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) || !inner.Empty() {
		return nil, fmt.Errorf("%d bytes that are not a signature of ECDSA", len(signature))
	}
	size := sizeOf(key)
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 8*size || s.BitLen() > 8*size {
		return nil, fmt.Errorf("a signature of ECDSA with numbers that no curve of %d bytes has", size)
	}
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}

// encode is the reverse.
func encode(raw []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:len(raw)/2]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[len(raw)/2:]))
	})
	return b.BytesOrPanic()
}

// sizeOf is how long r and s are, in bytes.
func sizeOf(key *ecdsa.PublicKey) int { return (key.Params().BitSize + 7) / 8 }
