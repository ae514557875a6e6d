package zipfile_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// header is what a local header and a record of the central directory have in common.
type header struct {
	name             string
	version, flags   uint16
	method           uint16
	crc              uint32
	compressed, size uint32
	extra            []byte
}

// file is one entry of an archive that a test writes byte by byte.
type file struct {
	local, central header
	data           []byte
	descriptor     []byte
	madeBy         uint16
	external       uint32
	gap            []byte // before the local header
	moved          int    // added to the offset in the directory
}

// stored returns an entry without compression.
func stored(name, content string) *file {
	h := header{name: name, version: 20, flags: 1 << 11, crc: crc32.ChecksumIEEE([]byte(content)), compressed: uint32(len(content)), size: uint32(len(content))}
	return &file{local: h, central: h, data: []byte(content)}
}

// deflated returns a compressed entry.
func deflated(t testing.TB, name, content string) *file {
	t.Helper()
	f := stored(name, content)
	f.data = deflate(t, content)
	f.both(func(h *header) { h.method, h.compressed = 8, uint32(len(f.data)) })
	return f
}

func deflate(t testing.TB, content string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, 6)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// streamed moves sizes and CRC-32 behind the data, as a writer does that cannot go back.
func (f *file) streamed(signed bool) *file {
	f.both(func(h *header) { h.flags |= 1 << 3 })
	if signed {
		f.descriptor = []byte("PK\x07\x08")
	}
	f.descriptor = le32(f.descriptor, f.local.crc, f.local.compressed, f.local.size)
	f.local.crc, f.local.compressed, f.local.size = 0, 0, 0
	return f
}

func (f *file) both(edit func(*header)) *file {
	edit(&f.local)
	edit(&f.central)
	return f
}

func (f *file) edit(change func(*file)) *file { change(f); return f }

func le16(out []byte, values ...uint16) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out
}

func le32(out []byte, values ...uint32) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func le64(out []byte, values ...uint64) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}

// tail is the end of an archive, to be spoilt.
type tail struct {
	entries          int
	directory, count int // offset and bytes of the directory
	comment          string
	announced        int // bytes of comment in the end record
	before           []byte
	after            []byte
	disk             uint16
}

// archive writes an archive. edits change its end.
func archive(files []*file, edits ...func(*tail)) []byte {
	var out, directory []byte
	for _, f := range files {
		out = append(out, f.gap...)
		directory = append(directory, f.record(len(out)+f.moved)...)
		h := f.local
		out = le32(out, 0x04034b50)
		out = le16(out, h.version, h.flags, h.method, 0, 0x21)
		out = le32(out, h.crc, h.compressed, h.size)
		out = le16(out, uint16(len(h.name)), uint16(len(h.extra)))
		out = append(append(append(append(out, h.name...), h.extra...), f.data...), f.descriptor...)
	}
	e := tail{entries: len(files), directory: len(out), count: len(directory)}
	for _, edit := range edits {
		edit(&e)
	}
	if e.announced == 0 {
		e.announced = len(e.comment)
	}
	out = append(append(out, directory...), e.before...)
	out = le32(out, 0x06054b50)
	out = le16(out, e.disk, e.disk, uint16(e.entries), uint16(e.entries))
	out = le32(out, uint32(e.count), uint32(e.directory))
	out = le16(out, uint16(e.announced))
	return append(append(out, e.comment...), e.after...)
}

func (f *file) record(offset int) []byte {
	h := f.central
	out := le32(nil, 0x02014b50)
	out = le16(out, f.madeBy, h.version, h.flags, h.method, 0, 0x21)
	out = le32(out, h.crc, h.compressed, h.size)
	out = le16(out, uint16(len(h.name)), uint16(len(h.extra)), 0, 0, 0)
	out = le32(out, f.external, uint32(offset))
	return append(append(out, h.name...), h.extra...)
}
