package zipfile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"strings"
	"sync"
)

// Methods of compression (APPNOTE 4.4.5).
const (
	Store   uint16 = 0
	Deflate uint16 = 8
)

// Bits of the general purpose flag (APPNOTE 4.4.4).
const (
	flagEncrypted  = 1 << 0
	flagLevel      = 1<<1 | 1<<2 // how hard the writer has tried; says nothing of the content
	flagDescriptor = 1 << 3      // sizes and CRC-32 follow the data
	flagUTF8       = 1 << 11
	flagsKnown     = flagLevel | flagDescriptor | flagUTF8
)

// Entry is a file or a folder of an archive.
type Entry struct {
	// Name is a path with forward slashes, in UTF-8; a folder's ends with one.
	Name           string
	Method         uint16
	Size           int64 // bytes unpacked
	CompressedSize int64
	CRC32          uint32
	// Offset is where the entry begins, at its local header, and Length what it takes with header, data and data descriptor.
	Offset, Length int64
	// DataOffset is where its packed data begins.
	DataOffset int64

	archive io.ReaderAt
	record  []byte // of the central directory
	version uint16 // needed to extract
	flags   uint16
}

// IsFolder reports whether the entry is a folder.
func (e *Entry) IsFolder() bool { return strings.HasSuffix(e.Name, "/") }

// RecordAt returns the entry's record for the central directory of another archive, in which the entry lies at offset. Everything
// else in it stays as it is. A record that has its offset in a ZIP64 field, which only archives of 4 GiB need, is refused.
func (e *Entry) RecordAt(offset uint32) ([]byte, error) {
	out := bytes.Clone(e.record)
	place := out[recordOffset:centralLength]
	if binary.LittleEndian.Uint32(place) == math.MaxUint32 {
		return nil, malformed("%q has a ZIP64 offset", e.Name)
	}
	binary.LittleEndian.PutUint32(place, offset)
	return out, nil
}

// check refuses what the central directory alone says.
func (e *Entry) check(madeBy uint16, external uint32) error {
	if err := checkName(e.Name, e.flags&flagUTF8 != 0); err != nil {
		return err
	}
	if e.flags&^flagsKnown != 0 {
		return malformed("%q is encrypted or has other flags that are not supported: %#x", e.Name, e.flags)
	}
	if e.Method != Store && e.Method != Deflate {
		return malformed("%q has method %d", e.Name, e.Method)
	}
	const newest = 45 // version 4.5, which has ZIP64
	if e.version&0xff > newest {
		return malformed("%q needs version %d of the format", e.Name, e.version)
	}
	if e.Method == Store && e.Size != e.CompressedSize {
		return malformed("%q is stored, and has %d bytes in %d", e.Name, e.Size, e.CompressedSize)
	}
	if e.IsFolder() && (e.Size != 0 || e.CRC32 != 0) {
		return malformed("%q is a folder with content", e.Name)
	}
	const unix, macOS = 3, 19
	const typeMask, typeRegular, typeFolder = 0o170000, 0o100000, 0o040000
	if system := madeBy >> 8; system == unix || system == macOS {
		if kind := external >> 16 & typeMask; kind != 0 && kind != typeRegular && kind != typeFolder {
			return malformed("%q is a link or a device", e.Name)
		}
	}
	return nil
}

// checkTiling checks that the entries, sorted by offset, lie one behind the other from the archive's beginning to its
// directory, and that their local headers agree with it.
func checkTiling(r io.ReaderAt, entries []*Entry, end end) error {
	var at int64
	for i, e := range entries {
		if e.Offset != at {
			return malformed("%q is at %d, and what lies before it ends at %d", e.Name, e.Offset, at)
		}
		next := end.directory
		if i+1 < len(entries) {
			next = entries[i+1].Offset
		}
		if err := e.readLocal(r, next); err != nil {
			return err
		}
		at = next
	}
	if at != end.directory {
		return malformed("the central directory is at %d, and what lies before it ends at %d", end.directory, at)
	}
	return nil
}

// readLocal reads the local header (APPNOTE 4.3.7) and the data descriptor, if there is one. The entry ends at next.
func (e *Entry) readLocal(r io.ReaderAt, next int64) error {
	var fixed [localLength]byte
	if next-e.Offset < localLength {
		return malformed("%q overlaps what lies behind it", e.Name)
	}
	if err := readAt(r, fixed[:], e.Offset, "local header"); err != nil {
		return err
	}
	header := fields(fixed[:])
	if header.u32() != localSignature {
		return malformed("%q has no local header", e.Name)
	}
	header.skip(2) // version
	flags, method := header.u16(), header.u16()
	header.skip(4) // time
	crc, compressed, size := header.u32(), header.u32(), header.u32()
	name, extra := int(header.u16()), int(header.u16())
	variable := make(fields, name+extra)
	if err := readAt(r, variable, e.Offset+localLength, "local header"); err != nil {
		return err
	}
	if string(variable.bytes(name)) != e.Name || (flags^e.flags)&^flagLevel != 0 || method != e.Method {
		return malformed("%q has another name, method or flags in its local header", e.Name)
	}
	zip64, err := readExtra(variable, e.Name)
	if err != nil {
		return err
	}
	e.DataOffset = e.Offset + localLength + int64(name+extra)
	e.Length = next - e.Offset
	rest := next - e.DataOffset - e.CompressedSize // what the data descriptor takes
	if rest < 0 {
		return malformed("%q overlaps what lies behind it", e.Name)
	}
	if e.flags&flagDescriptor != 0 && crc == 0 && (compressed == 0 || compressed == math.MaxUint32) && (size == 0 || size == math.MaxUint32) {
		return e.readDescriptor(r, rest)
	}
	if !e.agrees(crc, compressed, size, zip64) {
		return malformed("%q has other sizes or another CRC-32 in its local header", e.Name)
	}
	if e.flags&flagDescriptor != 0 {
		return e.readDescriptor(r, rest)
	}
	if rest != 0 {
		return malformed("%d bytes after %q belong to nothing", rest, e.Name)
	}
	return nil
}

