package pdf

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
)

// File is a PDF whose cross references have been read. Methods must not be called at the same time; the file must not change.
type File struct {
	r    io.ReaderAt
	size int64

	version     string
	table       entries
	sections    []*section // the newest first
	entriesRead int64
	revisions   []Revision

	cache *streamCache // shared with the files of histories

	isTolerant bool   // OpenTolerant
	deviation  string // from the rules of Open, that was met first; "" for none

	isAmbiguous bool // see IsAmbiguous

	isChecked bool // every object has been read
	// newer are the objects, by number, that an object of an older section refers to, with the oldest such section: of those that
	// have been read.
	newer map[int]uint16
}

// Revision is what the first version of a file, or one incremental update, consists of.
type Revision struct {
	// End is the offset after its %%EOF, and Newline how many bytes of an end of line stand behind it (0 to 2).
	End     int64
	Newline int64
	// Objects are the numbers that its cross references speak of, in use or free.
	Objects []uint32

	sections int // of this revision and of all before it
}

// Open reads the header and all cross references of a file of so many bytes. It refuses what is encrypted (fault.PDFEncrypted),
// and whatever does not lead to each object in exactly one way (fault.PDFMalformed). An error of r comes back as it is.
func Open(r io.ReaderAt, size int64) (*File, error) {
	return open(&File{r: r, size: size})
}

func open(f *File) (*File, error) {
	f.cache = newStreamCache(f.size)
	if f.size > MaxFile {
		return nil, malformed("%d bytes, over the limit of %d", f.size, MaxFile)
	}
	if err := f.readVersion(); err != nil {
		return nil, err
	}
	start, err := f.startXRef()
	if err != nil {
		return nil, err
	}
	if err := f.readSections(start); err != nil {
		return nil, err
	}
	if err := f.checkTrailers(); err != nil {
		return nil, err
	}
	if err := f.splitRevisions(start); err != nil {
		return nil, err
	}
	if err := f.checkLinearized(); err != nil {
		return nil, err
	}
	if err := f.checkEntries(); err != nil {
		return nil, err
	}
	return f, nil
}

// Size is that of the file, in bytes.
func (f *File) Size() int64 { return f.size }

// Version is that of the header: "1.7".
func (f *File) Version() string { return f.version }

// Revisions are those of the file, the oldest first. A linearised file's two cross-reference sections are of one revision.
func (f *File) Revisions() []Revision { return f.revisions }

// Trailer is the newest one: of a cross-reference stream, its dictionary.
func (f *File) Trailer() Dict { return f.sections[0].trailer }

// readVersion reads the header, which must be the first bytes of the file (ISO 32000-2, 7.5.2).
func (f *File) readVersion() error {
	const length = int64(len("%PDF-1.7\n"))
	start, err := f.headerStart()
	if err != nil {
		return err
	}
	if f.size < start+length {
		return malformed("%d bytes are no PDF", f.size)
	}
	b, err := f.readAt(start, length)
	if err != nil {
		return err
	}
	f.version = string(b[5:8])
	if !bytes.HasPrefix(b, []byte("%PDF-")) || !isSpace(b[8]) || f.version != "2.0" && (f.version < "1.0" || f.version > "1.7") {
		return malformed("the file does not begin with the header of a known version: %q", b)
	}
	return nil
}

// startXRef reads the last startxref. Behind the %%EOF after it only white space may stand.
func (f *File) startXRef() (int64, error) {
	n := min(f.size, tailLength)
	tail, err := f.readAt(f.size-n, n)
	if err != nil {
		return 0, err
	}
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, malformed("no startxref in the last %d bytes", n)
	}
	s, err := f.readSectionEnd(f.size - n + int64(i))
	if err != nil {
		return 0, err
	}
	for _, c := range tail[s.end-(f.size-n):] {
		if !isSpace(c) {
			return 0, malformed("bytes after the last %s", eof)
		}
	}
	return s.start, nil
}

// readSections follows Prev from the newest section to the oldest.
func (f *File) readSections(offset int64) error {
	seen := map[int64]bool{}
	for {
		if seen[offset] {
			return malformed("the cross references at offset %d come before themselves", offset)
		}
		// A linearised file's first revision has two sections.
		if len(f.sections) > MaxRevisions {
			return malformed("more than %d revisions", MaxRevisions)
		}
		seen[offset] = true
		s, err := f.readSection(offset, len(f.sections))
		if err != nil {
			return err
		}
		f.sections = append(f.sections, s)
		previous, ok := s.trailer["Prev"]
		if !ok {
			return nil
		}
		n, ok := previous.(Integer)
		if !ok {
			return malformed("Prev is no offset")
		}
		// Only a linearised file's first section leads to one behind it, which is its last.
		if len(f.sections) > 1 && f.sections[len(f.sections)-2].offset < s.offset {
			return malformed("the cross references at offset %d have a Prev, behind those of the first page", s.offset)
		}
		offset = int64(n)
	}
}

// checkTrailers refuses encryption, and object numbers that the newest trailer's Size does not cover, which a reader must
// ignore and many do not (ISO 32000-2, table 15).
func (f *File) checkTrailers() error {
	for _, s := range f.sections {
		if s.trailer["Encrypt"] != nil {
			return fault.Errorf(fault.PDFEncrypted, "the file is encrypted")
		}
		size := s.trailer.integer("Size", -1)
		if size < 1 || size > maxObjectNumber+1 {
			return malformed("a trailer has the Size %d", size)
		}
	}
	size := uint32(f.Trailer().integer("Size", -1))
	for _, s := range f.sections {
		if s.largest >= size {
			return malformed("object %d in a file whose Size is %d", s.largest, size)
		}
	}
	if _, ok := f.Trailer()["Root"].(Ref); !ok {
		return malformed("the trailer has no Root")
	}
	return nil
}

