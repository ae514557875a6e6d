package application

import (
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// paperCoding has letters and digits that are not mistaken for one another (Crockford), as references have.
var paperCoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// PaperCode returns what is printed on the paper that a person signs: the reference, and a digest of the form as it stands, so that a
// paper that was printed before the form was changed approves nothing. The hash of the security word is in the digest as its salt,
// so that a code, which outlives the form, tells nothing of it.
func (a Application) PaperCode() string {
	h := sha256.New()
	write := func(s string) {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	write(a.Reference)
	write(string(a.Kind))
	write(a.SecurityWord)
	for _, name := range slices.Sorted(maps.Keys(a.Form)) {
		write(name)
		write(a.Form[name])
	}
	digest := paperCoding.EncodeToString(h.Sum(nil))
	return a.Reference + "-" + digest[:4] + "-" + digest[4:8]
}

// IsPaperCode reports whether what was scanned or typed is the code of the paper.
func (a Application) IsPaperCode(typed string) bool {
	return len(typed) <= MaxBasis && Scanned(typed) == a.PaperCode()
}

// Scanned returns what was scanned or typed as codes and numbers are kept: capitals, without blanks. A scanner types as on an American
// keyboard; where the computer's is Turkish, hyphens arrive as asterisks.
func Scanned(typed string) string {
	return strings.ReplaceAll(strings.ToUpper(strings.Join(strings.Fields(typed), "")), "*", "-")
}
