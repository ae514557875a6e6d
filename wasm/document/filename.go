package document

import "strings"

// maxFileName is the longest name of a copy, in characters.
const maxFileName = 100

// FileName makes the name that a page gives a document fit for a file: what systems take for a path, a device or an order, and
// what cannot be seen, is an underscore.
func FileName(name string) string {
	letters := []rune(name)
	var b strings.Builder
	for _, r := range letters[:min(len(letters), maxFileName)] {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|~%`, r) || 0x7f <= r && r < 0xa1 || 0x2000 <= r && r < 0x2070 || r == 0xfeff || r == 0x061c {
			r = '_'
		}
		b.WriteRune(r)
	}
	if clean := strings.Trim(b.String(), ". "); clean != "" {
		return clean
	}
	return "belge"
}
