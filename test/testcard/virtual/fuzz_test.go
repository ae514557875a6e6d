package virtual

import (
	"bytes"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// Whatever comes to the card is answered, within bounds, and what is parsed is what came.
func FuzzCommand(f *testing.F) {
	f.Add([]byte{0, 0xa4, 4, 0, 9, 0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 0})
	f.Add([]byte{0, 0xcb, 0x3f, 0xff, 5, 0x5c, 3, 0x5f, 0xc1, 2, 8})
	f.Add([]byte{0, 0x20, 0, 0x80})
	f.Add([]byte{0, 0x20, 0, 0x80, 8, '2', '4', '6', '8', '1', '0', 0xff, 0xff})
	f.Add([]byte{0x10, 0x87, 0x11, 0x9c, 4, 0x7c, 2, 0x82, 0})
	f.Add([]byte{0, 0x87, 0x11, 0x9c, 0, 0, 4, 0x7c, 2, 0x82, 0, 0, 0})
	f.Add([]byte{0, 0xc0, 0, 0, 0, 0, 0})
	card, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := card.NewKey(Signature, testcard.P256); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o := card.exchange(raw)
		if n := len(o.answer); n < 2 || n > 0x10000+2 {
			t.Fatalf("answer of %d bytes", n)
		}
		c, err := ParseCommand(raw)
		if err != nil {
			return
		}
		if !bytes.Contains(raw[4:], c.Data) || c.Le < 0 || c.Le > 0x10000 || len(c.Data) > 0xffff {
			t.Fatalf("%x parsed as %+v", raw, c)
		}
		if c.CLA != raw[0] || c.INS != raw[1] || c.P1 != raw[2] || c.P2 != raw[3] {
			t.Fatalf("%x parsed as %+v", raw, c)
		}
		overhead := len(raw) - 4 - len(c.Data) // Lc and Le: one to three bytes each, where they are there
		if overhead < 0 || overhead > 5 {
			t.Fatalf("%d bytes of %x are lost", overhead, raw)
		}
	})
}
