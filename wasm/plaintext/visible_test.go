package plaintext_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/wasm/plaintext"
)

// TestHidden compares the compact table with the rule it was made of, by the tables of this Go.
func TestHidden(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		_, marks := plaintext.Split("x" + string(r))
		if !utf8.ValidRune(r) || r == '\n' || r == '\t' {
			continue
		}
		seen := unicode.IsGraphic(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
		if seen != (marks == 0) && !slices.Contains([]rune{0x2800, 0xfffc, 0xfffd, 0x1107f, 0x13441, 0x13442, 0x16fe4, 0x1d159}, r) {
			t.Errorf("%U: %d marks: run `go run ./wasm/tools/hidden`", r, marks)
		}
	}
}

func TestGroups(t *testing.T) {
	if got := strings.Join(plaintext.Groups("168857414351237"), " "); got != "168 857 414 351 237" {
		t.Error(got)
	}
}
