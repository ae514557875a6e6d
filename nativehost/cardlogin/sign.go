package cardlogin

import (
	"context"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// signWith logs in once for the certificate's key, and has work sign. The PINs are wiped as soon as they have been passed
// on. card ends when the card is removed: a library that works with one is not waited for. A refusal has all that is known
// of the PINs.
func (c *Cards) signWith(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins PINs, work func(card context.Context, signer *worker.Signer) error) error {
	defer pins.clear()
	entry, err := c.entry(certificate, pins)
	if err != nil {
		return c.refusedKeyPIN(ctx, certificate, err)
	}
	token, ownPIN, eachTime := certificate.Token, pins.differ(), false
	err = c.login(ctx, token, func(card context.Context) error {
		if err := c.checkTries(card, token, entry.Told); err != nil {
			return err
		}
		r.Progress(protocol.HostStageLogin)
		signer, err := token.Worker.Open(card, certificate.KeyRef, entry)
		pins.clear()
		if err != nil {
			return precise(card, token, err)
		}
		defer signer.Close(ctx)
		eachTime = signer.EachTime()
		r.Progress(protocol.HostStageSigning)
		signer.Typing = func(begins bool) { r.Progress(typingStage(begins)) }
		if err := work(card, signer); err != nil {
			return precise(card, token, err)
		}
		return nil
	})
	if err != nil {
		return c.refusedKeyPIN(ctx, certificate, err)
	}
	if eachTime && len(pins.KeyPIN) > 0 {
		c.States.KeyAccepted(ctx, certificate.KeyName(), ownPIN)
	}
	return nil
}

// typingStage is what the window shows while a person types on the reader once more, and after it.
func typingStage(begins bool) protocol.HostStage {
	if begins {
		return protocol.HostStageAgain
	}
	return protocol.HostStageSigning
}
