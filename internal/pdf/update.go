package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// Update is an incremental update of a file (ISO 32000-2, 7.5.6): objects that are new or take another's place, appended with
// cross references of the kind that the file has. What is in the file stays as it is.
type Update struct {
	file    *File
	objects map[Ref]Object
	next    int
	id      Array // the file's
}

// NewUpdate begins an update of f.
func (f *File) NewUpdate() (*Update, error) {
	id, err := f.array(f.Trailer()["ID"], "ID")
	return &Update{file: f, objects: map[Ref]Object{}, next: int(f.Trailer().integer("Size", -1)), id: id}, err
}

// Add gives o the next free number.
func (u *Update) Add(o Object) Ref {
	ref := Ref{Number: u.next}
	u.next++
	u.objects[ref] = o
	return ref
}

// Set makes o what ref leads to. An object that has been set or added is returned by Get as it was set.
func (u *Update) Set(ref Ref, o Object) { u.objects[ref] = o }

// Get returns what ref leads to after the update so far.
func (u *Update) Get(ref Ref) (Object, error) {
	if o, ok := u.objects[ref]; ok {
		return o, nil
	}
	return u.file.Get(ref)
}

// Appended is what an update appends to its file.
type Appended struct {
	Bytes []byte
	// Starts are where in Bytes each object begins, behind "N G obj".
	Starts map[Ref]int
}

// Write returns the update. Each part of the new identifier is made of seed and of the old one (ISO 32000-2, 14.4): the same
// update is the same bytes.
func (u *Update) Write(seed []byte) (*Appended, error) {
	out := &Appended{Starts: map[Ref]int{}}
	var b bytes.Buffer
	b.WriteByte('\n')
	refs := slices.SortedFunc(maps.Keys(u.objects), func(a, b Ref) int { return a.Number - b.Number })
	offsets := make([]int64, len(refs))
	for i, ref := range refs {
		offsets[i] = u.file.size + int64(b.Len())
		fmt.Fprintf(&b, "%d %d obj\n", ref.Number, ref.Generation)
		out.Starts[ref] = b.Len()
		writeBody(&b, u.objects[ref])
		b.WriteString("\nendobj\n")
	}
	start := u.file.size + int64(b.Len())
	if newest := u.file.sections[0]; newest.isStream() {
		u.writeXRefStream(&b, refs, offsets, seed)
	} else {
		u.writeTable(&b, refs, offsets, seed)
	}
	fmt.Fprintf(&b, "startxref\n%d\n%s\n", start, eof)
	if u.next > maxObjectNumber || u.file.size+int64(b.Len()) > MaxFile {
		return nil, malformed("a file that has no room for an update: object %d, %d bytes", u.next, u.file.size+int64(b.Len()))
	}
	out.Bytes = b.Bytes()
	return out, nil
}

func writeBody(b *bytes.Buffer, o Object) {
	s, ok := o.(*NewStream)
	if !ok {
		write(b, o)
		return
	}
	d := s.Dict.Clone()
	d["Length"] = Integer(len(s.Data))
	write(b, d)
	b.WriteString("\nstream\n")
	b.Write(s.Data)
	b.WriteString("\nendstream")
}

// runs calls visit for each run of numbers without a gap.
func runs(refs []Ref, visit func(first, count int)) {
	for i := 0; i < len(refs); {
		n := 1
		for i+n < len(refs) && refs[i+n].Number == refs[i].Number+n {
			n++
		}
		visit(i, n)
		i += n
	}
}

func (u *Update) writeTable(b *bytes.Buffer, refs []Ref, offsets []int64, seed []byte) {
	b.WriteString("xref\n")
	runs(refs, func(first, count int) {
		fmt.Fprintf(b, "%d %d\n", refs[first].Number, count)
		for i := first; i < first+count; i++ {
			fmt.Fprintf(b, "%010d %05d n\r\n", offsets[i], refs[i].Generation)
		}
	})
	b.WriteString("trailer\n")
	write(b, u.trailer(seed))
	b.WriteString("\n")
}

// Widths of the fields of a cross-reference stream that is appended: offsets to 1 GiB need four bytes.
const typeWidth, offsetWidth, generationWidth = 1, 4, 2

func (u *Update) writeXRefStream(b *bytes.Buffer, refs []Ref, offsets []int64, seed []byte) {
	ref := Ref{Number: u.next}
	u.next++
	refs, offsets = append(refs, ref), append(offsets, u.file.size+int64(b.Len()))
	index := Array{}
	var data []byte
	runs(refs, func(first, count int) {
		index = append(index, Integer(refs[first].Number), Integer(count))
		for i := first; i < first+count; i++ {
			data = append(data, 1)
			for shift := 8 * (offsetWidth - 1); shift >= 0; shift -= 8 {
				data = append(data, byte(offsets[i]>>shift))
			}
			data = append(data, byte(refs[i].Generation>>8), byte(refs[i].Generation))
		}
	})
	d := u.trailer(seed)
	d["Type"], d["Index"], d["W"] = Name("XRef"), index, Array{Integer(typeWidth), Integer(offsetWidth), Integer(generationWidth)}
	fmt.Fprintf(b, "%d 0 obj\n", ref.Number)
	writeBody(b, &NewStream{Dict: d, Data: data})
	b.WriteString("\nendobj\n")
}

// sectionKeys are of one cross-reference section, and not handed on to the next trailer (ISO 32000-2, 7.5.6).
var sectionKeys = []Name{"Prev", "XRefStm", "Type", "Index", "W", "Length", "Filter", "DecodeParms"}

// trailer returns the new trailer: the entries of the old one, with a new Size, Prev and ID.
func (u *Update) trailer(seed []byte) Dict {
	d := u.file.Trailer().Clone()
	for _, key := range sectionKeys {
		delete(d, key)
	}
	d["Size"] = Integer(u.next)
	d["Prev"] = Integer(u.file.sections[0].offset)
	d["ID"] = u.identifier(seed)
	return d
}

// identifier keeps the first part, which names the document, and makes a new second one, which names this version.
func (u *Update) identifier(seed []byte) Array {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d\n", u.file.size)
	sum.Write(Bytes(u.id))
	sum.Write(seed)
	made := String(sum.Sum(nil)[:16])
	if len(u.id) == 2 {
		return Array{u.id[0], made}
	}
	return Array{made, made}
}
