package ui

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// A translator is a view's T.
type translator func(key string, pairs ...string) string

// rules is the PIN's form as the token tells it. The field itself has no limit: one would cut a PIN that is too
// long, and send a wrong one.
func rules(t translator, p protocol.PINState) string {
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
