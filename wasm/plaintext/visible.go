// Package plaintext makes text from outside visible: documents, and names, purposes and labels on one line. What cannot be
// seen, or reorders other text, is shown as a mark.
package plaintext

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a text from outside shows is what it says: one rule for documents, purposes, names and whatever else comes from a
// page, a card or a host.
//
// - A character that cannot be seen is shown as a mark. That are the characters of hidden.gen.go, a variation selector
//   that varies nothing, and combining marks that pile up.
// - In a line that runs from left to right, words that run from right to left stay where they stand: without that, a
//   number after such a word is drawn before it, and joins the number there.

// Run is a stretch of a text as it is shown. The texts of all runs together are the text, but for the marks.
type Run struct {
	Text string
	Kind RunKind
	// Lines is how many blank lines a RunBlank is of; 0 where it is long by its spaces.
	Lines int
}

// RunKind is how a run is shown.
type RunKind int

// The kinds of runs.
const (
	RunPlain RunKind = iota
	// RunMark is the mark of a character that cannot be seen.
	RunMark
	// RunBlank is so much blank space that what follows could be taken for the end: it is folded.
	RunBlank
	// RunTurned runs from right to left, and must not take the numbers around it along.
	RunTurned
)

// Split makes a text visible, as runs, and counts the marks among them.
func Split(s string) (runs []Run, marks int) {
	var state State
	runs = state.Split(s)
	for _, r := range runs {
		if r.Kind == RunMark {
			marks++
		}
	}
	return runs, marks
}

// State is what the characters before a place of a text say about those that follow. The zero value is the text's
// beginning. With it a long text is made visible in stretches.
type State struct {
	line    direction // of the line
	stacked uint8     // combining marks since the last other character, maxStacked+1 where there are more
	before  rune
}

// Split makes the stretch of a text that begins at the state visible, and moves the state to its end.
func (st *State) Split(s string) (runs []Run) {
	start, turnedEnd := 0, 0 // of the present run; of its last character from right to left, 0 where it has none
	flush := func(to int) {
		if turnedEnd > 0 {
			runs = append(runs, Run{Text: s[start:turnedEnd], Kind: RunTurned})
			start, turnedEnd = turnedEnd, 0
		}
		if start < to {
			runs = append(runs, Run{Text: s[start:to]})
		}
		start = to
	}
	for i, r := range s {
		size := utf8.RuneLen(r)
		isHidden, d := st.step(r)
		switch {
		case isHidden:
			flush(i)
			runs = append(runs, Run{Text: mark(r), Kind: RunMark})
			start = i + size
		case st.line != straight:
		case d == turned:
			if turnedEnd == 0 {
				flush(i)
			}
			turnedEnd = i + size
		case d == straight || r == '\n':
			if turnedEnd > 0 {
				flush(i)
			}
		}
	}
	flush(len(s))
	return runs
}

// Hides reports whether r, which follows, is shown as a mark, or else is blank, and moves the state behind it.
func (st *State) Hides(r rune) (isHidden, isBlank bool) {
	isHidden, _ = st.step(r)
	return isHidden, !isHidden && traitsOf(r)&isSpace != 0
}

// Pass moves the state behind a word of printable ASCII, as Hides would letter by letter.
func (st *State) Pass(word string) {
	st.stacked, st.before = 0, rune(word[len(word)-1])
	for i := 0; st.line == neutral && i < len(word); i++ {
		if isAlphanumeric(rune(word[i])) {
			st.line = straight
		}
	}
}

// step moves the state behind r, and returns how r is shown and where it runs.
func (st *State) step(r rune) (isHidden bool, d direction) {
	is := traitsOf(r)
	d = is.direction()
	switch {
	case r == '\n':
		st.line = neutral
	case st.line == neutral && d == turned && is&opensLine == 0:
		st.line = straight
	case st.line == neutral:
		st.line = d
	}
	switch {
	case is&stacks == 0:
		st.stacked = 0
	case st.stacked <= maxStacked:
		st.stacked++
	}
	isHidden = (is&hasNoInk != 0 || st.stacked > maxStacked) && !varies(st.before, r)
	st.before = r
	return isHidden, d
}

