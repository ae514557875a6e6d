package pdf

import (
	"maps"
	"slices"
)

// Object is one of the types of ISO 32000-2, 7.3: nil, bool, Integer, Real, String, Name, Array, Dict, Ref or *Stream.
type Object any

type (
	// Integer is a number without a point.
	Integer int64
	// Real is a number with a point, as it is written.
	Real string
	// String is a literal or hexadecimal string, decoded.
	String []byte
	// Name is a name without its slash, decoded.
	Name string
	// Array is an array.
	Array []Object
	// Dict is a dictionary; a key whose value is null is not in it.
	Dict map[Name]Object
)

// Ref names an indirect object.
type Ref struct {
	Number     int
	Generation int
}

// Stream is a dictionary, and where the data stands in the file: encoded, as its Filter says.
type Stream struct {
	Dict   Dict
	Offset int64
	Length int64
}

// Clone returns a copy of d whose entries can be changed, of nil an empty one; the values are shared.
func (d Dict) Clone() Dict {
	out := Dict{}
	maps.Copy(out, d)
	return out
}

// Keys returns the keys in order.
func (d Dict) Keys() []Name { return slices.Sorted(maps.Keys(d)) }
