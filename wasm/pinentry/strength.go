package pinentry

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Strength says in one word how a new PIN is, while it is typed. It is a hint for the person: only what is refused
// (protocol.PINState.RefuseNew) cannot be had. A card gives three tries, so what counts is whether a PIN is among the
// first that anybody would try.
type Strength string

// Strengths.
const (
	StrengthNone       Strength = ""
	StrengthShort      Strength = "short"
	StrengthLong       Strength = "long"
	StrengthCharacters Strength = "characters"
	StrengthWeak       Strength = "weak"      // refused
	StrengthGuessable  Strength = "guessable" // a date, a repetition, nearly a row
	StrengthFair       Strength = "fair"      // and could be longer
	StrengthGood       Strength = "good"
)

// Text is the hint, empty where nothing is typed.
func (s Strength) Text(l message.Language) string {
	if s == StrengthNone {
		return ""
	}
	return message.Text(l, "newpin.strength."+string(s))
}

// goodLength is the length from which nothing more is asked of a PIN.
const goodLength = 6

// StrengthOf rates a new PIN for a token whose present PIN is in the state.
func StrengthOf(pin []byte, state protocol.PINState) Strength {
	if len(pin) == 0 {
		return StrengthNone
	}
	switch state.RefuseNew(nil, pin) {
	case fault.PINCharacters:
		return StrengthCharacters
	case fault.PINWeak:
		return StrengthWeak
	case fault.PINLength:
		if state.Min > len(pin) {
			return StrengthShort
		}
		return StrengthLong
	}
	switch {
	case guessable(pin):
		return StrengthGuessable
	case len(pin) < goodLength && (state.Max == 0 || state.Max > len(pin)):
		return StrengthFair
	}
	return StrengthGood
}

// guessable reports whether pin is of the kinds that are tried first.
func guessable(pin []byte) bool {
	return few(pin) || repeats(pin) || nearlyRow(pin) || isDate(pin)
}

// few reports whether pin has no more than two different characters.
func few(pin []byte) bool {
	other := pin[0]
	for _, c := range pin {
		switch {
		case c == pin[0] || c == other:
		case other == pin[0]:
			other = c
		default:
			return false
		}
	}
	return true
}

// repeats reports whether pin is one piece several times, as in 123123.
func repeats(pin []byte) bool {
	for n := 1; n <= len(pin)/2; n++ {
		if len(pin)%n == 0 && string(pin[n:]) == string(pin[:len(pin)-n]) {
			return true
		}
	}
	return false
}

// nearlyRow reports whether all but one step of pin are the same one of -1, 0 and 1, as in 123457 and 111112.
func nearlyRow(pin []byte) bool {
	steps := [3]int{}
	for i := 1; i < len(pin); i++ {
		if d := int(pin[i]) - int(pin[i-1]); d >= -1 && d <= 1 {
			steps[d+1]++
		}
	}
	return max(steps[0], steps[1], steps[2]) >= len(pin)-2 && len(pin) > 3
}

// isDate reports whether pin can be a year, a day and month, or a date, in any order that people use.
func isDate(pin []byte) bool {
	n := make([]int, len(pin))
	for i, c := range pin {
		if !wire.Digit(c) {
			return false
		}
		n[i] = int(c - '0')
	}
	defer clear(n)
	two := func(i int) int { return n[i]*10 + n[i+1] }
	day := func(d, m int) bool { return two(d) >= 1 && two(d) <= 31 && two(m) >= 1 && two(m) <= 12 }
	century := func(i int) bool { return two(i) == 19 || two(i) == 20 }
	switch len(pin) {
	case 4:
		return century(0) || day(0, 2) || day(2, 0)
	case 6:
		return day(0, 2) || day(2, 0) || day(4, 2)
	case 8:
		return century(4) && (day(0, 2) || day(2, 0)) || century(0) && day(6, 4)
	}
	return false
}
