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

// clean applies the rule on names of the package comment.
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
