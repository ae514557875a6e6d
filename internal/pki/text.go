package pki

import (
	"strings"
	"unicode"
)

// Bounds of a cleaned name.
const (
	maxName  = 100 // characters
	maxMarks = 2   // combining marks on one letter: Vietnamese needs two
)

// clean makes a name from a certificate fit to be shown. The rule:
//
//   - letters, digits, punctuation, symbols and spaces stay;
//   - everything that is not to be seen (controls, line ends, zero-width and direction marks, private use,
//     invalid UTF-8) becomes a space, so that it cannot join or reorder what stands around it;
//   - runs of spaces become one, and none is left at the ends;
//   - more than two combining marks on one letter are dropped;
//   - what is longer than 100 characters is cut there and ends in "…".
func clean(name string) string {
	var b strings.Builder
	written, marks := 0, 0
	space := false
	for _, r := range name {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			space = written > 0
			continue
		}
		if unicode.Is(unicode.M, r) {
			marks++
			if marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			written++
			space = false
		}
		if written >= maxName-1 {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		written++
	}
	return b.String()
}
