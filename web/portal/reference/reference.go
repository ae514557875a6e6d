// Package reference makes the names of acts and logins.
package reference

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
)

// alphabet has letters and digits that are not mistaken for one another when they are read out (Crockford).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var (
	coding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	form   = regexp.MustCompile(`^([` + alphabet + `]{4}-){3}[` + alphabet + `]{4}$`)
)

// New returns 80 random bits as "4F7K-2M9Q-XT3B-8WDN".
func New() string {
	bits := make([]byte, 10)
	_, _ = rand.Read(bits) // never fails
	return spell(bits)
}

// Of returns the reference that follows from a text: the same text has the same one.
func Of(text string) string {
	digest := sha256.Sum256([]byte(text))
	return spell(digest[:10])
}

func spell(bits []byte) string {
	s := coding.EncodeToString(bits)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// Valid reports whether a text has the form of a reference.
func Valid(reference string) bool { return form.MatchString(reference) }
