package zipfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
)

// Signatures and fixed lengths of the records (APPNOTE 4.3.7, 4.3.9, 4.3.12, 4.3.14, 4.3.15, 4.3.16).
const (
	localSignature      = 0x04034b50
	descriptorSignature = 0x08074b50
	centralSignature    = 0x02014b50
	end64Signature      = 0x06064b50
	locatorSignature    = 0x07064b50
	endSignature        = 0x06054b50

	localLength   = 30
	centralLength = 46
	end64Length   = 56
	locatorLength = 20
	endLength     = 22

	recordOffset = 42 // where a record of the central directory has the offset of the local header
)

// end is what the end of central directory record says, ZIP64's where it is needed.
type end struct {
	entries   uint64
	directory int64 // offset
	length    int64 // bytes of the directory
	comment   string
}

// findEnd finds the end record and checks that nothing lies between it and the directory, nor after it.
func findEnd(r io.ReaderAt, size int64) (end, error) {
	tail := make([]byte, min(size, endLength+math.MaxUint16))
	if err := readAt(r, tail, size-int64(len(tail)), "end record"); err != nil {
		return end{}, err
	}
	// The last signature is the one that every reader finds; a comment that holds one too is refused with it, since
	// the record that begins there does not reach to the archive's end.
	at := bytes.LastIndex(tail, binary.LittleEndian.AppendUint32(nil, endSignature))
	if at < 0 || len(tail)-at < endLength {
		return end{}, malformed("no end of central directory")
	}
	record := fields(tail[at+4:])
	disk, directoryDisk, entriesHere, entries := record.u16(), record.u16(), record.u16(), record.u16()
	length, offset, comment := record.u32(), record.u32(), record.u16()
	if int(comment) != len(record) {
		return end{}, malformed("%d bytes after the end record, which announces a comment of %d", len(record), comment)
	}
	out := end{entries: uint64(entries), directory: int64(offset), length: int64(length), comment: string(record)}
	recordAt := size - int64(len(tail)-at)
	if disk == math.MaxUint16 || directoryDisk == math.MaxUint16 || entriesHere == math.MaxUint16 || entries == math.MaxUint16 ||
		length == math.MaxUint32 || offset == math.MaxUint32 {
		var err error
		if recordAt, err = out.read64(r, recordAt, entries, length, offset); err != nil {
			return end{}, err
		}
	} else if disk != 0 || directoryDisk != 0 || entriesHere != entries {
		return end{}, malformed("more than one disk")
	}
	if out.directory < 0 || out.length < 0 || out.length > maxDirectory || out.directory+out.length != recordAt {
		return end{}, malformed("central directory of %d bytes at %d, with the end record at %d", out.length, out.directory, recordAt)
	}
	if out.entries > MaxEntries {
		return end{}, malformed("%d entries, over the limit of %d", out.entries, MaxEntries)
	}
	return out, nil
}

// read64 reads the ZIP64 end record and its locator, which lie directly before the end record at endAt, and returns the
// offset of the former. What the end record says itself must be the same there.
func (e *end) read64(r io.ReaderAt, endAt int64, entries uint16, length, offset uint32) (int64, error) {
	at := endAt - locatorLength - end64Length
	if at < 0 {
		return 0, malformed("no ZIP64 end record")
	}
	var both [end64Length + locatorLength]byte
	if err := readAt(r, both[:], at, "ZIP64 end record"); err != nil {
		return 0, err
	}
	record, locator := fields(both[:end64Length]), fields(both[end64Length:])
	if locator.u32() != locatorSignature || locator.u32() != 0 || locator.u64() != uint64(at) || locator.u32() != 1 {
		return 0, malformed("no ZIP64 locator of the record before it")
	}
	if record.u32() != end64Signature || record.u64() != end64Length-12 {
		return 0, malformed("no ZIP64 end record of version 1")
	}
	record.skip(4) // versions
	disk, directoryDisk, entriesHere, entries64, length64, offset64 := record.u32(), record.u32(), record.u64(), record.u64(), record.u64(), record.u64()
	if disk != 0 || directoryDisk != 0 || entriesHere != entries64 {
		return 0, malformed("more than one disk")
	}
	if (entries != math.MaxUint16 && uint64(entries) != entries64) || (length != math.MaxUint32 && uint64(length) != length64) ||
		(offset != math.MaxUint32 && uint64(offset) != offset64) || length64 > math.MaxInt64 || offset64 > math.MaxInt64/2 {
		return 0, malformed("the two end records disagree")
	}
	e.entries, e.length, e.directory = entries64, int64(length64), int64(offset64)
	return at, nil
}

