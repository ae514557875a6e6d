package messaging

import (
	"bytes"

	"github.com/go-json-experiment/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Decode decodes a frame or a part of one into v. It refuses, with fault.MessageInvalid, JSON that nests deeper than
// protocol.MaxDepth (before the decoder sees it), and anything that is not exactly one JSON object of v's shape, in UTF-8,
// with each member once (RFC 7493). Members that v does not know are passed over: a newer peer of the same protocol version
// may add some.
//
// A frame of a document's bytes is one long string, so each pass over it counts: encoding/json makes four, and this decoder
// two.
//
// An error never quotes the frame, which may hold a PIN.
func Decode(frame []byte, v any) error {
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

// shallow reports whether no bracket outside a string opens a level beyond depth. It needs no valid JSON: where brackets and
// quotes do not fit, the decoder refuses after it.
func shallow(frame []byte, depth int) bool {
	level := 0
	for i := 0; i < len(frame); i++ {
		switch frame[i] {
		case '"':
			i += stringEnd(frame[i+1:]) + 1
		case '{', '[':
			level++
			if level > depth {
				return false
			}
		case '}', ']':
			level--
		}
	}
	return true
}

// stringEnd returns where the quote is that ends a string, or len(rest) where none does. rest begins behind its first quote.
func stringEnd(rest []byte) int {
	for from := 0; ; {
		quote := bytes.IndexByte(rest[from:], '"')
		if quote < 0 {
			return len(rest)
		}
		quote += from
		escapes := len(rest[from:quote]) - len(bytes.TrimRight(rest[from:quote], `\`))
		if escapes%2 == 0 {
			return quote
		}
		from = quote + 1
	}
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
