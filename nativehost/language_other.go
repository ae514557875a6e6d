//go:build !windows

package main

import "github.com/e-onay/e-onay/internal/message"

// systemLanguage is Turkish: the environment would have told another.
func systemLanguage() message.Language { return message.Turkish }