// splitRevisions says which sections make a revision together, and checks that each revision ends with a startxref that leads
// to it, and begins where the one before has ended: a file that is cut after a revision is that revision.
func (f *File) splitRevisions(start int64) error {
	end := f.size
	for i := 0; i < len(f.sections); i++ {
		s := f.sections[i]
		last, objects, sections := s, s.numbers, len(f.sections)-i
		// The first section of a linearised file leads to one behind it, which ends the revision (Annex F).
		if i == len(f.sections)-2 && f.sections[i+1].offset > s.offset {
			last = f.sections[i+1]
			objects = slices.Concat(objects, last.numbers)
			i++
		}
		after, err := f.readSectionEnd(last.after)
		if err != nil {
			return err
		}
		if after.start != s.offset {
			return malformed("startxref after the cross references at offset %d leads to %d", last.offset, after.start)
		}
		if after.end > end {
			return malformed("the revision that ends at offset %d goes into the next one", after.end)
		}
		f.revisions = append(f.revisions, Revision{End: after.end, Newline: min(after.newline, end-after.end), Objects: objects, sections: sections})
		end = s.offset
	}
	slices.Reverse(f.revisions)
	if start != f.sections[0].offset {
		return malformed("the last startxref leads to offset %d", start)
	}
	return nil
}

// revisionOf returns the index of the revision that the byte at offset belongs to.
func (f *File) revisionOf(offset int64) int {
	i, _ := slices.BinarySearchFunc(f.revisions, offset, func(r Revision, offset int64) int {
		if r.End <= offset {
			return -1
		}
		return 1
	})
	return i
}

// checkEntries checks that at each object's offset its own number and generation stand, in the revision that speaks of it or
// an older one, and that those in streams name an object of the file. Other readers search the file for objects where one
// reference is wrong, and may find others.
func (f *File) checkEntries() error {
	var places []place
	for _, s := range f.sections {
		limit := f.revisions[f.revisionOf(s.offset)].End
		for _, n := range s.numbers {
			e := f.table.get(int(n))
			if int(e.section) != s.index {
				continue
			}
			switch e.kind {
			case inFile:
				p := e.place(n)
				if err := p.isBefore(limit); err != nil {
					return err
				}
				places = append(places, p)
			case inStream:
				if f.table.get(int(e.where)).kind != inFile {
					return malformed("object %d is in an object stream that is not there", n)
				}
			}
		}
	}
	return f.checkPlaces(places)
}

// A place is where an object stands in the file.
type place struct {
	offset int64
	ref    Ref
}

// place is that of an object in the file, by its number.
func (e entry) place(number uint32) place {
	return place{e.where, Ref{int(number), int(e.generation)}}
}

// isBefore refuses a place behind the end of the revision that has it.
func (p place) isBefore(limit int64) error {
	if p.offset >= limit {
		return malformed("object %d is behind the revision that has it", p.ref.Number)
	}
	return nil
}

// checkPlaces checks that each object stands at its place. So no two have one.
func (f *File) checkPlaces(places []place) error {
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.offset, b.offset) })
	r := &windowReader{f: f}
	for _, p := range places {
		if err := r.checkHeader(p.offset, p.ref); err != nil {
			return err
		}
	}
	return nil
}

// A windowReader reads from rising offsets, a larger part of the file at a time than is asked for.
type windowReader struct {
	f     *File
	start int64
	data  []byte
}

// checkHeader checks that an object's number, generation and the word obj stand at offset.
func (r *windowReader) checkHeader(offset int64, ref Ref) error {
	const longest, together = 64, 8 << 10 // bytes
	need := min(longest, r.f.size-offset)
	if offset < r.start || offset+need > r.start+int64(len(r.data)) {
		data, err := r.f.readAt(offset, min(together, r.f.size-offset))
		if err != nil {
			return err
		}
		r.start, r.data = offset, data
	}
	p := &parser{data: r.data[offset-r.start:][:need], base: offset, last: true}
	number, err := p.unsigned(maxObjectNumber)
	if err != nil {
		return err
	}
	generation, err := p.unsigned(maxGeneration)
	if err != nil {
		return err
	}
	if (Ref{int(number), int(generation)}) != ref {
		return malformed("at offset %d is object %d %d and not %d %d", offset, number, generation, ref.Number, ref.Generation)
	}
	if err := p.skip(); err != nil {
		return err
	}
	if !bytes.HasPrefix(p.data[p.pos:], []byte("obj")) {
		return p.fail("no obj")
	}
	return nil
}

// Objects is how many objects are in use.
func (f *File) Objects() int {
	n := 0
	for _, page := range f.table.pages {
		if page == nil {
			continue
		}
		for _, e := range page {
			if e.kind == inFile || e.kind == inStream {
				n++
			}
		}
	}
	return n
}

// ChangedSince returns the objects of an earlier revision of the same file that a later one has elsewhere, or no longer: those that
// an update has replaced or freed, by rising numbers. New objects are not among them.
func (f *File) ChangedSince(earlier *File) []Ref {
	var out []Ref
	for n, page := range earlier.table.pages {
		if page == nil {
			continue
		}
		for i, old := range page {
			if old.kind != inFile && old.kind != inStream {
				continue
			}
			number := n*entryPage + i
			now := f.table.get(number)
			if now.kind == old.kind && now.where == old.where && now.generation == old.generation {
				continue
			}
			ref := Ref{Number: number}
			if old.kind == inFile {
				ref.Generation = int(old.generation)
			}
			out = append(out, ref)
		}
	}
	return out
}
