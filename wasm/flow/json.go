package flow

import (
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/protocol"
)

// decode fills v from a JSON message, within the protocol's limits of length and depth. Members
// nobody knows are passed over, as later versions may send them.
func decode(raw []byte, v any) error {
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

// encode returns v as JSON; v is one of the protocol's own structs, which always can be.
func encode(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}
