// Package strictjson reads JSON that somebody else has written and that two readers must not understand differently:
// what a device has signed, what a page posts, what an operator has set.
//
// encoding/json takes a member twice (the last one counts) and its name in any case, and what is not UTF-8. A signed
// claim could so say one thing to this program and another to the next, and a mistyped setting could be a default.
package strictjson

import "github.com/go-json-experiment/json"

// Unmarshal reads one JSON value (RFC 8259) into v. It refuses a member that v does not know, under exactly its name, a
// member twice, text that is not UTF-8, and anything after the value. The caller bounds the length. Errors may quote
// what was read.
func Unmarshal(data []byte, v any) error {
	return json.Unmarshal(data, v, json.RejectUnknownMembers(true))
}

// UnmarshalKnown is Unmarshal for what others may have extended: it passes over members that v does not know. A member twice, in any
// object of the value, is refused all the same.
func UnmarshalKnown(data []byte, v any) error { return json.Unmarshal(data, v) }
