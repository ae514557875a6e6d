package document

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/wasm/plaintext"
)

// Searchable is a document in which a text can be found.
type Searchable interface {
	Readable
	// Find returns where a text stands, in order: the first MaxHits places. Letters are found whether they are capital or
	// small, with the four Turkish i as one, and a space finds any blank character.
	Find(text string) []Hit
	// Context is the line around a hit, for whoever cannot see it.
	Context(Hit) string
}

// Hit is a stretch of a document, in bytes of its text.
type Hit struct{ Start, End int }

// MaxHits is how many places of a text are found at most.
const MaxHits = 9999

// maxNeedle is the longest text that is looked for, in bytes.
const maxNeedle = 200

// Find returns where needle stands in the text.
func (t *Text) Find(needle string) []Hit { return find(t.text, needle) }

// Contains reports whether needle stands in a text, as Find looks for it.
func Contains(text, needle string) bool { return len(find(text, needle)) > 0 }

func find(text, needle string) (hits []Hit) {
	var letters []rune
	for _, r := range needle[:min(len(needle), maxNeedle)] {
		letters = append(letters, fold(r))
	}
	if strings.TrimSpace(needle) == "" {
		return nil
	}
	var begins [256]bool // bytes by which the first letter may begin
	for c := range begins {
		begins[c] = c >= utf8.RuneSelf || fold(rune(c)) == letters[0]
	}
	for i := 0; i < len(text) && len(hits) < MaxHits; i++ {
		if !begins[text[i]] {
			continue
		}
		if n := match(text[i:], letters); n > 0 {
			hits = append(hits, Hit{i, i + n})
			i += n - 1
		}
	}
	return hits
}

// match returns how many bytes of text's beginning are the folded letters; 0 where it begins otherwise.
func match(text string, letters []rune) int {
	n := 0
	for _, want := range letters {
		r, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || r == utf8.RuneError && size == 1 || fold(r) != want {
			return 0
		}
		n += size
	}
	return n
}

// fold makes one letter of those that a search takes for the same.
func fold(r rune) rune {
	switch {
	case r == 'I' || r == '\u0130' || r == '\u0131':
		return 'i'
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf && r != '\n' && r != '\t':
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return unicode.ToLower(r)
}

// Place is where a stretch of a text stands on the screen: a block, and UTF-16 units of what is shown in it.
type Place struct{ Block, Unit int }

// Places are where a hit begins and ends.
func (t *Text) Places(h Hit) (from, to Place) { return t.place(h.Start), t.place(h.End) }

func (t *Text) place(at int) Place {
	n := sort.Search(len(t.blocks), func(n int) bool { return t.blocks[n].start > at }) - 1
	b := t.blocks[n]
	units := 0
	for _, run := range b.state.Split(t.text[b.start:at]) {
		units += utf16Length(run.Text)
	}
	return Place{n, units}
}

func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		if n++; r >= 0x10000 {
			n++
		}
	}
	return n
}

// around is how many characters before and after a hit its context has at most.
const around = 40

// Context is what stands before and after a hit on its line.
func (t *Text) Context(h Hit) string {
	from, to := h.Start, h.End
	for n := 0; n < around && from > 0 && t.text[from-1] != '\n'; n++ {
		_, size := utf8.DecodeLastRuneInString(t.text[:from])
		from -= size
	}
	for n := 0; n < around && to < len(t.text) && t.text[to] != '\n'; n++ {
		_, size := utf8.DecodeRuneInString(t.text[to:])
		to += size
	}
	return plaintext.Visible(strings.TrimSpace(t.text[from:to]))
}
