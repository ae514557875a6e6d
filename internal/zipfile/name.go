package zipfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CheckName refuses names that a program could take for another file than the one meant, and those that lead out of the
// folder into which an archive is unpacked. The name is a path with forward slashes; a folder's ends with one.
func CheckName(name string) error { return checkName(name, true) }

// checkName knows whether the archive says that its names are in UTF-8. Where it does not, readers take their system's
// encoding, in which only ASCII is the same for all.
func checkName(name string, isUTF8 bool) error {
	if name == "" || len(name) > MaxName {
		return malformed("a name of %d bytes", len(name))
	}
	if !utf8.ValidString(name) {
		return malformed("name %.100q is not UTF-8", name)
	}
	for _, r := range name {
		switch {
		case r == '\\' || r == ':':
			return malformed("name %.100q has %q", name, r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == utf8.RuneError:
			return malformed("name %.100q has a character that cannot be seen", name)
		case r > unicode.MaxASCII && !isUTF8:
			return malformed("name %.100q is not ASCII, and not marked as UTF-8", name)
		}
	}
	if strings.Count(name, "/") > maxDepth {
		return malformed("name %.100q is over the limit of %d folders", name, maxDepth)
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if strings.Trim(segment, ". ") == "" {
			return malformed("name %.100q is absolute, or has a part that is no name", name)
		}
	}
	return nil
}

// CheckNames refuses names that are one file, or a file and a folder, on some system.
func CheckNames(names []string) error {
	seen := make(map[string]string, len(names))
	for _, name := range names {
		key := NameKey(name)
		if before, twice := seen[key]; twice {
			return malformed("%q and %q are one file on some systems", before, name)
		}
		seen[key] = name
	}
	for _, name := range names {
		key := NameKey(name)
		for at := strings.LastIndexByte(key, '/'); at > 0; at = strings.LastIndexByte(key[:at], '/') {
			if folder, is := seen[key[:at]]; is && !strings.HasSuffix(folder, "/") {
				return malformed("%q is a file, and the folder of %q", folder, name)
			}
		}
	}
	return nil
}

// NameKey returns what is the same for names that mean one file on some system: systems that keep no case, normalise
// Unicode, or drop dots and spaces at the end. The four letters of the Turkish i are one, since which of them are the two
// cases of one letter depends on the reader's language.
func NameKey(name string) string {
	segments := strings.Split(strings.TrimSuffix(name, "/"), "/")
	for i, s := range segments {
		segments[i] = strings.TrimRight(s, ". ")
	}
	folded := strings.Map(fold, norm.NFD.String(strings.Join(segments, "/")))
	return strings.ReplaceAll(folded, "I\u0307", "I") // U+0307 is the dot of İ
}

// fold returns the least of the characters that differ from r in case alone.
func fold(r rune) rune {
	if r == 'ı' { // it has no other case but in Turkish
		return 'I'
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
