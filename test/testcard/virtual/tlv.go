package virtual

import "errors"

var errTLV = errors.New("not BER-TLV")

// tlv encodes a data object with a tag of one to three bytes (ISO/IEC 8825-1, 8.1).
func tlv(tag uint32, value ...[]byte) []byte {
	n := 0
	for _, v := range value {
		n += len(v)
	}
	var out []byte
	for shift := 16; shift >= 0; shift -= 8 {
		if b := byte(tag >> shift); b != 0 || len(out) > 0 {
			out = append(out, b)
		}
	}
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	for _, v := range value {
		out = append(out, v...)
	}
	return out
}

// readTLV reads one data object with a tag of one byte.
func readTLV(b []byte) (tag byte, value, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, errTLV
	}
	tag, b = b[0], b[1:]
	n, size := int(b[0]), 1
	if n >= 0x80 {
		if size += n - 0x80; size < 2 || size > 3 || len(b) < size {
			return 0, nil, nil, errTLV
		}
		n = 0
		for _, c := range b[1:size] {
			n = n<<8 | int(c)
		}
	}
	if len(b)-size < n {
		return 0, nil, nil, errTLV
	}
	return tag, b[size : size+n], b[size+n:], nil
}
