package cms

import (
	"bytes"
	"math/bits"

	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Tags as they stand in CMS.
const (
	tagInteger     = byte(cbasn1.INTEGER)
	tagBitString   = byte(cbasn1.BIT_STRING)
	tagOctetString = byte(cbasn1.OCTET_STRING)
	tagOID         = byte(cbasn1.OBJECT_IDENTIFIER)
	tagSequence    = byte(cbasn1.SEQUENCE)
	tagSet         = byte(cbasn1.SET)
	tagContext0    = byte(0xa0) // constructed
	tagContext1    = byte(0xa1) // constructed
	constructed    = byte(0x20)
)

// indefinite is the length of an element whose end is marked by end-of-contents octets (X.690, 8.1.3.6).
const indefinite = -1

// header is the identifier and the length of an element.
type header struct {
	tag    byte
	size   int   // of the header itself, in bytes
	length int64 // of the contents, or indefinite
}

// maxHeader is the longest header: a tag, and a length of eight bytes.
const maxHeader = 1 + 1 + 8

// readHeader reads the header at the beginning of ber (X.690, 8.1.2 and 8.1.3). Tags of more than one byte are refused: CMS
// has none.
func readHeader(ber []byte) (header, error) {
	if len(ber) < 2 {
		return header{}, malformed("ends within an element")
	}
	h := header{tag: ber[0], size: 2}
	if h.tag&0x1f == 0x1f {
		return header{}, malformed("tag of more than one byte")
	}
	switch first := ber[1]; {
	case first < 0x80:
		h.length = int64(first)
	case first == 0x80:
		if h.tag&constructed == 0 {
			return header{}, malformed("primitive element of indefinite length")
		}
		h.length = indefinite
	default:
		n := int(first & 0x7f)
		if n > 8 {
			return header{}, malformed("length of %d bytes", n)
		}
		if len(ber) < 2+n {
			return header{}, malformed("ends within a length")
		}
		for _, b := range ber[2 : 2+n] {
			if h.length >= 1<<55 {
				return header{}, malformed("length over 2^63")
			}
			h.length = h.length<<8 | int64(b)
		}
		h.size += n
	}
	return h, nil
}

// endOfContents reports whether ber begins with the two zeros that end an element of indefinite length.
func endOfContents(ber []byte) bool { return len(ber) >= 2 && ber[0] == 0 && ber[1] == 0 }

// contents returns the contents of the element at the beginning of ber, and what follows the element. The contents of an
// indefinite length are walked through to find their end.
func contents(ber []byte, depth int) (h header, inside, rest []byte, err error) {
	h, err = readHeader(ber)
	if err != nil {
		return h, nil, nil, err
	}
	if h.tag == 0 {
		return h, nil, nil, malformed("end of contents where there is none")
	}
	body := ber[h.size:]
	if h.length != indefinite {
		if h.length > int64(len(body)) {
			return h, nil, nil, malformed("element of %d bytes, and %d are left", h.length, len(body))
		}
		return h, body[:h.length], body[h.length:], nil
	}
	if depth > maxNesting {
		return h, nil, nil, malformed("elements in each other, more than %d deep", maxNesting)
	}
	end := body
	for !endOfContents(end) {
		_, _, end, err = contents(end, depth+1)
		if err != nil {
			return h, nil, nil, err
		}
	}
	return h, body[:len(body)-len(end)], end[2:], nil
}

// Elements returns the elements of the constructed element that ber begins with, as received. There may be limit of them.
func Elements(ber []byte, limit int) ([][]byte, error) {
	_, inside, _, err := contents(ber, 0)
	if err != nil {
		return nil, err
	}
	return children(inside, limit)
}

// children splits the contents of a constructed element, each child with its header and its end. There may be limit of them.
func children(inside []byte, limit int) (all [][]byte, err error) {
	for len(inside) > 0 {
		_, _, rest, err := contents(inside, 0)
		if err != nil {
			return nil, err
		}
		if len(all) == limit {
			return nil, malformed("more than %d elements in one", limit)
		}
		all = append(all, inside[:len(inside)-len(rest)])
		inside = rest
	}
	return all, nil
}

// ToDER returns the element that ber is, from its first byte to its last, in DER as far as this can be done without its type:
// lengths are definite and short, and strings of universal types are in one piece. Where nothing was to be done it
// returns ber itself.
func ToDER(ber []byte) ([]byte, error) {
	der, rest, err := appendDER(make([]byte, 0, len(ber)), ber, 0)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, malformed("%d bytes after an element", len(rest))
	}
	if bytes.Equal(der, ber) {
		return ber, nil
	}
	return der, nil
}

