package document_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/e-onay/e-onay/wasm/document"
)

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		text, needle string
		want         int
	}{
		{"Şişli'de ŞİŞLİ şişli", "şişli", 3},
		{"ISPARTA ısparta İsparta isparta", "isparta", 4},
		{"bir\niki bir\u00a0iki bir\tiki", "bir iki", 3},
		{"aaaa", "aa", 2},
		{"a", "aa", 0},
		{"a", "", 0},
		{"a b", " ", 0},
		{"a\xffb", "a", 0}, // is no text
		{"😀 ÇÖĞ çöğ", "ÇÖĞ", 2},
		{strings.Repeat("a", 20_000), "a", document.MaxHits},
		{strings.Repeat("a", 300), strings.Repeat("a", 300), 1}, // the first 200 bytes of it
	} {
		text, err := readText([]byte(tt.text))
		if err != nil {
			continue
		}
		if got := len(text.Find(tt.needle)); got != tt.want {
			t.Errorf("%q in %.20q: %d times, want %d", tt.needle, tt.text, got, tt.want)
		}
	}
}

// TestPlaces finds a text where it stands on the screen: behind marks, letters of two units, and in later blocks.
func TestPlaces(t *testing.T) {
	in := "\u202e😀 burada\n" + strings.Repeat("Kabul ediyorum 😀\u200b.\n", 400) + "ve burada\n" + strings.Repeat("x", 4090) + "burada\n"
	text, err := readText([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	hits := text.Find("burada")
	if len(hits) != 3 || text.Blocks() < 4 {
		t.Fatalf("%d hits in %d blocks", len(hits), text.Blocks())
	}
	for _, h := range hits {
		from, to := text.Places(h)
		var shown []uint16
		for n := from.Block; n <= to.Block; n++ {
			block := utf16.Encode([]rune(shownBlock(text, n)))
			if n == to.Block {
				block = block[:to.Unit]
			}
			if n == from.Block {
				block = block[from.Unit:]
			}
			shown = append(shown, block...)
		}
		if got := string(utf16.Decode(shown)); got != "burada" {
			t.Errorf("%+v to %+v holds %q", from, to, got)
		}
		if context := text.Context(h); !strings.Contains(context, "burada") || strings.Contains(context, "\n") || len(context) > 200 {
			t.Errorf("its context is %q", context)
		}
	}
}

// FuzzFind looks for whatever text in whatever text: what is found is there, and has a place.
func FuzzFind(f *testing.F) {
	f.Add("İstanbul'da 😀\u202e ve ıssız\n", "i")
	f.Fuzz(func(t *testing.T, in, needle string) {
		text, err := readText([]byte(in))
		if err != nil {
			return
		}
		end := 0
		for _, h := range text.Find(needle) {
			if h.Start < end || h.End <= h.Start {
				t.Fatalf("%+v after %d", h, end)
			}
			end = h.End
			from, to := text.Places(h)
			if from.Block > to.Block || to.Block >= text.Blocks() {
				t.Fatalf("%+v to %+v of %d blocks", from, to, text.Blocks())
			}
			text.Context(h)
		}
	})
}
