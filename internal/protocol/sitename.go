package protocol

import (
	"errors"
	"strings"
	"unicode"
)

// scripts are those in which a site's name may be written, each by itself.
var scripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Arabic, unicode.Hebrew,
}

// namePunctuation is what a site's name may have beside letters, digits and single spaces. Look-alikes of the full stop,
// the colon and the slash are not among it.
const namePunctuation = ".,-–—&'’()+/"

// CheckSiteName tells whether a site may call itself so (SiteDocument.Name): one line of 1 to MaxSiteName bytes, in
// letters of one script, that cannot be read as an address. People believe what stands beside the origin more than the
// origin, and only the origin is the browser's word.
func CheckSiteName(name string) error {
	if name == "" || len(name) > MaxSiteName || strings.TrimSpace(name) != name || strings.Contains(name, "  ") {
		return errors.New("want one line without spaces at its ends or in a row")
	}
	var script *unicode.RangeTable
	for _, r := range name {
		switch {
		case r == ' ' || '0' <= r && r <= '9' || strings.ContainsRune(namePunctuation, r):
		case !unicode.IsLetter(r) || 0xff00 <= r && r <= 0xffef:
			return errors.New("want letters, digits, spaces and " + namePunctuation)
		case script == nil:
			script = scriptOf(r)
			if script == nil {
				return errors.New("letters of a script that no name may have")
			}
		case !unicode.Is(script, r):
			return errors.New("letters of more than one script")
		}
	}
	if script == nil {
		return errors.New("no letter")
	}
	if strings.Contains(name, "//") || strings.Contains(name, " .") || hasHost(name) {
		return errors.New("it looks like an address")
	}
	return nil
}

func scriptOf(letter rune) *unicode.RangeTable {
	for _, script := range scripts {
		if unicode.Is(script, letter) {
			return script
		}
	}
	return nil
}

// hasHost reports whether a name has what can be read as a host's: two letters or more right behind a full stop that is
// right behind a letter or digit ("turkiye.gov", as against "T.C. Sağlık" or "A.Ş."), or four numbers (an IPv4 address).
func hasHost(name string) bool {
	labels := strings.Split(name, ".")
	numbers := 0
	for i, label := range labels[1:] {
		before, after := tail(labels[i]), head(label)
		if before == 0 || after == 0 {
			numbers = 0
			continue
		}
		if strings.ContainsFunc(label[:after], unicode.IsLetter) {
			if len([]rune(label[:after])) > 1 {
				return true
			}
			numbers = 0
			continue
		}
		numbers++
		if numbers == 3 {
			return true
		}
	}
	return false
}

// head returns the length of the letters, digits and hyphens that a label begins with, tail that of those it ends with.
func head(label string) int {
	end := strings.IndexFunc(label, func(r rune) bool { return !inHost(r) })
	if end < 0 {
		return len(label)
	}
	return end
}

func tail(label string) int {
	return len(label) - len(strings.TrimRightFunc(label, inHost))
}

func inHost(r rune) bool {
	return r == '-' || unicode.IsLetter(r) || '0' <= r && r <= '9'
}
