package messaging

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Decode decodes a frame or a part of one into v. It refuses, with fault.MessageInvalid, bytes
// that are not UTF-8, JSON that nests deeper than protocol.MaxDepth (before the decoder sees it), and
// anything that is not exactly one JSON object of v's shape. Fields that v does not know are passed
// over: a newer peer of the same protocol version may add some.
//
// An error never quotes the frame, which may hold a PIN.
func Decode(frame []byte, v any) error {
	if !utf8.Valid(frame) {
		return fault.Errorf(fault.MessageInvalid, "not UTF-8")
	}
	if !shallow(frame, protocol.MaxDepth) {
		return fault.Errorf(fault.MessageInvalid, "nests deeper than %d", protocol.MaxDepth)
	}
	if !object(frame) {
		return fault.Errorf(fault.MessageInvalid, "not a JSON object")
	}
	if err := json.Unmarshal(frame, v); err != nil {
		return fault.Errorf(fault.MessageInvalid, "not the expected JSON: %T", err)
	}
	return nil
}

// shallow reports whether no bracket outside a string opens a level beyond depth. It needs no valid
// JSON: where brackets and quotes do not fit, the decoder refuses after it.
func shallow(frame []byte, depth int) bool {
	level, quoted := 0, false
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			if level > depth {
				return false
			}
		case c == '}' || c == ']':
			level--
		}
	}
	return true
}

func object(frame []byte) bool {
	for _, c := range frame {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{'
		}
	}
	return false
}
