package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

var textViewer = Viewer{Read: readText, HasCode: textHasCode}

// Text is a text/plain document as it is shown: in blocks, each of which is made and laid out alone, once it comes near to
// the view. Browsers need far more than twice the time for twice the letters of a line when those run in both
// directions: a window that lays out a megabyte of them stands still for minutes, its way out included.
type Text struct {
	text   string // with LF as line ends, without a byte order mark
	blocks []block
	marks  int
}

// block is a stretch of a text. It ends where the next one begins.
type block struct {
	start  int
	state  plaintext.State // of the text at its start
	folded bool            // blank space that is folded
	lines  int             // how many blank lines that is; 0 where it is long by its spaces
}

// Limits of a text.
const (
	// maxMarks is how many invisible characters a document may hold: more is no text for people.
	maxMarks = 1000
	// maxFolds is how many long stretches of blank space it may hold: each is an element on the screen.
	maxFolds = 4096
	// maxBlock is the longest block, in bytes.
	maxBlock = 4 << 10
)

// Above so many blank lines, or so many blank characters without a line end, blank space is folded. Documents have fewer
// between two chapters; more can fill the screen.
const (
	maxBlankLines = 8
	maxBlank      = 200
)

// readText makes a text/plain document readable: UTF-8, every character as it is, except that what
// cannot be seen, or makes other text appear in another order, is shown as a mark such as ⟦U+202E⟧.
// Line ends are LF or CR LF. A byte order mark at the very start changes nothing and is left out.
//
// Errors have fault.DocumentUnreadable.
func readText(f File) (Readable, error) {
	if !utf8.Valid(f.Data) {
		return nil, fault.Errorf(fault.DocumentUnreadable, "not UTF-8")
	}
	s := strings.TrimPrefix(string(f.Data), "\ufeff")
	x := indexer{text: strings.ReplaceAll(s, "\r\n", "\n")}
	x.index()
	switch {
	case x.marks > maxMarks:
		return nil, fault.Errorf(fault.DocumentUnreadable, "more than %d characters that cannot be seen", maxMarks)
	case x.folds > maxFolds:
		return nil, fault.Errorf(fault.DocumentUnreadable, "more than %d long stretches of blank space", maxFolds)
	}
	return &Text{text: x.text, blocks: x.blocks, marks: x.marks}, nil
}

// Marks is how many characters are shown as marks.
func (t *Text) Marks() int { return t.marks }

// Blocks is how many blocks the text has.
func (t *Text) Blocks() int { return len(t.blocks) }

// Block returns the runs of a block.
func (t *Text) Block(n int) []plaintext.Run {
	b := t.blocks[n]
	text := t.text[b.start:t.end(n)]
	if b.folded {
		return []plaintext.Run{{Text: text, Kind: plaintext.RunBlank, Lines: b.lines}}
	}
	return b.state.Split(text)
}

// Fold returns block n if it is folded blank space.
func (t *Text) Fold(n int) (run plaintext.Run, ok bool) {
	if !t.blocks[n].folded {
		return plaintext.Run{}, false
	}
	return t.Block(n)[0], true
}

// end is where a block ends.
func (t *Text) end(n int) int {
	if n+1 < len(t.blocks) {
		return t.blocks[n+1].start
	}
	return len(t.text)
}

// Holds reports whether a block, as it stands on the screen, is the text's.
func (t *Text) Holds(n int, shown string) bool {
	if n < 0 || n >= len(t.blocks) {
		return n == 0 && shown == "" // of an empty text
	}
	for _, r := range t.Block(n) {
		rest, found := strings.CutPrefix(shown, r.Text)
		if !found {
			return false
		}
		shown = rest
	}
	return shown == ""
}

// indexer finds the blocks of a text in one pass over it.
type indexer struct {
	text   string
	blocks []block
	marks  int
	folds  int

	state plaintext.State
	line  place // after the last line end in the second half of the present block
	cut   place // before the last letter near the end of the present block, with whatever that letter carries
	blank blank
}

// place is a place of the text with its state there; the zero value is none.
type place struct {
	at    int
	state plaintext.State
}

