package module_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/module"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sum completes an answer to reset with its checksum (ISO/IEC 7816-3, 8.2.5).
func sum(atr string) string {
	b, _ := hex.DecodeString(atr)
	x := byte(0)
	for _, c := range b[1:] {
		x ^= c
	}
	return strings.ToUpper(hex.EncodeToString(append(b, x)))
}

var cards = []struct{ name, atr, historical, family string }{
	{"AKİS 1.0", "3BBA11008131FE4D55454B41452056312E30AE", "55454B41452056312E30", "akis-1"},
	{"AKİS 1.2.2", "3B9F968131FE45806755454B41451292318073B3A1806A", "806755454B41451292318073B3A180", "akis-1"},
	{"AKİS 1.3", "3B9F968131FE45806755454B41451293318073B3A1806B", "806755454B41451293318073B3A180", "akis-1"},
	{"AKİS 2.2.8", "3B9F978131FE4580655443D2210831C073F6218081055B", "80655443D2210831C073F621808105", "akis-2"},
	{"AKİS 2.5.2", "3B9F978131FE458065544353228231C073F62180810553", "8065544353228231C073F621808105", "akis-2"},
	{"eToken 5110", "3B7F96000080318065B0846160FB120FFD829000", "80318065B0846160FB120FFD829000", "safenet"},
	{"ACOS5", "3BBE9600004105200000000000000000009000", "4105200000000000000000009000", "acos5"},
	{"AKİS 1.x that nobody has seen", sum("3B9F968131FE45806755454B414519FF318073B3A180"), "806755454B414519FF318073B3A180", "akis-1"},
	{"AKİS 1.9", sum("3BBA11008131FE4D55454B41452056312E39"), "55454B41452056312E39", "akis-1"},
	{"AKİS 2.x that nobody has seen, at another speed", sum("3B9F188131FE4580655443ABCDEF31C073F62180819A"), "80655443ABCDEF31C073F62180819A", "akis-2"},
	{"another card", sum("3B9F968131FE45806755454B41450000318073B3A181"), "806755454B41450000318073B3A181", ""},
	{"no historical bytes", "3B00", "", ""},
}

func TestCardFamilies(t *testing.T) {
	registry := module.BuiltIn()
	for _, tt := range cards {
		t.Run(tt.name, func(t *testing.T) {
			atr := unhex(t, tt.atr)
			if got, err := module.Historical(atr); err != nil || !bytes.Equal(got, unhex(t, tt.historical)) {
				t.Errorf("historical bytes %X, %v", got, err)
			}
			id := ""
			if family := registry.Family(atr); family != nil {
				id = family.ID
			}
			if id != tt.family {
				t.Errorf("family %q, want %q", id, tt.family)
			}
		})
	}
}

func TestHistoricalRefuses(t *testing.T) {
	const good = "3B9F978131FE4580655443D2210831C073F6218081055B"
	for name, atr := range map[string]string{
		"nothing":              "",
		"initial byte alone":   "3B",
		"unknown initial byte": "00" + good[2:],
		"cut":                  good[:len(good)-2],
		"one byte more":        good + "00",
		"wrong checksum":       good[:len(good)-2] + "5A",
		"interface bytes end":  "3BF0",
		"TD without its bytes": "3B80F1",
		"endless TD":           "3B80" + strings.Repeat("80", 40),
		"all that fits, TD":    "3B80" + strings.Repeat("80", 31),
		"T=0 with a checksum":  "3B0000",
		"T=1 without one":      "3B8001",
	} {
		if got, err := module.Historical(unhex(t, atr)); err == nil {
			t.Errorf("%s: %X", name, got)
		}
		if family := module.BuiltIn().Family(unhex(t, atr)); family != nil {
			t.Errorf("%s: family %s", name, family.ID)
		}
	}
}

// Whatever a reader says: no panic; what is accepted has all its bytes accounted for.
func FuzzHistorical(f *testing.F) {
	for _, c := range cards {
		f.Add(unhex(f, c.atr))
	}
	f.Add([]byte{0x3b, 0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, atr []byte) {
		historical, err := module.Historical(atr)
		if err != nil {
			return
		}
		if len(atr) > 33 || len(historical) != int(atr[1]&0x0f) || !bytes.Contains(atr, historical) {
			t.Fatalf("%X of %X", historical, atr)
		}
		if _, err := module.Historical(append(bytes.Clone(atr), 0)); err == nil {
			t.Fatalf("%X and one byte more is accepted too", atr)
		}
	})
}
