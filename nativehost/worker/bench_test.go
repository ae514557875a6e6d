//go:build linux

package worker_test

import (
	"crypto"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/testcard"
)

// One more signature through the worker, beside the library's own C_Sign.
func BenchmarkSign(b *testing.B) {
	key, token := insertToken(b)
	floor, err := token.Signing(testcard.P256, []byte{1}, 500)
	if err != nil {
		b.Fatal(err)
	}
	c := client(b, softHSM(b), generous)
	listing, err := c.List(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	key.Slot, key.Serial = listing.Tokens[0].Slot, listing.Tokens[0].Serial
	signer, err := c.Open(b.Context(), key, worker.Entry{PIN: []byte(pin)})
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("Onay"))
	for b.Loop() {
		if err := signer.Sign(b.Context(), crypto.SHA256, [][]byte{digest[:]}, func([]byte) {}); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(floor)
	b.ReportMetric(float64(floor[len(floor)/2]), "ns-C_Sign")
}
