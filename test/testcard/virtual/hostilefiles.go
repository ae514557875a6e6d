package virtual

import (
	"bytes"
	"math/rand/v2"
)

// ReadBinary is an instruction that only a liar knows (ISO/IEC 7816-4, 11.3.3).
const ReadBinary byte = 0xb0

// files is a card of files that lie: each that is selected is there, and holds something else each time.
type files struct {
	random  *rand.Rand
	content []byte // of the selected file
}

func (f *files) answer(c Command) []byte {
	switch c.INS {
	case Select:
		if c.P1 == 4 { // no application, so no PIV
			return StatusNotFound.after(nil)
		}
		f.content = f.file(c.Data)
		return StatusOK.after(f.information())
	case ReadBinary:
		at := int(c.P1&0x7f)<<8 | int(c.P2)
		n := min(max(c.Le, 1), 0x100)
		if at+n > len(f.content) { // where the file's information lies about its size, there is always more
			f.content = append(f.content, random(f.random, at+n-len(f.content))...)
		}
		return StatusOK.after(f.content[at : at+n])
	case Verify:
		return (StatusTries | Status(f.random.IntN(0x10))).after(nil)
	}
	return StatusOK.after(random(f.random, f.random.IntN(0x100)))
}

// information is file control information (ISO/IEC 7816-4, 7.4.3), which may lie about the size.
func (f *files) information() []byte {
	size := len(f.content)
	switch f.random.IntN(16) {
	case 0:
		size = f.random.IntN(0x4000)
	case 1:
		size = 0x7fff
	}
	return tlv(0x6f, tlv(0x80, []byte{byte(size >> 8), byte(size)}), tlv(0x82, []byte{1}), f.objects(1))
}

// file is the content of a file. The directory of objects leads to others (PKCS #15, 6.2) and the token's information
// (6.9) is right, unless they lie too: without them nobody looks further.
func (f *files) file(path []byte) []byte {
	if f.random.IntN(8) == 0 {
		return f.objects(5)
	}
	switch {
	case bytes.HasSuffix(path, []byte{0x50, 0x31}):
		var out []byte
		for kind := range uint32(9) {
			out = append(out, tlv(0xa0|kind, tlv(0x30, tlv(0x04, []byte{0x3f, 0, 0x44, byte(kind)})))...)
		}
		return out
	case bytes.HasSuffix(path, []byte{0x50, 0x32}):
		return tlv(0x30, tlv(0x02, []byte{0}), tlv(0x04, random(f.random, 8)), tlv(0x80, []byte("Kart")), tlv(0x03, []byte{4, 0x30}))
	}
	return f.objects(5)
}

// objects are some data objects with the tags of PKCS #15, a few levels deep. One in eight has a wrong length.
func (f *files) objects(depth int) (out []byte) {
	for range 1 + f.random.IntN(4) {
		tags := []uint32{0x30, 0x30, 0x30, 0x31, 0xa0, 0xa1, 0x01, 0x02, 0x03, 0x04, 0x04, 0x06, 0x0a, 0x0c, 0x80, 0x24, 0xbf8123}
		tag := tags[f.random.IntN(len(tags))]
		var object []byte
		if depth > 0 && (tag&0x20 != 0 || tag > 0xff) {
			object = tlv(tag, f.objects(depth-1))
		} else {
			object = tlv(tag, random(f.random, f.random.IntN(24)))
		}
		if f.random.IntN(8) == 0 {
			object = wrongLengths(f.random, object)
		}
		out = append(out, object...)
	}
	return out
}