// readDirectory reads the central directory, all of it and nothing more.
func readDirectory(r io.ReaderAt, end end) ([]*Entry, error) {
	data := make([]byte, end.length)
	if err := readAt(r, data, end.directory, "central directory"); err != nil {
		return nil, err
	}
	rest := fields(data)
	entries := make([]*Entry, 0, min(end.entries, uint64(end.length)/centralLength))
	for range end.entries {
		e, err := readCentral(&rest)
		if err != nil {
			return nil, err
		}
		e.archive = r
		entries = append(entries, e)
	}
	if len(rest) != 0 {
		return nil, malformed("%d bytes of the central directory after its %d entries", len(rest), end.entries)
	}
	return entries, nil
}

// readCentral reads one record of the central directory (APPNOTE 4.3.12).
func readCentral(rest *fields) (*Entry, error) {
	all := *rest
	if len(*rest) < centralLength || rest.u32() != centralSignature {
		return nil, malformed("no record of the central directory where one is announced")
	}
	var e Entry
	madeBy := rest.u16()
	e.version = rest.u16()
	e.flags, e.Method = rest.u16(), rest.u16()
	rest.skip(4) // time of modification
	e.CRC32 = rest.u32()
	compressed, size := rest.u32(), rest.u32()
	name, extra, comment, disk := rest.u16(), rest.u16(), rest.u16(), rest.u16()
	rest.skip(2) // internal attributes
	external, offset := rest.u32(), rest.u32()
	if int(name)+int(extra)+int(comment) > len(*rest) {
		return nil, malformed("record of the central directory runs over its end")
	}
	e.Name = string(rest.bytes(int(name)))
	e.Size, e.CompressedSize, e.Offset = int64(size), int64(compressed), int64(offset)
	zip64, err := readExtra(rest.bytes(int(extra)), e.Name)
	if err != nil {
		return nil, err
	}
	rest.skip(int(comment))
	e.record = all[:len(all)-len(*rest)]
	if disk != 0 && disk != math.MaxUint16 {
		return nil, malformed("%q is on another disk", e.Name)
	}
	for _, f := range []struct {
		narrow uint32
		value  *int64
	}{{size, &e.Size}, {compressed, &e.CompressedSize}, {offset, &e.Offset}} {
		if f.narrow != math.MaxUint32 {
			continue
		}
		if len(zip64) < 8 {
			return nil, malformed("%q lacks the ZIP64 field that it announces", e.Name)
		}
		v := zip64.u64()
		if v > math.MaxInt64/2 {
			return nil, malformed("%q has a ZIP64 field of %d", e.Name, v)
		}
		*f.value = int64(v)
	}
	if disk == math.MaxUint16 && (len(zip64) < 4 || zip64.u32() != 0) {
		return nil, malformed("%q is on another disk", e.Name)
	}
	return &e, e.check(madeBy, external)
}

// readExtra checks the extra fields of a header (APPNOTE 4.5) and returns the ZIP64 one, or nil.
func readExtra(extra fields, name string) (zip64 fields, err error) {
	const idZIP64, idUnicodePath = 0x0001, 0x7075
	for len(extra) > 0 {
		if len(extra) < 4 {
			return nil, malformed("%q has %d bytes at the end of its extra fields", name, len(extra))
		}
		id, length := extra.u16(), int(extra.u16())
		if length > len(extra) {
			return nil, malformed("%q has an extra field that runs over its end", name)
		}
		value := extra.bytes(length)
		switch id {
		case idZIP64:
			if zip64 != nil {
				return nil, malformed("%q has two ZIP64 fields", name)
			}
			zip64 = value
		case idUnicodePath: // version, CRC-32 of the name, name in UTF-8: some readers take this for the name
			if len(value) < 5 || string(value[5:]) != name {
				return nil, malformed("%q has another name in an extra field", name)
			}
		}
	}
	return zip64, nil
}

// fields are the bytes of a record, read in order and little endian. Each read wants that so many are left.
type fields []byte

func (f *fields) u16() uint16 { return binary.LittleEndian.Uint16(f.bytes(2)) }
func (f *fields) u32() uint32 { return binary.LittleEndian.Uint32(f.bytes(4)) }
func (f *fields) u64() uint64 { return binary.LittleEndian.Uint64(f.bytes(8)) }
func (f *fields) skip(n int)  { f.bytes(n) }

func (f *fields) bytes(n int) fields {
	out := (*f)[:n:n]
	*f = (*f)[n:]
	return out
}
