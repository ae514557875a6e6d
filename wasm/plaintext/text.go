// Package plaintext makes text from outside visible: documents, and names, purposes and labels on one line. What cannot be
// seen, or reorders other text, is shown as a mark.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
)

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

// Text is a document made readable.
type Text struct {
	Runs  []Run
	Marks int
}

// String is the whole text as it is shown.
func (t *Text) String() string {
	var b strings.Builder
	for _, r := range t.Runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// maxMarks is how many invisible characters a document may hold: more is no text for people, and each
// is an element on the screen.
const maxMarks = 1000

// Read makes a text/plain document readable: UTF-8, every character as it is, except that what
// cannot be seen, or makes other text appear in another order, is shown as a mark such as ⟦U+202E⟧.
// Line ends are LF or CR LF. A byte order mark at the very start changes nothing and is left out.
//
// Errors have fault.DocumentUnreadable.
func Read(data []byte) (Text, error) {
	if !utf8.Valid(data) {
		return Text{}, fault.Errorf(fault.DocumentUnreadable, "not UTF-8")
	}
	s := strings.TrimPrefix(string(data), "\ufeff")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	t := Split(s)
	if t.Marks > maxMarks {
		return Text{}, fault.Errorf(fault.DocumentUnreadable, "more than %d characters that cannot be seen", maxMarks)
	}
	t.fold()
	return t, nil
}

// Above so many blank lines, or so many blank characters without a line end, blank space is folded. Documents have fewer
// between two chapters; more can fill the screen.
const (
	maxBlankLines = 8
	maxBlank      = 200
)

// fold gives long stretches of blank space a run of their own.
func (t *Text) fold() {
	var out []Run
	for _, r := range t.Runs {
		for r.Kind == RunPlain {
			start, end, lines := findBlank(r.Text)
			if end == 0 {
				break
			}
			if start > 0 {
				out = append(out, Run{Text: r.Text[:start]})
			}
			out = append(out, Run{Text: r.Text[start:end], Kind: RunBlank, Lines: lines})
			r.Text = r.Text[end:]
		}
		if r.Text != "" {
			out = append(out, r)
		}
	}
	t.Runs = out
}

// findBlank returns the first long stretch of blank space in text; end is 0 where there is none. The line end before it
// belongs to the line before, and what is blank before the next word to that word's line.
func findBlank(text string) (start, end, lines int) {
	from, breaks, size := 0, 0, 0
	first, last := 0, 0 // after the first and the last line end of the stretch
	for i, r := range text + "." {
		if unicode.IsSpace(r) {
			if size++; r == '\n' {
				if breaks++; breaks == 1 {
					first = i + 1
				}
				last = i + 1
			}
			continue
		}
		switch {
		case breaks-1 > maxBlankLines:
			return first, last, breaks - 1
		case size > maxBlank:
			return from, i, 0
		}
		from, breaks, size = i+utf8.RuneLen(r), 0, 0
	}
	return 0, 0, 0
}

// maxBlock is how many bytes of text are laid out at once. Browsers need far more than twice the time
// for twice the letters of a line when those run in both directions: a window that lays out a
// megabyte of them stands still for minutes, its way out included.
const maxBlock = 4 << 10

// Blocks returns the runs in stretches of at most maxBlock bytes, each of which can be laid out alone:
// they end with a line where one ends in their second half, else within it, as it would wrap anyway. What is folded is
// a block of its own, of whatever size.
func (t Text) Blocks() [][]Run {
	var blocks [][]Run
	var block []Run
	size := 0
	end := func() {
		if size > 0 {
			blocks = append(blocks, block)
		}
		block, size = nil, 0
	}
	for _, run := range t.Runs {
		if run.Kind == RunBlank {
			end()
			blocks = append(blocks, []Run{run})
			continue
		}
		for size+len(run.Text) > maxBlock {
			if n := cutAt(run.Text, maxBlock-size); run.Kind != RunMark && n > 0 {
				block = append(block, Run{Text: run.Text[:n], Kind: run.Kind})
				size += n
				run.Text = run.Text[n:]
			}
			end()
		}
		block = append(block, run)
		size += len(run.Text)
	}
	end()
	return blocks
}

// cutAt returns where to cut text, which is longer than room: after the last line end in the second
// half of room, else before the last letter that fits with whatever it carries, as far as there is one.
func cutAt(text string, room int) int {
	if i := strings.LastIndexByte(text[:room], '\n'); i >= room/2 {
		return i + 1
	}
	whole := 0
	for n := room; n > 0; n-- {
		if !utf8.RuneStart(text[n]) {
			continue
		}
		whole = max(whole, n)
		if r, _ := utf8.DecodeRuneInString(text[n:]); !unicode.In(r, unicode.M) {
			return n
		}
	}
	return whole
}

// HasCode reports whether the verification code stands in text: its digits together, or in groups of
// three with one space or no-break space between, and no further digit or group on either side.
func HasCode(text, code string) bool {
	for i := range text {
		if n, ok := matchCode(text[i:], code); ok {
			before, after := text[:i], text[i+n:]
			if n > len(code) {
				before, after = cutGap(before, strings.CutSuffix), cutGap(after, strings.CutPrefix)
			}
			if (before == "" || !isDigit(before[len(before)-1])) && (after == "" || !isDigit(after[0])) {
				return true
			}
		}
	}
	return false
}

// cutGap takes away one character that may stand between groups, with strings.CutPrefix or CutSuffix.
func cutGap(text string, cut func(s, gap string) (string, bool)) string {
	for _, gap := range []string{" ", "\u00a0"} {
		if rest, ok := cut(text, gap); ok {
			return rest
		}
	}
	return text
}

// matchCode returns the length of the code at the start of text.
func matchCode(text, code string) (int, bool) {
	pos := 0
	for i := range len(code) {
		if i > 0 && i%3 == 0 {
			pos = len(text) - len(cutGap(text[pos:], strings.CutPrefix))
		}
		if pos >= len(text) || text[pos] != code[i] {
			return 0, false
		}
		pos++
	}
	return pos, true
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

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
