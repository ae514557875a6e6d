package pdf

import (
	"bytes"
	"fmt"
	"math"
	"slices"
)

// An entry says where an object stands (ISO 32000-2, table 18).
type entry struct {
	// where is the offset of an object in the file, or the number of the object stream that it is in.
	where int64
	// generation of an object in the file, or index in the object stream.
	generation int32
	section    uint16 // which has it, the newest being 0
	kind       entryKind
}

type entryKind uint8

const (
	absent entryKind = iota
	free
	inFile
	inStream
)

// entryPage is how many entries are allocated together.
const entryPage = 256

// entries are the cross references by object number, in pages. A page without an entry is nil.
type entries struct {
	pages []*[entryPage]entry
	// own says which pages no snapshot has.
	own []bool
}

func (e *entries) get(number int) entry {
	i := number / entryPage
	if i >= len(e.pages) || e.pages[i] == nil {
		return entry{}
	}
	return e.pages[i][number%entryPage]
}

func (e *entries) set(number int, v entry) {
	i := number / entryPage
	if more := i + 1 - len(e.pages); more > 0 {
		e.pages, e.own = append(e.pages, make([]*[entryPage]entry, more)...), append(e.own, make([]bool, more)...)
	}
	if !e.own[i] {
		page := new([entryPage]entry)
		if e.pages[i] != nil {
			*page = *e.pages[i]
		}
		e.pages[i], e.own[i] = page, true
	}
	e.pages[i][number%entryPage] = v
}

// snapshot returns the entries as they are now. It must not be changed; what changes in e afterwards takes a page anew.
func (e *entries) snapshot() entries {
	out := entries{pages: e.pages}
	e.pages, e.own = slices.Clone(e.pages), make([]bool, len(e.pages))
	return out
}

// A section is one cross-reference section with its trailer.
type section struct {
	offset  int64
	trailer Dict
	stream  Ref  // the cross-reference stream's own number; zero for a table
	hybrid  bool // a table with XRefStm
	index   int  // the newest is 0
	numbers []uint32
	largest uint32 // of numbers
	after   int64  // offset after table and trailer, or after the stream
}

func (s *section) isStream() bool { return s.stream.Number != 0 }

// inFileAt is the entry of an object at an offset. Some writers give objects that are not there the offset 0, where the header
// stands: for every reader these are free.
func inFileAt(offset int64, generation int32) entry {
	if offset == 0 {
		return entry{kind: free}
	}
	return entry{where: offset, generation: generation, kind: inFile}
}

// addEntry records an entry of s, unless a newer section has one for that object. Where two entries of one section speak of one
// object they must say the same, but that the stream of a hybrid file may have free what its table has. The other way about is how
// ISO 32000-2, 7.5.8.4, hides objects from old readers: new ones differ in whether they see them, and it is refused.
func (f *File) addEntry(s *section, number int, v entry) error {
	if number == 0 && v.kind != free {
		return malformed("the cross references at offset %d have object 0 in use", s.offset)
	}
	v.section = uint16(s.index)
	old := f.table.get(number)
	switch {
	case old.kind == absent:
		f.table.set(number, v)
	case old.section != v.section:
	case old == v, v.kind == free && s.hybrid:
		return nil
	case s.hybrid && f.deviates("the table and the stream of a hybrid file differ"):
		f.isAmbiguous = true
		if old.kind == free { // hidden from old readers (ISO 32000-2, 7.5.8.4); else the table counts
			f.table.set(number, v)
		}
		return nil
	default:
		return malformed("the cross references at offset %d have object %d twice", s.offset, number)
	}
	s.numbers, s.largest = append(s.numbers, uint32(number)), max(s.largest, uint32(number))
	return nil
}

// readSection reads the cross-reference section at offset: table, stream, or both.
func (f *File) readSection(offset int64, index int) (*section, error) {
	s := &section{offset: offset, index: index}
	isTable := false
	err := f.parseAt(offset, func(p *parser) error {
		if isSpace(p.data[0]) && f.deviates("white space before cross references") {
			if err := p.skip(); err != nil {
				return err
			}
		}
		if isSpace(p.data[p.pos]) || p.data[p.pos] == '%' {
			return p.fail("no cross references")
		}
		word, err := p.word()
		isTable = word == "xref"
		return err
	})
	if err != nil {
		return nil, err
	}
	if !isTable {
		after, err := f.readXRefStream(s, offset)
		if err != nil {
			return nil, err
		}
		s.stream, s.after = after.ref, after.end
		return s, nil
	}
	if s.after, err = f.readTable(s); err != nil {
		return nil, err
	}
	if at, ok := s.trailer["XRefStm"]; ok {
		n, isInteger := at.(Integer)
		if !isInteger {
			return nil, malformed("XRefStm is no offset")
		}
		s.hybrid = true
		trailer := s.trailer
		if _, err := f.readXRefStream(s, int64(n)); err != nil {
			return nil, err
		}
		if previous, ok := s.trailer["Prev"]; ok && previous != trailer["Prev"] {
			return nil, malformed("the table and the stream of a hybrid file have different sections before them")
		}
		s.trailer = trailer
	}
	return s, nil
}

