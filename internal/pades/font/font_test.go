package font_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pades/font"
)

const alphabet = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZabcçdefgğhıijklmnoöprsştuüvyzâîûÂÎÛ0123456789 .,:;-+()’“”₺€"

func TestHasTheTurkishAlphabet(t *testing.T) {
	for _, c := range alphabet {
		if !font.Has(c) {
			t.Errorf("no glyph for %q", c)
		}
	}
	for _, c := range "Жع漢😀\u0000" {
		if font.Has(c) {
			t.Errorf("a glyph for %q", c)
		}
	}
}

// What the outlines look like is judged by other programs, in the tests of package pades.
func TestSubset(t *testing.T) {
	s := font.NewSubset("Ğüş ", "İmza: Ж")
	if len(s.Characters) != len(s.Widths) || len(s.Widths) > 30 || len(s.Program) > 4<<10 {
		t.Errorf("%d characters, %d widths, %d bytes", len(s.Characters), len(s.Widths), len(s.Program))
	}
	for i, c := range s.Characters {
		if c != 0 && (int(s.Encode(string(c))[1]) != i || font.Width(string(c)) != s.Widths[i] || s.Widths[i] == 0) {
			t.Errorf("%q is glyph %d, %d wide", c, i, s.Widths[i])
		}
	}
	if got := s.Encode("Ж"); !bytes.Equal(got, []byte{0, 0}) {
		t.Errorf("a letter that is not there is %x", got)
	}
	if !bytes.Equal(font.NewSubset("ba").Program, font.NewSubset("a", "ab").Program) {
		t.Error("the same letters are not the same bytes")
	}
}

func TestSubsetOfAll(t *testing.T) {
	if s := font.NewSubset(strings.Repeat(alphabet, 3)); len(s.Program) > 24<<10 {
		t.Errorf("%d bytes", len(s.Program))
	}
}