// blank is the stretch of blank space that the indexer is in.
type blank struct {
	from        int
	characters  int
	breaks      int // line ends
	first, last int // after the first and the last of them
}

// index goes through the text. It looks at no more of it once there is too much of what is limited.
func (x *indexer) index() {
	x.blocks = append(x.blocks, block{})
	for i := 0; i < len(x.text) && x.marks <= maxMarks && x.folds <= maxFolds; {
		if i-x.blocks[len(x.blocks)-1].start >= nearlyFull {
			x.fit(i)
		}
		if hasInk(x.text[i]) {
			i = x.passWord(i)
		} else {
			i = x.passLetter(i)
		}
	}
	x.endBlank(len(x.text), x.state)
	if x.start() == len(x.text) {
		x.blocks = x.blocks[:len(x.blocks)-1]
	}
}

// hasInk reports whether c is a printable character of ASCII other than a space.
func hasInk(c byte) bool { return ' ' < c && c < 0x7f }

// maxWord is the longest stretch that is passed at once, so that blocks can be cut within words.
const maxWord = 64

// nearlyFull is how many bytes a block has when the place of its end is looked for.
const nearlyFull = maxBlock - 2*maxWord

// passWord goes over printable characters of ASCII, which need no look at each.
func (x *indexer) passWord(i int) int {
	if x.blank.characters > 0 {
		x.endBlank(i, x.state)
	}
	end, limit := i+1, min(len(x.text), i+maxWord)
	for end < limit && ' ' < x.text[end] && x.text[end] < 0x7f {
		end++
	}
	x.state.Pass(x.text[i:end])
	return end
}

// passLetter goes over one character.
func (x *indexer) passLetter(i int) int {
	r, size := utf8.DecodeRuneInString(x.text[i:])
	before := x.state
	isHidden, isBlank := x.state.Hides(r)
	switch {
	case isBlank:
		x.blank.add(i, r)
	case x.blank.characters > 0:
		x.endBlank(i, before)
	}
	if isHidden {
		x.marks++
	}
	if r == '\n' && i+1-x.start() >= maxBlock/2 {
		x.line = place{i + 1, x.state}
	}
	return i + size
}

// start is where the present block begins.
func (x *indexer) start() int { return x.blocks[len(x.blocks)-1].start }

// fit ends the present block where it would grow too long with what stands at i: after the last line end in its second
// half, else before a letter, as it would wrap anyway.
func (x *indexer) fit(i int) {
	r, _ := utf8.DecodeRuneInString(x.text[i:])
	if !unicode.In(r, unicode.M) || x.cut.at <= x.start() {
		x.cut = place{i, x.state}
	}
	if i-x.start() < maxBlock-maxWord {
		return
	}
	end := x.cut
	if x.line.at > x.start() {
		end = x.line
	}
	x.blocks = append(x.blocks, block{start: end.at, state: end.state})
}

// add takes in a blank character.
func (b *blank) add(at int, r rune) {
	if b.characters == 0 {
		*b = blank{from: at}
	}
	b.characters++
	if r != '\n' {
		return
	}
	if b.breaks++; b.breaks == 1 {
		b.first = at + 1
	}
	b.last = at + 1
}

// endBlank ends the present stretch of blank space, and folds it if it is long. The line end before it belongs to the line
// before, and what is blank before the next word to that word's line.
func (x *indexer) endBlank(at int, state plaintext.State) {
	b := x.blank
	x.blank.characters = 0
	switch {
	case b.characters > 0 && b.breaks-1 > maxBlankLines:
		var afterLine plaintext.State
		afterLine.Hides('\n')
		x.fold(b.first, place{b.last, afterLine}, b.breaks-1)
	case b.characters > maxBlank:
		x.fold(b.from, place{at, state}, 0)
	}
}

// fold makes a block of blank space, whatever its size.
func (x *indexer) fold(from int, to place, lines int) {
	for len(x.blocks) > 0 && x.start() >= from {
		x.blocks = x.blocks[:len(x.blocks)-1]
	}
	x.folds++
	x.blocks = append(x.blocks, block{start: from, folded: true, lines: lines}, block{start: to.at, state: to.state})
}
