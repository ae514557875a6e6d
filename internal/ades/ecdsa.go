package ades

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// RawECDSA turns the DER encoding of ECDSA-Sig-Value (RFC 3279, 2.2.3) into r‖s as JOSE and XML have it, each as long as the
// order of the key's curve.
func RawECDSA(key *ecdsa.PublicKey, der []byte) ([]byte, error) {
	outer := cryptobyte.String(der)
	var inner cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	if !outer.ReadASN1(&inner, cbasn1.SEQUENCE) || !outer.Empty() || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) || !inner.Empty() {
		return nil, fmt.Errorf("%d bytes that are not an ECDSA-Sig-Value", len(der))
	}
	size := ecdsaSize(key)
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 8*size || s.BitLen() > 8*size {
		return nil, fmt.Errorf("ECDSA-Sig-Value with integers that no curve of %d bytes has", size)
	}
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}

// DERFromRawECDSA is the reverse of RawECDSA.
func DERFromRawECDSA(key *ecdsa.PublicKey, raw []byte) ([]byte, error) {
	size := ecdsaSize(key)
	if len(raw) != 2*size {
		return nil, fmt.Errorf("ECDSA signature of %d bytes for a curve of %d", len(raw), size)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:size]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[size:]))
	})
	return b.Bytes()
}

// ecdsaSize is the length of the order of the key's curve, in bytes.
func ecdsaSize(key *ecdsa.PublicKey) int { return (key.Curve.Params().N.BitLen() + 7) / 8 }