// Visible returns a short text from outside, made visible on one line. Isolates (U+2067, U+2069) hold what runs from
// right to left in its place.
func Visible(s string) string {
	var b strings.Builder
	runs, _ := Split(s)
	for _, r := range runs {
		if r.Kind == RunTurned {
			b.WriteString("\u2067" + r.Text + "\u2069")
			continue
		}
		for _, c := range r.Text {
			if c == '\n' || c == '\t' {
				b.WriteString(mark(c))
			} else {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

func mark(r rune) string { return fmt.Sprintf("⟦U+%04X⟧", r) }

// maxStacked is how many combining marks one letter may carry: no language needs more, and a pile of
// them covers the lines above.
const maxStacked = 4

// hidden reports whether r cannot be seen, or steers how other characters are shown.
func hidden(r rune) bool {
	if ' ' <= r && r < 0x7f || r == '\n' || r == '\t' {
		return false
	}
	n, found := slices.BinarySearch(hiddenBounds, r)
	if found {
		n++
	}
	return n%2 == 1
}

// hiddenBounds are the first characters of stretches that cannot be seen, and of those that can, in turn.
var hiddenBounds = func() (bounds []rune) {
	bound, delta, shift := rune(0), rune(0), 0
	for i := range len(hiddenDeltas) {
		delta |= rune(hiddenDeltas[i]&0x7f) << shift
		shift += 7
		if hiddenDeltas[i] < 0x80 {
			bound += delta
			bounds = append(bounds, bound)
			delta, shift = 0, 0
		}
	}
	return bounds
}()

// varies reports whether r is the selector of the look of the symbol before it, as of most emoji.
func varies(before, r rune) bool {
	if r != 0xfe0f && r != 0xfe0e {
		return false
	}
	return before == 0xa9 || before == 0xae || before == 0x203c || before == 0x2049 || 0x2100 <= before && before < 0x2c00 ||
		before == 0x3030 || before == 0x303d || before == 0x3297 || before == 0x3299 || 0x1f000 <= before && before < 0x1fb00
}

// directionOf goes by the blocks that Unicode keeps for what runs from right to left.
func directionOf(r rune) direction {
	switch {
	case r < 0x80 && !isAlphanumeric(r), r == 0xa0, 0x2000 <= r && r < 0x2070:
		return neutral
	case 0x590 <= r && r < 0x900, 0xfb1d <= r && r < 0xfe00, 0xfe70 <= r && r < 0xff00, 0x10800 <= r && r < 0x11000, 0x1e800 <= r && r < 0x1f000:
		return turned
	}
	return straight
}

// isAlphanumeric reports whether r is a letter or digit of ASCII.
func isAlphanumeric(r rune) bool {
	return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9'
}

// opensTurned reports whether a line that begins with r runs from right to left: a letter does that, a sign does not.
func opensTurned(r rune) bool {
	return 0x5d0 <= r && r <= 0x5f2 || 0x620 <= r && r <= 0x64a || 0x66e <= r && r <= 0x6d3 || 0x710 <= r && r <= 0x7b1 ||
		0xfb1d <= r && r <= 0xfdfb || 0xfe70 <= r && r <= 0xfefc
}

// maxShown is the longest name or label that is shown, in characters; X.520 allows 64 for a name.
const maxShown = 200

// Short is Visible for a name or label: of more than maxShown characters, the first and an ellipsis.
func Short(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return Visible(s)
}

// Line is Visible for the host's words to the help desk: at most 120 characters.
func Line(detail string) string {
	if r := []rune(Visible(detail)); len(r) > 120 {
		return string(r[:120])
	}
	return Visible(detail)
}

// Groups returns the digits of a code in groups of three, as people compare them.
func Groups(code string) []string {
	var groups []string
	for len(code) > 3 {
		groups = append(groups, code[:3])
		code = code[3:]
	}
	return append(groups, code)
}