// appendDER appends the first element of ber to out, and returns what follows it.
func appendDER(out, ber []byte, depth int) (der, rest []byte, err error) {
	if depth > maxNesting {
		return nil, nil, malformed("elements in each other, more than %d deep", maxNesting)
	}
	h, err := readHeader(ber)
	if err != nil {
		return nil, nil, err
	}
	if h.tag == 0 {
		return nil, nil, malformed("end of contents where there is none")
	}
	rest = ber[h.size:]
	var after []byte
	if h.length != indefinite {
		if h.length > int64(len(rest)) {
			return nil, nil, malformed("element of %d bytes, and %d are left", h.length, len(rest))
		}
		rest, after = rest[:h.length], rest[h.length:]
	}
	begin := len(out)
	tag := h.tag
	switch {
	case h.tag&constructed == 0:
		out, rest = append(out, rest...), nil
	case isString(h.tag &^ constructed):
		tag &^= constructed
		out, rest, err = appendPieces(out, rest, tag, h.length == indefinite, depth)
	default:
		for err == nil && !atEnd(rest, h) {
			out, rest, err = appendDER(out, rest, depth+1)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if h.length == indefinite {
		after = rest[2:] // atEnd has seen the end of contents
	}
	return insertHeader(out, begin, tag), after, nil
}

// atEnd reports whether an element with the header h ends before rest, which then is empty or begins with the end of contents.
// Bytes that are missing there are an error of the next element.
func atEnd(rest []byte, h header) bool {
	if h.length == indefinite {
		return endOfContents(rest)
	}
	return len(rest) == 0
}

// isString reports whether a universal type is a string, which BER may cut into pieces.
func isString(tag byte) bool {
	return tag == tagBitString || tag == tagOctetString || tag == 0x0c || tag >= 0x12 && tag <= 0x1e
}

// appendPieces appends the contents of a string that is in pieces (X.690, 8.6.4 and 8.7.3). The pieces of a bit string are bit
// strings, those of all others octet strings.
func appendPieces(out, ber []byte, tag byte, isIndefinite bool, depth int) (der, rest []byte, err error) {
	piece := tagOctetString
	if tag == tagBitString {
		piece = tagBitString
		out = append(out, 0)
	}
	begin := len(out)
	unused := byte(0)
	for isIndefinite && !endOfContents(ber) || !isIndefinite && len(ber) > 0 {
		h, inside, after, err := contents(ber, depth+1)
		if err != nil {
			return nil, nil, err
		}
		if h.tag != piece {
			return nil, nil, malformed("string in pieces of which one has tag %#x", h.tag)
		}
		if tag == tagBitString {
			if unused != 0 || len(inside) == 0 || inside[0] > 7 {
				return nil, nil, malformed("bit string in pieces that do not fit together")
			}
			unused, inside = inside[0], inside[1:]
		}
		out, ber = append(out, inside...), after
	}
	if tag == tagBitString {
		out[begin-1] = unused
	}
	return out, ber, nil
}

// insertHeader puts tag and length before the contents that out has from begin on.
func insertHeader(out []byte, begin int, tag byte) []byte {
	n := len(out) - begin
	head := AppendHeader(make([]byte, 0, maxHeader), tag, int64(n))
	out = append(out, head...)
	copy(out[begin+len(head):], out[begin:begin+n])
	copy(out[begin:], head)
	return out
}

// AppendHeader appends tag and length as DER writes them (X.690, 10.1).
func AppendHeader(out []byte, tag byte, length int64) []byte {
	out = append(out, tag)
	if length < 0x80 {
		return append(out, byte(length))
	}
	n := (bits.Len64(uint64(length)) + 7) / 8
	out = append(out, 0x80|byte(n))
	for i := n - 1; i >= 0; i-- {
		out = append(out, byte(length>>(8*i)))
	}
	return out
}

// element writes one element in DER.
func element(tag byte, parts ...[]byte) []byte {
	var n int
	for _, part := range parts {
		n += len(part)
	}
	out := AppendHeader(make([]byte, 0, maxHeader+n), tag, int64(n))
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}
