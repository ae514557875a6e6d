// Package preferences has what the person has set in the extension.
package preferences

import (
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// Preferences is what the person has set, as chrome.storage.local keeps it. An empty field is not set.
type Preferences struct {
	// Phrase is shown in every genuine window: a page that imitates the window does not know it.
	Phrase string
	// Language is "tr" or "en".
	Language string
}

// Limits of the security phrase, in characters. Three are enough to recognise; sixty fit the window.
const (
	MinPhrase = 3
	MaxPhrase = 60
)

// ParsePhrase returns what the person typed as a phrase: trimmed, runs of white space as one space.
// It reports false when the length is wrong or a character would not be visible.
func ParsePhrase(typed string) (string, bool) {
	phrase := strings.Join(strings.Fields(typed), " ")
	n := utf8.RuneCountInString(phrase)
	_, marks := plaintext.Split(phrase)
	if n < MinPhrase || n > MaxPhrase || marks > 0 {
		return "", false
	}
	return phrase, true
}

// LanguageFor returns the language to speak: the person's, else the page's, else Turkish.
func (s Preferences) LanguageFor(page string) message.Language {
	if s.Language != "" {
		return message.ParseLanguage(s.Language)
	}
	return message.ParseLanguage(page)
}
