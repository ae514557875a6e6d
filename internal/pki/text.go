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
//   - combining marks after the second on one letter are dropped;
//   - what is longer than 100 characters is cut to 99 and "…".
func clean(name string) string {
	var out []rune
	marks := 0
	for _, r := range name {
		if hidden(r) {
			r = ' '
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		doubled := r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ')
		if !doubled && marks <= maxMarks {
			out = append(out, r)
		}
	}
	if len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	if len(out) > maxName {
		return strings.TrimRight(string(out[:maxName-1]), " ") + "…"
	}
	return string(out)
}

// hidden reports whether r leaves nothing to be seen. Ranging over a string gives the replacement character
// for invalid UTF-8.
func hidden(r rune) bool {
	return r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r)
}
