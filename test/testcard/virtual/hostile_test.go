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

// The same seed has the same files, from which everything can be read that their information tells of.
func TestLyingFiles(t *testing.T) {
	for seed := range uint64(100) {
		one, same := &files{random: seeded(seed)}, &files{random: seeded(seed)}
		for _, c := range []Command{
			{INS: Select, P1: 8, Data: []byte{0x50, 0x31}, Le: 256}, {INS: ReadBinary, Le: 256}, {INS: ReadBinary, P1: 0x7f, P2: 0xff, Le: 256},
			{INS: ReadBinary}, {INS: Verify, P2: 0x80}, {INS: Select, P1: 8, Le: 256}, {INS: 0xff},
		} {
			answer := one.answer(c)
			if n := len(answer); n < 2 || n > maxAnswer {
				t.Fatalf("seed %d: %d bytes to %+v", seed, n, c)
			}
			if !bytes.Equal(answer, same.answer(c)) {
				t.Fatalf("seed %d answers %+v in two ways", seed, c)
			}
		}
	}
}
