package device

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"math/big"
)

// Seal encrypts plaintext so that only the machine with the key opens it, and only with the same info.
func Seal(to *ecdh.PublicKey, info, plaintext []byte) ([]byte, error) {
	public, err := hpke.NewDHKEMPublicKey(to)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), info, plaintext)
}

// Open opens what Seal made for this key with the same info. It returns ErrSealed for anything else. The
// plaintext is the caller's to clear.
func (k *Key) Open(ctx context.Context, info, sealed []byte) ([]byte, error) {
	x := &exchanger{Key: k, ctx: ctx}
	private, err := hpke.NewDHKEMPrivateKey(x)
	if err != nil {
		return nil, err
	}
	plaintext, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
	switch {
	case x.failed != nil:
		return nil, x.failed
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return plaintext, nil
}

// An exchanger lends the key to HPKE for one opening.
type exchanger struct {
	*Key
	ctx    context.Context
	failed error // of the holder, which is not what was sealed
}

func (x *exchanger) PublicKey() *ecdh.PublicKey { return x.public.Sealing }
func (x *exchanger) Curve() ecdh.Curve          { return ecdh.P256() }

func (x *exchanger) ECDH(remote *ecdh.PublicKey) ([]byte, error) {
	secret, err := x.holder.exchange(x.ctx, remote)
	x.failed = err
	return secret, err
}

// Verify reports whether signature is a Key's of message.
func Verify(public *ecdsa.PublicKey, message, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	digest := sha256.Sum256(message)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(public, digest[:], r, s)
}
