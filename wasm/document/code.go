package document

import "strings"

// textHasCode reports whether the verification code stands in text: its digits together, or in groups of
// three with one space or no-break space between, and no further digit or group on either side.
func textHasCode(data []byte, code string) bool {
	text := string(data)
	for i := 0; ; i++ {
		next := strings.IndexByte(text[i:], code[0])
		if next < 0 {
			return false
		}
		i += next
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

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
