package cardlogin

import (
	"context"
	"crypto"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A Signature is a signature of one digest, without CMS.
type Signature struct {
	Value []byte // of ECDSA r‖s
	PSS   bool   // it is RSASSA-PSS
}

// SignDigest logs in once and signs one digest. allowed is asked last, while the hash pairs are locked: its answer holds
// until the signature is made. digest is called when it is known whether the token signs by RSASSA-PSS alone. The PINs are
// wiped as soon as they have been passed on.
func (c *Cards) SignDigest(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins PINs, allowed func() error, digest func(pss bool) (crypto.Hash, []byte, error)) (*Signature, error) {
	public, out := certificate.PublicKey, new(Signature)
	err := c.signWith(ctx, r, certificate, pins, func(card context.Context, signer *worker.Signer) error {
		out.PSS = signer.PSS()
		hash, sum, err := digest(out.PSS)
		if err != nil {
			return err
		}
		unlock, err := c.HashSites.Lock(card)
		if err != nil {
			return err
		}
		defer unlock()
		if err := allowed(); err != nil {
			return err
		}
		if err := signer.Sign(card, hash, [][]byte{sum}, func(value []byte) { out.Value = value }); err != nil {
			return err
		}
		out.Value, err = login.Raw(public, out.Value)
		if err == nil {
			err = login.Verify(public, out.PSS, hash, sum, out.Value)
		}
		if err != nil {
			return fault.Errorf(fault.TokenError, "the token's signature does not verify with the certificate's key: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
