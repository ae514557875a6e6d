package cardlogin

import (
	"context"
	"crypto"
	"sync"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// SignDocuments logs in once and makes a signature of the format for each document, or none. The PINs are wiped as soon as they
// have been passed on.
func (c *Cards) SignDocuments(ctx context.Context, r act.Request, format signature.Format, certificate *inventory.Certificate, pins PINs, documents []ades.Document) ([]ades.Pieces, error) {
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		return nil, err
	}
	var signatures []ades.Pieces
	err = c.signWith(ctx, r, certificate, pins, func(card context.Context, signer *worker.Signer) error {
		var prepared []ades.Prepared
		for _, document := range documents {
			p, err := format.Prepare(signature.Request{
				Signer:    ades.Signer{Certificate: certificate.X509(), Hash: hash, PSS: signer.PSS(), Time: c.Now()},
				Documents: []ades.Document{document},
			})
			if err != nil {
				return err
			}
			prepared = append(prepared, p)
		}
		signatures, err = Complete(card, signer, hash, prepared)
		return err
	})
	return signatures, err
}

// Complete has the card sign what was prepared with hash, and returns the signatures in its order, or an error. Each
// signature is verified and put together while the card makes the next.
func Complete(ctx context.Context, signer *worker.Signer, hash crypto.Hash, prepared []ades.Prepared) ([]ades.Pieces, error) {
	var digests [][]byte
	for _, p := range prepared {
		digests = append(digests, p.Digest())
	}
	signatures := make([]ades.Pieces, 0, len(prepared))
	made := make(chan []byte, len(prepared))
	var failed error
	var completing sync.WaitGroup
	completing.Go(func() {
		for value := range made {
			signed, err := prepared[len(signatures)].Complete(value)
			if err != nil {
				failed = err
				return
			}
			signatures = append(signatures, signed)
		}
	})
	err := signer.Sign(ctx, hash, digests, func(value []byte) { made <- value })
	close(made)
	completing.Wait()
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return signatures, nil
}
