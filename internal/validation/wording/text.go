package wording

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/redact"
)

const (
	maxText  = 200 // characters of a name
	maxNames = 20  // of a list
)

// Isolates keep text in them from turning round what stands about it (Unicode Bidirectional Algorithm, 2.5).
const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// fromRightToLeft are scripts that are written so.
var fromRightToLeft = []*unicode.RangeTable{
	unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Samaritan, unicode.Mandaic, unicode.Adlam,
	unicode.Hanifi_Rohingya, unicode.Mende_Kikakui,
}

// Shown makes text from a file fit to be shown, as the package comment says; text that is empty becomes a dash. It is for names of files, too.
func Shown(text string) string {
	if text = shown(text); text == "" {
		return "–"
	}
	return text
}

func shown(text string) string {
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText-1]) + "…"
	}
	text = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, redact.Text(text))
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, fromRightToLeft...) }) {
		return firstStrongIsolate + text + popIsolate
	}
	return text
}

// names lists names of files, the first of them where there are many.
func (w Words) names(list []string) (out []Line) {
	for i, name := range list {
		if i == maxNames {
			return append(out, Line{Role: Coverage, Text: w.say("validation.covers.more", "n", strconv.Itoa(len(list)-maxNames))})
		}
		out = append(out, Line{Role: Coverage, Text: Shown(name)})
	}
	return out
}
