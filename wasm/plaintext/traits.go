package plaintext

import "unicode"

// traits are what of a character decides how it is shown.
type traits uint8

const (
	directionBits traits = 3               // its direction
	hasNoInk      traits = 1 << (iota + 1) // it cannot be seen, or steers how others are shown
	stacks                                 // a combining mark that takes no room of its own (Mn, Me)
	opensLine                              // a letter that makes its line run from right to left
	isSpace                                // of White_Space
)

// direction is where characters run: straight from left to right, as digits are here; turned from right to left.
type direction uint8

const (
	neutral direction = iota
	straight
	turned
)

func (t traits) direction() direction { return direction(t & directionBits) }

// traitsOf keeps what it has found of a character and those beside it: Unicode's tables take a microsecond for each
// question, and a text has millions of characters of a few hundred kinds. It is not safe for concurrent use.
func traitsOf(r rune) traits {
	page := known[r>>8]
	if page == nil {
		page = new([256]traits)
		first := r &^ 0xff
		for i := range page {
			page[i] = findTraits(first + rune(i))
		}
		known[r>>8] = page
	}
	return page[r&0xff]
}

var known [unicode.MaxRune>>8 + 1]*[256]traits

func findTraits(r rune) traits {
	t := traits(directionOf(r))
	if hidden(r) {
		t |= hasNoInk
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		t |= stacks
	}
	if opensTurned(r) {
		t |= opensLine
	}
	if unicode.IsSpace(r) {
		t |= isSpace
	}
	return t
}
