// Package message is the project's one catalogue of sentences for people, in Turkish and English.
//
// Rules. Turkish first. Second person, polite, short: what happened, then what to do next. No code, no
// Go error, no abbreviation a citizen would not know. A key is "room.place.part" ("window.pin.title");
// every error code of internal/protocol has the key "error." + code. Placeholders are {name}, the same
// in both languages. A test checks completeness, placeholders and that every key is used. Turkish has one apostrophe,
// U+2019; "E-Onay" has a plain hyphen, so that a search in the page finds it, and whoever draws it keeps it on one line.
package message

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Language is a language of the user interface.
type Language string

// The languages, the default first.
const (
	Turkish Language = "tr"
	English Language = "en"
)

// ParseLanguage returns the language a BCP 47 tag such as "en-GB" asks for: English for any "en",
// Turkish for everything else.
func ParseLanguage(tag string) Language {
	if base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base == "en" {
		return English
	}
	return Turkish
}

// entry is one sentence; catalogue tables are maps of these.
type entry = protocol.Sentence

// Sentence returns both languages of key. An unknown key comes back as itself, so that a mistake is
// seen and nothing breaks; the test on the catalogue finds it first.
func Sentence(key string) protocol.Sentence {
	for _, table := range tables {
		if s, ok := table[key]; ok {
			return s
		}
	}
	return protocol.Sentence{TR: key, EN: key}
}

// Text returns the sentence of key in language l with its placeholders filled: pairs are name, value,
// name, value.
func Text(l Language, key string, pairs ...string) string {
	s := Sentence(key)
	text := s.TR
	if l == English {
		text = s.EN
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// Error returns both languages of the sentence for code.
func Error(code fault.Code) protocol.Sentence { return Sentence("error." + string(code)) }

// Failure returns the failure a page receives for code.
func Failure(code fault.Code) protocol.Failure {
	return protocol.Failure{Code: code, Message: Error(code)}
}