// agrees compares what a local header says with the directory. Its ZIP64 field has both sizes (APPNOTE 4.5.3).
func (e *Entry) agrees(crc, compressed, size uint32, zip64 fields) bool {
	long, short := uint64(size), uint64(compressed)
	if size == math.MaxUint32 || compressed == math.MaxUint32 {
		if len(zip64) < 16 {
			return false
		}
		long64, short64 := zip64.u64(), zip64.u64()
		if (size != math.MaxUint32 && long != long64) || (compressed != math.MaxUint32 && short != short64) {
			return false
		}
		long, short = long64, short64
	}
	return crc == e.CRC32 && long == uint64(e.Size) && short == uint64(e.CompressedSize)
}

// readDescriptor reads the data descriptor of length bytes (APPNOTE 4.3.9), which may lack its signature and may have its
// sizes in 8 bytes each.
func (e *Entry) readDescriptor(r io.ReaderAt, length int64) error {
	const longest = 4 + 4 + 8 + 8
	if length > longest {
		return malformed("%d bytes after %q belong to nothing", length, e.Name)
	}
	descriptor := make([]byte, length)
	if err := readAt(r, descriptor, e.DataOffset+e.CompressedSize, "data descriptor"); err != nil {
		return err
	}
	for _, signed := range []bool{true, false} {
		for _, wide := range []bool{false, true} {
			if bytes.Equal(descriptor, e.descriptor(signed, wide)) {
				return nil
			}
		}
	}
	return malformed("%q has other sizes or another CRC-32 after its data", e.Name)
}

// descriptor writes the data descriptor that fits the directory.
func (e *Entry) descriptor(signed, wide bool) (out []byte) {
	if signed {
		out = binary.LittleEndian.AppendUint32(out, descriptorSignature)
	}
	out = binary.LittleEndian.AppendUint32(out, e.CRC32)
	for _, size := range []int64{e.CompressedSize, e.Size} {
		switch {
		case wide:
			out = binary.LittleEndian.AppendUint64(out, uint64(size))
		case size < math.MaxUint32:
			out = binary.LittleEndian.AppendUint32(out, uint32(size))
		default:
			return nil
		}
	}
	return out
}

// Open returns the entry's content. It gives at most Size bytes; a content that is shorter or longer, has another CRC-32, or
// leaves some of its packed bytes over, ends with an error that carries fault.ContainerMalformed, and not with io.EOF.
func (e *Entry) Open() io.Reader {
	packed := bufio.NewReader(io.NewSectionReader(e.archive, e.DataOffset, e.CompressedSize))
	c := &content{entry: e, packed: packed, unpacked: packed, sum: crc32.NewIEEE()}
	if e.Method == Deflate {
		c.unpacked = inflater(packed)
	}
	return c
}

// ReadAll returns the content of an entry of at most limit bytes.
func (e *Entry) ReadAll(limit int64) ([]byte, error) {
	if e.Size > limit {
		return nil, malformed("%q has %d bytes, over the limit of %d", e.Name, e.Size, limit)
	}
	content := bytes.NewBuffer(make([]byte, 0, e.Size+bytes.MinRead))
	_, err := content.ReadFrom(e.Open())
	return content.Bytes(), err
}

// content reads one entry. packed is an io.ByteReader, of which flate takes no byte too many.
type content struct {
	entry    *Entry
	packed   *bufio.Reader
	unpacked io.Reader
	sum      hash.Hash32
	read     int64
	err      error
}

func (c *content) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.readUnpacked(p)
	if c.err != nil {
		c.release()
	}
	return n, err
}

// inflaters have the memory of contents that have been read, 40 KB each.
var inflaters sync.Pool

// inflater returns a reader of what packed inflates to.
func inflater(packed io.Reader) io.Reader {
	r, ok := inflaters.Get().(flate.Resetter)
	if !ok {
		return flate.NewReader(packed)
	}
	_ = r.Reset(packed, nil) // which never fails
	return r.(io.Reader)
}

// release gives the inflater back, after which nothing more is read.
func (c *content) release() {
	if r, ok := c.unpacked.(flate.Resetter); ok {
		inflaters.Put(r)
	}
	c.unpacked = nil
}

// readUnpacked is Read where there has been no error.
func (c *content) readUnpacked(p []byte) (int, error) {
	n, err := c.unpacked.Read(p)
	if c.read += int64(n); c.read > c.entry.Size {
		c.err = malformed("%q is longer than the %d bytes announced", c.entry.Name, c.entry.Size)
		return 0, c.err
	}
	c.sum.Write(p[:n])
	switch err {
	case nil:
	case io.EOF:
		c.err = c.finish()
	default:
		c.err = malformed("%q cannot be unpacked: %w", c.entry.Name, err)
	}
	return n, c.err
}

// finish returns io.EOF where the content was what the directory says.
func (c *content) finish() error {
	if c.read != c.entry.Size || c.sum.Sum32() != c.entry.CRC32 {
		return malformed("%q has %d bytes with CRC-32 %08x, and announces %d with %08x",
			c.entry.Name, c.read, c.sum.Sum32(), c.entry.Size, c.entry.CRC32)
	}
	if _, err := c.packed.ReadByte(); err != io.EOF {
		return malformed("%q has packed bytes after the end of its content", c.entry.Name)
	}
	return io.EOF
}
