package worker

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// leastCut is the least length of a name that a library has cut, in bytes: CK_SLOT_INFO has room for 64, and the last
// ones may be blank.
const leastCut = 60

// InOneOf returns the reader that the token is in, of those that PC/SC shows. Where that is not certain it returns all that
// it may be, and none where it is in none. Libraries name their slots after readers, whose name they may cut; the
// token of one with other names is in the only reader with a card.
func (t Token) InOneOf(readers []reader.Reader) []reader.Reader {
	var named, full []reader.Reader
	for _, r := range readers {
		name := CleanReader(r.Name)
		if name == t.Reader {
			return []reader.Reader{r}
		}
		if t.cut(name) {
			named = append(named, r)
		}
	}
	if len(named) == 1 {
		return named
	}
	if len(named) == 0 {
		if !t.Removable {
			return nil
		}
		named = readers
	}
	for _, r := range named {
		if r.Card {
			full = append(full, r)
		}
	}
	return full
}

// cut reports whether the library's name is the beginning of name. A cut may go through a character, and OpenSC ends it
// with three dots.
func (t Token) cut(name string) bool {
	if len(t.Reader) < leastCut {
		return false
	}
	beginning := strings.TrimRightFunc(strings.TrimSuffix(t.Reader, "..."), func(r rune) bool {
		return r == utf8.RuneError || unicode.IsSpace(r)
	})
	return strings.HasPrefix(name, beginning)
}