const tableEntry = 20 // bytes (ISO 32000-2, 7.5.4)

// readTable reads a cross-reference table and its trailer, and returns the offset after them.
func (f *File) readTable(s *section) (int64, error) {
	at := s.offset
	err := f.parseAt(at, func(p *parser) error {
		defer func() { at = p.at() }()
		return p.keyword("xref")
	})
	if err != nil {
		return 0, err
	}
	for {
		var first, count int64
		isTrailer := false
		err := f.parseAt(at, func(p *parser) error {
			var err error
			if err = p.skip(); err != nil {
				return err
			}
			if isTrailer = p.data[p.pos] == 't'; isTrailer {
				return nil
			}
			first, count, err = p.subsection()
			at = p.at()
			return err
		})
		if err != nil {
			return 0, err
		}
		if isTrailer {
			return f.readTrailer(s, at)
		}
		if at, err = f.readSubsection(s, at, first, count); err != nil {
			return 0, err
		}
	}
}

// subsection reads the first number and the count of a subsection, and the end of that line.
func (p *parser) subsection() (first, count int64, err error) {
	if first, err = p.unsigned(maxObjectNumber); err != nil {
		return
	}
	if count, err = p.unsigned(maxObjectNumber + 1 - first); err != nil {
		return
	}
	for {
		switch {
		case p.pos+2 > len(p.data):
			return 0, 0, p.end()
		case p.data[p.pos] == ' ':
			p.pos++
			continue
		case p.data[p.pos] == '\r':
			p.pos++
			p.passNewline()
			return
		case p.data[p.pos] == '\n':
			p.pos++
			return
		}
		return 0, 0, p.fail("more than two numbers begin a part of the cross references")
	}
}

// readSubsection reads count entries of 20 bytes at offset, and returns the offset after them.
func (f *File) readSubsection(s *section, offset, first, count int64) (int64, error) {
	if err := f.countEntries(count); err != nil {
		return 0, err
	}
	const together = 1024 // entries that are read at a time
	begins := true
	for count > 0 {
		n := min(count, together)
		if f.isTolerant && offset+n*tableEntry > f.size { // entries that are shorter
			return f.readLooseEntries(s, offset, first, count)
		}
		data, err := f.readAt(offset, n*tableEntry)
		if err != nil {
			return 0, err
		}
		for i := range n {
			v, err := readTableEntry(data[i*tableEntry : (i+1)*tableEntry])
			if err != nil && f.deviates("cross references of other than 20 bytes") {
				return f.readLooseEntries(s, offset+i*tableEntry, first+i, count-i)
			}
			if err != nil {
				return 0, malformed("at offset %d: %w", offset+i*tableEntry, err)
			}
			// Some readers take a table that begins so for one of the objects from 0.
			if first+i == 1 && v.kind == free && begins {
				return 0, malformed("at offset %d: cross references that begin with object 1, which is free", offset)
			}
			begins = false
			if err := f.addEntry(s, int(first+i), v); err != nil {
				return 0, err
			}
		}
		offset, first, count = offset+n*tableEntry, first+n, count-n
	}
	return offset, nil
}

// countEntries bounds the entries of all sections together.
func (f *File) countEntries(n int64) error {
	f.entriesRead += n
	if f.entriesRead > maxEntries {
		return malformed("more than %d cross references", maxEntries)
	}
	return nil
}

// readTableEntry reads "nnnnnnnnnn ggggg n" and an end of line of two bytes.
func readTableEntry(b []byte) (entry, error) {
	where, isOffset := digits(string(b[:10]))
	generation, isGeneration := digits(string(b[11:16]))
	end := string(b[18:])
	if !isOffset || !isGeneration || b[10] != ' ' || b[16] != ' ' || end != " \n" && end != "\r\n" && end != " \r" {
		return entry{}, fmt.Errorf("%q is no cross reference", b)
	}
	switch {
	case b[17] == 'n' && generation <= maxGeneration:
		return inFileAt(where, int32(generation)), nil
	case b[17] == 'f': // its generation is for writers that use the number again; some write 65536
		return entry{kind: free}, nil
	}
	return entry{}, fmt.Errorf("%q is no cross reference", b)
}

// readTrailer reads a table's trailer and returns the offset after it.
func (f *File) readTrailer(s *section, offset int64) (int64, error) {
	var after int64
	err := f.parseAt(offset, func(p *parser) error {
		if err := p.keyword("trailer"); err != nil {
			return err
		}
		o, err := p.object()
		if err != nil {
			return err
		}
		d, ok := o.(Dict)
		if !ok {
			return p.fail("the trailer is no dictionary")
		}
		s.trailer, after = d, p.at()
		return nil
	})
	return after, err
}

