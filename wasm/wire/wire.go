// Package wire reads and writes the JSON messages of page and host, within the protocol's limits.
package wire

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Decode fills v from a JSON message, within the protocol's limits of length and depth. Unknown
// members are ignored: later versions may send them.
func Decode(raw []byte, v any) error {
	if len(raw) > protocol.MaxHostMessage {
		return errors.New("message too long")
	}
	if depth(raw) > protocol.MaxDepth {
		return errors.New("message nested too deep")
	}
	return json.Unmarshal(raw, v)
}

// depth returns how deep arrays and objects nest in raw, which need not be valid.
func depth(raw []byte) int {
	deepest, level, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// Encode returns v as JSON; v is one of the protocol's own structs, which always can be.
func Encode(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// LastSecond is the end of 9999, the last date of X.509 (RFC 5280, 4.1.2.5).
const LastSecond = 253402300799

// IsDigest reports whether s is a SHA-256 in lower-case hex.
func IsDigest(s string) bool {
	for i := range len(s) {
		if !Digit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// IsTime reports whether seconds since 1970 are a date that can be written.
func IsTime(seconds int64) bool { return seconds >= 0 && seconds <= LastSecond }

// IsCode reports whether s can be a verification code.
func IsCode(s string) bool {
	for i := range len(s) {
		if !Digit(s[i]) {
			return false
		}
	}
	return len(s) == protocol.CodeDigits
}

// Body fills v from the body of a host's message. Its errors have fault.MessageInvalid.
func Body(m protocol.HostEnvelope, v any) error {
	if m.Body == nil {
		return Invalid("no body")
	}
	err := Decode(m.Body, v)
	if err != nil {
		return fault.New(fault.MessageInvalid, err)
	}
	return nil
}

// Invalid is the error of a message that breaks the protocol.
func Invalid(why string) error { return fault.Errorf(fault.MessageInvalid, "%s", why) }

// KnownCode returns code if there is a sentence for it, and fault.Internal otherwise.
func KnownCode(code fault.Code) fault.Code {
	if message.Error(code).TR == "error."+string(code) {
		return fault.Internal
	}
	return code
}

// IsReference reports whether s can be the portal's name of an act.
func IsReference(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !Digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= protocol.MaxAct
}

// IsNonce reports whether s can be a site's challenge: base64 (RFC 4648, 4), in its bounds.
func IsNonce(s string) bool {
	if len(s) < protocol.MinNonce || len(s) > protocol.MaxNonce || len(s)%4 != 0 {
		return false
	}
	end := len(s)
	for end > len(s)-2 && s[end-1] == '=' {
		end--
	}
	for i := range end {
		b := s[i]
		if !Digit(b) && (b|0x20 < 'a' || b|0x20 > 'z') && b != '+' && b != '/' {
			return false
		}
	}
	return true
}

// Hex is s if it is a number in upper-case hex.
func Hex(s string) string {
	if strings.Trim(s, "0123456789ABCDEF") != "" {
		return ""
	}
	return s
}

// Digit reports whether b is one of 0 to 9.
func Digit(b byte) bool { return '0' <= b && b <= '9' }
