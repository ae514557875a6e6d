package virtual

import (
	"bytes"
	"testing"
)

// The same seed lies in the same way, another in another; no lie is longer than the driver takes, or nothing at all; and
// the right answer is left as it was.
func TestLies(t *testing.T) {
	good := tlv(0x53, bytes.Repeat([]byte{0x70}, 300))
	for _, right := range [][]byte{StatusOK.after(nil), StatusTries.after(nil), StatusOK.after([]byte{1}), StatusOK.after(good)} {
		kept := bytes.Clone(right)
		different := 0
		for seed := range uint64(100) {
			one, same, other := newLiar(seed), newLiar(seed), newLiar(seed+1)
			for range 50 {
				lie := one.answer(right)
				if n := len(lie); n == 0 || n > maxAnswer {
					t.Fatalf("seed %d: %d bytes", seed, n)
				}
				if !bytes.Equal(lie, same.answer(right)) {
					t.Fatalf("seed %d lies in two ways", seed)
				}
				if !bytes.Equal(lie, other.answer(right)) {
					different++
				}
			}
		}
		if different < 100*50/2 {
			t.Errorf("all seeds lie alike")
		}
		if !bytes.Equal(right, kept) {
			t.Errorf("%x has become %x", kept, right)
		}
	}
}
