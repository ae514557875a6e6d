package application

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The security word is by what a person proves on the telephone that they are who they say, when their card is lost. Only its
// argon2id hash is kept, in the usual textual form with a salt of its own (RFC 9106, 4; memory and passes as OWASP has them).

const (
	minWordLetters = 6
	maxWord        = 40       // characters
	wordMemory     = 19 << 10 // KiB
	wordPasses     = 2
	wordSalt       = 16
	wordKey        = 32
)

var wordPrefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, wordMemory, wordPasses)

// hashing bounds how much memory words take: two at a time.
var hashing = make(chan struct{}, 2)

// CheckWord returns what is wrong with a security word as it was typed, "" for nothing.
func CheckWord(typed string) Problem {
	word, letters := foldWord(typed), 0
	for _, r := range word {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case !utf8.ValidString(typed), strings.ContainsFunc(word, Field{}.isForbidden):
		return Unreadable
	case utf8.RuneCountInString(word) > maxWord:
		return TooLong
	case letters < minWordLetters:
		return WordTooWeak
	}
	return ""
}

// HashWord returns the hash of a word that CheckWord has found nothing wrong with.
func HashWord(typed string) string {
	salt := make([]byte, wordSalt)
	_, _ = rand.Read(salt) // never fails
	coding := base64.RawStdEncoding
	return wordPrefix + coding.EncodeToString(salt) + "$" + coding.EncodeToString(deriveWord(typed, salt))
}

// VerifyWord reports whether a word is the one that was hashed. A hash of another form verifies nothing.
func VerifyWord(hash, typed string) bool {
	rest, ours := strings.CutPrefix(hash, wordPrefix)
	encodedSalt, encodedKey, found := strings.Cut(rest, "$")
	salt, errSalt := base64.RawStdEncoding.DecodeString(encodedSalt)
	key, errKey := base64.RawStdEncoding.DecodeString(encodedKey)
	if !ours || !found || errSalt != nil || errKey != nil || len(salt) != wordSalt || len(key) != wordKey || CheckWord(typed) != "" {
		return false
	}
	return subtle.ConstantTimeCompare(key, deriveWord(typed, salt)) == 1
}

func deriveWord(typed string, salt []byte) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(foldWord(typed)), salt, wordPasses, wordMemory, 1, wordKey)
}

// foldWord makes a word what is said of it on the telephone: without capitals, as Turkish writes them, and with single spaces.
func foldWord(typed string) string {
	return strings.ToLowerSpecial(unicode.TurkishCase, strings.Join(strings.Fields(typed), " "))
}