// readXRefStream reads the cross-reference stream at offset into s (ISO 32000-2, 7.5.8).
func (f *File) readXRefStream(s *section, offset int64) (*indirect, error) {
	o, err := f.indirectAt(offset)
	if err != nil {
		return nil, err
	}
	stream, ok := o.value.(*Stream)
	if !ok || stream.Dict["Type"] != Name("XRef") {
		return nil, malformed("at offset %d is no cross-reference stream", offset)
	}
	if o.end, err = f.finishStream(stream, stream.Dict["Length"]); err != nil {
		return nil, err
	}
	data, err := f.decode(stream, maxXRefStream)
	if err != nil {
		return nil, err
	}
	s.trailer = stream.Dict
	return o, f.readXRefData(s, stream.Dict, data)
}

// readXRefData reads the entries of a cross-reference stream.
func (f *File) readXRefData(s *section, d Dict, data []byte) error {
	widths, err := fieldWidths(d["W"])
	if err != nil {
		return err
	}
	index, isArray := d["Index"].(Array)
	if d["Index"] == nil {
		index, isArray = Array{Integer(0), d["Size"]}, true
	}
	if !isArray || len(index)%2 != 0 {
		return malformed("Index of a cross-reference stream is no list of pairs")
	}
	row := widths[0] + widths[1] + widths[2]
	for i := 0; i < len(index); i += 2 {
		first, ok1 := index[i].(Integer)
		count, ok2 := index[i+1].(Integer)
		if !ok1 || !ok2 || first < 0 || count < 0 || first > maxObjectNumber || count > maxObjectNumber+1-first || int64(count) > int64(len(data)/row) {
			return malformed("Index of a cross-reference stream names more than there is")
		}
		if err := f.countEntries(int64(count)); err != nil {
			return err
		}
		for n := range count {
			v, err := readStreamEntry(data[:row], widths)
			if err != nil {
				return err
			}
			data = data[row:]
			if err := f.addEntry(s, int(first+n), v); err != nil {
				return err
			}
		}
	}
	return nil // what stands behind the entries is read by nobody
}

// fieldWidths reads W: how many bytes type, second and third field of an entry have.
func fieldWidths(o Object) ([3]int, error) {
	var out [3]int
	a, ok := o.(Array)
	if !ok || len(a) != len(out) {
		return out, malformed("W of a cross-reference stream is no list of three")
	}
	for i, v := range a {
		n, ok := v.(Integer)
		if !ok || n < 0 || n > 8 {
			return out, malformed("W of a cross-reference stream has something else than 0 to 8")
		}
		out[i] = int(n)
	}
	if out[1] == 0 {
		return out, malformed("W of a cross-reference stream has no second field")
	}
	return out, nil
}

func readStreamEntry(b []byte, widths [3]int) (entry, error) {
	kind := int64(1) // where the field is left out (ISO 32000-2, 7.5.8.2)
	if widths[0] > 0 {
		kind = bigEndian(b[:widths[0]])
	}
	second := bigEndian(b[widths[0] : widths[0]+widths[1]])
	third := bigEndian(b[widths[0]+widths[1]:])
	switch {
	case kind == 0:
		return entry{kind: free}, nil
	case kind == 1 && second >= 0 && third >= 0 && third <= maxGeneration:
		return inFileAt(second, int32(third)), nil
	case kind == 2 && second >= 0 && second <= maxObjectNumber && third >= 0 && third < maxInStream:
		return entry{where: second, generation: int32(third), kind: inStream}, nil
	}
	return entry{}, malformed("a cross reference of type %d with %d and %d", kind, second, third)
}

// bigEndian reads up to eight bytes; what is no int64 becomes -1, which no field takes.
func bigEndian(b []byte) int64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	if n > math.MaxInt64 {
		return -1
	}
	return int64(n)
}

// sectionEnd is what stands after a cross-reference section.
type sectionEnd struct {
	start   int64 // what startxref says
	end     int64 // the offset after %%EOF
	newline int64 // bytes of the end of line after that: 0 to 2
}

// readSectionEnd reads startxref, its offset and %%EOF.
func (f *File) readSectionEnd(offset int64) (out sectionEnd, err error) {
	err = f.parseAt(offset, func(p *parser) error {
		if err := f.passTrailer(p); err != nil {
			return err
		}
		if err := p.keyword("startxref"); err != nil {
			return err
		}
		var err error
		if out.start, err = p.unsigned(MaxFile); err != nil {
			return err
		}
		for p.pos < len(p.data) && isSpace(p.data[p.pos]) {
			p.pos++
		}
		if len(p.data)-p.pos < len(eof)+2 && !p.last {
			return errShort
		}
		if !bytes.HasPrefix(p.data[p.pos:], eof) {
			return p.fail("no %s after startxref", eof)
		}
		p.pos += len(eof)
		out.end, out.newline = p.at(), newlineAt(p.data[p.pos:])
		return nil
	})
	return out, err
}

var eof = []byte("%%EOF")

// newlineAt returns how long the end of line is that b begins with.
func newlineAt(b []byte) int64 {
	switch {
	case bytes.HasPrefix(b, []byte("\r\n")):
		return 2
	case bytes.HasPrefix(b, []byte("\n")), bytes.HasPrefix(b, []byte("\r")):
		return 1
	}
	return 0
}
