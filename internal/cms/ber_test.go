package cms

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestToDER(t *testing.T) {
	for _, test := range []struct{ name, ber, der string }{
		{"DER", "30 03 02 01 05", "30 03 02 01 05"},
		{"long length", "30 81 03 02 01 05", "30 03 02 01 05"},
		{"longest length", "30 88 00 00 00 00 00 00 00 03 02 01 05", "30 03 02 01 05"},
		{"indefinite", "30 80 02 01 05 00 00", "30 03 02 01 05"},
		{"indefinite in indefinite", "30 80 a0 80 02 01 05 00 00 00 00", "30 05 a0 03 02 01 05"},
		{"empty, indefinite", "30 80 00 00", "30 00"},
		{"octets in pieces", "24 80 04 01 61 04 00 04 02 62 63 00 00", "04 03 61 62 63"},
		{"octets in pieces, definite", "24 07 04 01 61 04 02 62 63", "04 03 61 62 63"},
		{"text in pieces", "2c 80 04 01 61 04 01 62 00 00", "0c 02 61 62"},
		{"bits in pieces", "23 80 03 02 00 61 03 02 04 60 00 00", "03 03 04 61 60"},
		{"no pieces", "24 80 00 00", "04 00"},
		{"no pieces of bits", "23 80 00 00", "03 01 00"},
		{"context tags stay", "a0 80 80 01 61 00 00", "a0 03 80 01 61"},

		{"nothing", "", ""},
		{"half a header", "30", ""},
		{"half a length", "30 82 01", ""},
		{"longer than there is", "30 04 02 01 05", ""},
		{"longer than anything", "30 88 7f ff ff ff ff ff ff ff", ""},
		{"length that wraps", "30 88 ff ff ff ff ff ff ff ff", ""},
		{"length of nine bytes", "30 89 00 00 00 00 00 00 00 00 03 02 01 05", ""},
		{"something after it", "30 00 00", ""},
		{"no end", "30 80 02 01 05", ""},
		{"half an end", "30 80 02 01 05 00", ""},
		{"end where there is none", "30 02 00 00", ""},
		{"end that has contents", "30 80 00 01 05 00 00", ""},
		{"primitive without an end", "04 80 61 00 00", ""},
		{"long tag", "3f 81 01 00", ""},
		{"child longer than its parent", "30 03 02 02 05 05", ""},
		{"pieces of another type", "24 80 0c 01 61 00 00", ""},
		{"pieces in pieces", "24 80 24 80 04 01 61 00 00 00 00", ""},
		{"bits in pieces, unused in the middle", "23 80 03 02 04 60 03 02 00 61 00 00", ""},
		{"bits in pieces, one empty", "23 80 03 00 00 00", ""},
		{"bits in pieces, nine unused", "23 80 03 02 09 60 00 00", ""},
		{"66 in each other", strings.Repeat("30 80", 66) + strings.Repeat("00 00", 66), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			der, err := ToDER(unhex(t, test.ber))
			if test.der == "" {
				if fault.CodeOf(err) != fault.SignatureMalformed {
					t.Errorf("%x, %v", der, err)
				}
				return
			}
			if err != nil || !bytes.Equal(der, unhex(t, test.der)) {
				t.Errorf("%x, %v", der, err)
			}
		})
	}
}

func FuzzToDER(f *testing.F) {
	for _, seed := range []string{"30 80 a0 80 02 01 05 00 00 00 00", "24 80 04 01 61 04 02 62 63 00 00", "23 80 03 02 00 61 03 02 04 60 00 00", "30 81 03 02 01 05"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, ber []byte) {
		der, err := ToDER(ber)
		if err != nil {
			return
		}
		again, err := ToDER(der)
		if err != nil || !bytes.Equal(again, der) {
			t.Errorf("%x is not yet DER: %x, %v", der, again, err)
		}
		if len(der) > len(ber)+5*len(ber)/4 {
			t.Errorf("%d bytes became %d", len(ber), len(der))
		}
		// What the project's check of DER takes needs no change.
		if pki.CheckDER(ber) == nil && !bytes.Equal(der, ber) {
			t.Errorf("DER was changed: %x", der)
		}
	})
}
