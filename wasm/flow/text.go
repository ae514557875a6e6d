package flow

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Run is a stretch of a document as it is shown: text, or the mark of a character that cannot be seen.
type Run struct {
	Text string
	Mark bool
}

// Text is a document made readable.
type Text struct {
	Runs  []Run
	Marks int
}

// maxMarks is how many invisible characters a document may hold: more is no text for people, and each
// is an element on the screen.
const maxMarks = 1000

// ReadText makes a text/plain document readable: UTF-8, every character as it is, except that what
// cannot be seen, or makes other text appear in another order, is shown as a mark such as ⟦U+202E⟧.
// Line ends are LF or CR LF. A byte order mark at the very start changes nothing and is left out.
//
// Errors have CodeDocumentUnreadable.
func ReadText(data []byte) (Text, error) {
	if !utf8.Valid(data) {
		return Text{}, protocol.Errorf(protocol.CodeDocumentUnreadable, "not UTF-8")
	}
	s := strings.TrimPrefix(string(data), "\ufeff")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var t Text
	start, stacked := 0, 0
	for i, r := range s {
		stacked = stack(stacked, r)
		if !hidden(r) && stacked <= maxStacked {
			continue
		}
		if t.Marks++; t.Marks > maxMarks {
			return Text{}, protocol.Errorf(protocol.CodeDocumentUnreadable, "more than %d characters that cannot be seen", maxMarks)
		}
		if start < i {
			t.Runs = append(t.Runs, Run{Text: s[start:i]})
		}
		t.Runs = append(t.Runs, Run{Text: mark(r), Mark: true})
		start = i + utf8.RuneLen(r)
	}
	if start < len(s) {
		t.Runs = append(t.Runs, Run{Text: s[start:]})
	}
	return t, nil
}

// maxBlock is how many bytes of text are laid out at once. Browsers need far more than twice the time
// for twice the letters of a line when those run in both directions: a window that lays out a
// megabyte of them stands still for minutes, its way out included.
const maxBlock = 4 << 10

// Blocks returns the runs in stretches of at most maxBlock bytes, each of which can be laid out alone:
// they end with a line where one ends in their second half, else within it, as it would wrap anyway.
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
		for size+len(run.Text) > maxBlock {
			if n := cutAt(run.Text, maxBlock-size); !run.Mark && n > 0 {
				block = append(block, Run{Text: run.Text[:n]})
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

// visible returns a short text from outside with its hidden characters marked, on one line.
func visible(s string) string {
	var b strings.Builder
	stacked := 0
	for _, r := range s {
		stacked = stack(stacked, r)
		if r == '\n' || r == '\t' || hidden(r) || stacked > maxStacked {
			b.WriteString(mark(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func mark(r rune) string { return fmt.Sprintf("⟦U+%04X⟧", r) }

// maxStacked is how many combining marks one letter may carry: no language needs more, and a pile of
// them covers the lines above.
const maxStacked = 4

func stack(stacked int, r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return stacked + 1
	}
	return 0
}

// hidden reports whether r cannot be seen or steers how other characters are shown: controls, bidi
// and zero-width formats (Unicode category Cf), what fonts leave out even before it is assigned
// (Default_Ignorable_Code_Point), line and paragraph separators, private use, blank letters, and the
// replacement character, which hides what it replaced.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, 0x7f <= r && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x2028, r == 0x2029,
		r == 0x2800, r == 0x3164, r == 0xffa0, r == utf8.RuneError:
		return true
	case 0x180b <= r && r <= 0x180f, 0xfe00 <= r && r <= 0xfe0e, 0xe0000 <= r && r <= 0xe0fff:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point)
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
			if (before == "" || !digit(before[len(before)-1])) && (after == "" || !digit(after[0])) {
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

func digit(b byte) bool { return '0' <= b && b <= '9' }

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
