package pdf

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns what a text string says (ISO 32000-2, 7.9.2.2): UTF-16 with its mark, UTF-8 with its mark, or PDFDocEncoding.
func Text(s String) (string, error) {
	switch {
	case len(s) >= 2 && s[0] == 0xfe && s[1] == 0xff:
		return utf16Text(s[2:])
	case len(s) >= 3 && s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf:
		if !utf8.Valid(s[3:]) {
			return "", malformed("a text string that is not UTF-8")
		}
		return string(s[3:]), nil
	}
	out := make([]rune, 0, len(s))
	for _, c := range s {
		r := docEncoding(c)
		if r == 0 {
			return "", malformed("the character %#x in a text string", c)
		}
		out = append(out, r)
	}
	return string(out), nil
}

func utf16Text(b []byte) (string, error) {
	if len(b)%2 != 0 {
		return "", malformed("a text string with half a character")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	out := utf16.Decode(units)
	for _, r := range out {
		if r == utf8.RuneError {
			return "", malformed("a text string that is not UTF-16")
		}
	}
	return string(out), nil
}

// TextString writes text: ASCII as it is, everything else as UTF-16, which every version of PDF has.
func TextString(text string) String {
	ascii := true
	for _, r := range text {
		ascii = ascii && r >= ' ' && r <= '~'
	}
	if ascii {
		return String(text)
	}
	out := String{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}

// docHigh are the characters from 0x18 to 0x1f and from 0x80 to 0xa0 of PDFDocEncoding (ISO 32000-2, annex D.2).
var (
	docLow  = [8]rune{'˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'}
	docHigh = [33]rune{
		'•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘',
		'’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', 0, '€',
	}
)

// docEncoding returns a character of PDFDocEncoding; 0 where there is none.
func docEncoding(c byte) rune {
	switch {
	case c == '\t', c == '\n', c == '\r', c >= ' ' && c <= '~', c > 0xa0 && c != 0xad:
		return rune(c)
	case c >= 0x18 && c <= 0x1f:
		return docLow[c-0x18]
	case c >= 0x80 && c <= 0xa0:
		return docHigh[c-0x80]
	}
	return 0
}

// Date writes a time in whole seconds of UTC (ISO 32000-2, 7.9.4).
func Date(t time.Time) String { return String(t.UTC().Format("D:20060102150405Z")) }

// Time reads a date. The parts after the year may be missing, and count as the first of their kind; without an offset the time
// is that of UTC. The apostrophe at the end is allowed, as in PDF 1.7.
func Time(s String) (time.Time, error) {
	bad := malformed("%.40q is no date", s)
	text := string(s)
	if len(text) < 6 || text[:2] != "D:" {
		return time.Time{}, bad
	}
	text = text[2:]
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	if n < 4 || n > 14 || n%2 != 0 {
		return time.Time{}, bad
	}
	const first = "00000101000000"
	t, err := time.Parse("20060102150405", text[:n]+first[n:])
	if err != nil {
		return time.Time{}, bad
	}
	offset, ok := dateOffset(text[n:])
	if !ok || offset != 0 && n < 14 {
		return time.Time{}, bad
	}
	return t.Add(-offset).UTC(), nil
}

// dateOffset reads Z, Z00'00', +HH, +HH'mm, +HH'mm' or nothing.
func dateOffset(s string) (time.Duration, bool) {
	if s == "" || s == "Z" {
		return 0, true
	}
	sign := s[0]
	if sign != '+' && sign != '-' && sign != 'Z' || len(s) < 3 || len(s) > 7 {
		return 0, false
	}
	hours, err := strconv.ParseUint(s[1:3], 10, 8)
	if err != nil || hours > 23 {
		return 0, false
	}
	var minutes uint64
	switch rest := s[3:]; {
	case rest == "", rest == "'":
	case len(rest) >= 3 && rest[0] == '\'' && (len(rest) == 3 || rest[3] == '\''):
		if minutes, err = strconv.ParseUint(rest[1:3], 10, 8); err != nil || minutes > 59 {
			return 0, false
		}
	default:
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	switch {
	case sign == '-':
		offset = -offset
	case sign == 'Z' && offset != 0:
		return 0, false
	}
	return offset, true
}
