package ui

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// A Translator is a view's T.
type Translator func(key string, pairs ...string) string

// PINRules is the PIN's form as the token tells it. The field itself has no limit: one would cut a PIN that is too
// long, and send a wrong one.
func PINRules(t Translator, p protocol.PINState) string {
	var out []string
	p.Max = min(p.Max, protocol.MaxPIN)
	switch {
	case p.Min > 0 && p.Min == p.Max:
		out = append(out, t("window.pin.length", "n", strconv.Itoa(p.Min)))
	case p.Min > 0 && p.Max > p.Min:
		out = append(out, t("window.pin.range", "min", strconv.Itoa(p.Min), "max", strconv.Itoa(p.Max)))
	}
	if p.Alphabet == protocol.PINDigits {
		out = append(out, t("window.pin.digits"))
	}
	return strings.Join(out, " ")
}

// FieldType is the type of the fields for PINs.
func FieldType(shown bool) string {
	if shown {
		return "text"
	}
	return "password"
}

// ShowPINLabel is the label of the button that shows or hides them.
func ShowPINLabel(t Translator, shown bool) string {
	if shown {
		return t("window.pin.hide")
	}
	return t("window.pin.show")
}

// Bool is an attribute that says yes or no.
func Bool(is bool) string {
	if is {
		return "true"
	}
	return "false"
}
