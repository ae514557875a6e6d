package journal

import (
	"regexp"
	"strings"
)

// citizenPattern is what may be a citizen number (TCKN, eleven digits), or have one in it.
var citizenPattern = regexp.MustCompile(`\p{Nd}{11,}`)

// shown is how many digits stay at either end, as everywhere else where such a number is shown.
const shown = 3

// mask hides the middle of what may be a citizen number.
func mask(text string) string {
	return citizenPattern.ReplaceAllStringFunc(text, func(number string) string {
		digits := []rune(number)
		return string(digits[:shown]) + strings.Repeat("*", len(digits)-2*shown) + string(digits[len(digits)-shown:])
	})
}

// masked is the act without a citizen number in any of the words that come from elsewhere.
func (a Act) masked() Act {
	a.Origin, a.Purpose, a.Issuer = mask(a.Origin), mask(a.Purpose), mask(a.Issuer)
	documents := a.Documents
	a.Documents = nil
	for _, d := range documents {
		d.Name = mask(d.Name)
		a.Documents = append(a.Documents, d)
	}
	return a
}
