package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
)

// Raw is written as it stands. No reader returns it: it is for dictionaries whose bytes must be where their writer expects them.
type Raw []byte

// NewStream is a stream that is appended. The data is written as it is; the dictionary says how it is encoded.
type NewStream struct {
	Dict Dict
	Data []byte
}

// write appends o as it stands in a file. Keys are in order, so that the same objects are always the same bytes.
func write(b *bytes.Buffer, o Object) {
	switch o := o.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(o))
	case Integer:
		b.WriteString(strconv.FormatInt(int64(o), 10))
	case Real:
		b.WriteString(string(o))
	case Name:
		writeName(b, o)
	case String:
		writeString(b, o)
	case Ref:
		fmt.Fprintf(b, "%d %d R", o.Number, o.Generation)
	case Raw:
		b.Write(o)
	case Array:
		b.WriteByte('[')
		for i, v := range o {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, v)
		}
		b.WriteByte(']')
	case Dict:
		b.WriteString("<<")
		for _, key := range o.Keys() {
			writeName(b, key)
			b.WriteByte(' ')
			write(b, o[key])
		}
		b.WriteString(">>")
	default:
		panic(fmt.Sprintf("pdf: a %T is not written", o))
	}
}

// writeString writes what is plain ASCII between parentheses, and anything else in hexadecimal digits.
func writeString(b *bytes.Buffer, s String) {
	for _, c := range s {
		if c < ' ' || c > '~' || c == '(' || c == ')' || c == '\\' {
			fmt.Fprintf(b, "<%x>", []byte(s))
			return
		}
	}
	b.WriteByte('(')
	b.Write(s)
	b.WriteByte(')')
}

func writeName(b *bytes.Buffer, n Name) {
	b.WriteByte('/')
	for i := range len(n) {
		c := n[i]
		if c <= ' ' || c > '~' || c == '#' || isDelimiter(c) {
			fmt.Fprintf(b, "#%02x", c)
			continue
		}
		b.WriteByte(c)
	}
}

// Bytes returns o as it stands in a file.
func Bytes(o Object) []byte {
	var b bytes.Buffer
	write(&b, o)
	return b.Bytes()
}

// Compressed is a stream of data by FlateDecode.
func Compressed(data []byte) *NewStream {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data) // a bytes.Buffer takes everything
	w.Close()
	return &NewStream{Dict: Dict{"Filter": Name("FlateDecode")}, Data: b.Bytes()}
}
