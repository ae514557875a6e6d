package worker

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// minCutName is the least length of a name that a library has cut off, in bytes: CK_SLOT_INFO has room for 64, and the last
// ones may be blank.
const minCutName = 60

// PossibleReaders returns the reader that the token is in, of those that PC/SC shows. If that is not certain it returns all
// readers that it may be in; it returns nil for a token in no reader. Libraries name their slots after readers, whose names
// they may cut off. A token of a library with other names is in the only reader with a card.
func (t Token) PossibleReaders(readers []reader.Reader) []reader.Reader {
	var named, full []reader.Reader
	for _, r := range readers {
		name := CleanReader(r.Name)
		if name == t.Reader {
			return []reader.Reader{r}
		}
		if t.isCutOf(name) {
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

// isCutOf reports whether the library's name is the beginning of name. It may end within a character, and OpenSC's ends with
// three dots.
func (t Token) isCutOf(name string) bool {
	if len(t.Reader) < minCutName {
		return false
	}
	beginning := strings.TrimRightFunc(strings.TrimSuffix(t.Reader, "..."), func(r rune) bool {
		return r == utf8.RuneError || unicode.IsSpace(r)
	})
	return strings.HasPrefix(name, beginning)
}
