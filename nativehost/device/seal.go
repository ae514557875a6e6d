package device

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
)

// Open opens what release.Seal sealed to this key with the same info. It returns ErrSealed for anything else. The
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
