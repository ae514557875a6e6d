package messaging_test

import (
	"bytes"
	"encoding/json"
)

// tokens returns the delimiters of valid JSON in their order.
func tokens(in []byte) []json.Delim {
	var out []json.Delim
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	for {
		t, err := d.Token()
		if err != nil {
			return out
		}
		if delim, ok := t.(json.Delim); ok {
			out = append(out, delim)
		}
	}
}
