package session

import (
	"context"
	"crypto"
	"sync"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Complete has the card sign all of them, made with hash and prepared for signer, or returns an error. Each signature is
// verified and put together while the card makes the next.
func Complete(ctx context.Context, signer *worker.Signer, hash crypto.Hash, all []*cades.Unsigned) ([][]byte, error) {
	var digests [][]byte
	for _, u := range all {
		digests = append(digests, u.Digest())
	}
	out := make([][]byte, 0, len(all))
	made := make(chan []byte, len(all))
	var failed error
	var completing sync.WaitGroup
	completing.Go(func() {
		for signature := range made {
			der, err := all[len(out)].Complete(signature)
			if err != nil {
				failed = err
				return
			}
			out = append(out, der)
		}
	})
	err := signer.Sign(ctx, hash, digests, func(signature []byte) { made <- signature })
	close(made)
	completing.Wait()
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
