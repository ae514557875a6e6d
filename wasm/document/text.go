package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

var textViewer = Viewer{MediaType: protocol.MediaTypeText, MaxSize: protocol.MaxTextDocument, Read: readText, HasCode: textHasCode}

// Text is a text/plain document as it is shown.
type Text struct {
	Runs  []plaintext.Run
	marks int
}

// Marks is how many characters are shown as marks.
func (t *Text) Marks() int { return t.marks }

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

// readText makes a text/plain document readable: UTF-8, every character as it is, except that what
// cannot be seen, or makes other text appear in another order, is shown as a mark such as ⟦U+202E⟧.
// Line ends are LF or CR LF. A byte order mark at the very start changes nothing and is left out.
//
// Errors have fault.DocumentUnreadable.
func readText(data []byte) (Readable, error) {
	if !utf8.Valid(data) {
		return nil, fault.Errorf(fault.DocumentUnreadable, "not UTF-8")
	}
	s := strings.TrimPrefix(string(data), "\ufeff")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	t := &Text{}
	t.Runs, t.marks = plaintext.Split(s)
	if t.marks > maxMarks {
		return nil, fault.Errorf(fault.DocumentUnreadable, "more than %d characters that cannot be seen", maxMarks)
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
	var out []plaintext.Run
	for _, r := range t.Runs {
		for r.Kind == plaintext.RunPlain {
			start, end, lines := findBlank(r.Text)
			if end == 0 {
				break
			}
			if start > 0 {
				out = append(out, plaintext.Run{Text: r.Text[:start]})
			}
			out = append(out, plaintext.Run{Text: r.Text[start:end], Kind: plaintext.RunBlank, Lines: lines})
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
func (t *Text) Blocks() [][]plaintext.Run {
	var blocks [][]plaintext.Run
	var block []plaintext.Run
	size := 0
	end := func() {
		if size > 0 {
			blocks = append(blocks, block)
		}
		block, size = nil, 0
	}
	for _, run := range t.Runs {
		if run.Kind == plaintext.RunBlank {
			end()
			blocks = append(blocks, []plaintext.Run{run})
			continue
		}
		for size+len(run.Text) > maxBlock {
			if n := cutAt(run.Text, maxBlock-size); run.Kind != plaintext.RunMark && n > 0 {
				block = append(block, plaintext.Run{Text: run.Text[:n], Kind: run.Kind})
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
