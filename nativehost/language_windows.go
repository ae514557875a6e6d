package main

import (
	"golang.org/x/sys/windows"

	"github.com/e-onay/e-onay/internal/message"
)

// systemLanguage is that of the person's Windows: the environment names none there.
func systemLanguage() message.Language {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return message.Turkish
	}
	return message.ParseLanguage(languages[0])
}
