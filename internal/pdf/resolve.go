package pdf

import (
	"cmp"
	"maps"
	"slices"
)

// Get returns the indirect object ref; nil where it is free or not there (ISO 32000-2, 7.3.10).
func (f *File) Get(ref Ref) (Object, error) {
	e := f.table.get(ref.Number)
	switch e.kind {
	case inFile:
		o, err := f.getInFile(ref, e)
		if err != nil {
			return nil, err
		}
		return o.value, nil
	case inStream:
		if ref.Generation != 0 {
			return nil, malformed("a reference to generation %d of object %d, which is in a stream", ref.Generation, ref.Number)
		}
		return f.getInStream(ref.Number, e)
	}
	return nil, nil
}

// getInFile reads an object that stands in the file by itself, of a stream everything but the data.
func (f *File) getInFile(ref Ref, e entry) (*indirect, error) {
	if int(e.generation) != ref.Generation {
		return nil, malformed("a reference to generation %d of object %d, which has %d", ref.Generation, ref.Number, e.generation)
	}
	o, err := f.indirectAt(e.where)
	if err != nil {
		return nil, err
	}
	if o.ref != ref {
		return nil, malformed("object %d is not where its cross reference says", ref.Number)
	}
	switch v := o.value.(type) {
	case Ref:
		return nil, malformed("object %d is a reference itself", ref.Number)
	case *Stream:
		length, err := f.streamLength(v)
		if err != nil {
			return nil, err
		}
		if o.end, err = f.finishStream(v, length); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// streamLength resolves Length, which may not be in an object stream: that could be the very stream it is the length of.
func (f *File) streamLength(s *Stream) (Object, error) {
	ref, ok := s.Dict["Length"].(Ref)
	if !ok {
		return s.Dict["Length"], nil
	}
	e := f.table.get(ref.Number)
	if e.kind != inFile || int(e.generation) != ref.Generation {
		return nil, malformed("the length of the stream at offset %d is not there", s.Offset)
	}
	o, err := f.indirectAt(e.where)
	if err != nil {
		return nil, err
	}
	return o.value, nil
}

// Resolve returns what a reference leads to, and anything else as it is.
func (f *File) Resolve(o Object) (Object, error) {
	ref, ok := o.(Ref)
	if !ok {
		return o, nil
	}
	return f.Get(ref)
}

// dict resolves o, which must be a dictionary; nil where it is null.
func (f *File) dict(o Object, what string) (Dict, error) {
	return resolveTo[Dict](f, o, what)
}

// array resolves o, which must be an array; nil where it is null.
func (f *File) array(o Object, what string) (Array, error) {
	return resolveTo[Array](f, o, what)
}

// resolveTo resolves o, which must be a T or null.
func resolveTo[T Object](f *File, o Object, what string) (T, error) {
	var none T
	v, err := f.Resolve(o)
	if err != nil || v == nil {
		return none, err
	}
	out, ok := v.(T)
	if !ok {
		return none, malformed("%s is a %T", what, v)
	}
	return out, nil
}

// An objectStream is a decoded object stream.
type objectStream struct {
	number  int
	data    []byte
	numbers []int // of the objects in it
	starts  []int // in data
	// isDirect says that its length is no reference, which may lead to another number in another revision.
	isDirect bool
}

// getInStream reads an object from the object stream that its entry names (ISO 32000-2, 7.5.7).
func (f *File) getInStream(number int, e entry) (Object, error) {
	s, err := f.objectStream(int(e.where))
	if err != nil {
		return nil, err
	}
	i := int(e.generation)
	if i >= len(s.numbers) || s.numbers[i] != number {
		return nil, malformed("object %d is not in object stream %d where its cross reference says", number, s.number)
	}
	end := len(s.data)
	if i+1 < len(s.starts) {
		end = s.starts[i+1]
	}
	p := &parser{data: s.data[s.starts[i]:end], last: true}
	o, err := p.object()
	if err != nil {
		return nil, malformed("object %d in object stream %d: %w", number, s.number, err)
	}
	if err := p.skip(); err == nil {
		return nil, malformed("object %d in object stream %d does not end where the next begins", number, s.number)
	}
	if _, ok := o.(Ref); ok {
		return nil, malformed("object %d is a reference itself", number)
	}
	return o, nil
}

// objectStream returns the decoded object stream of that number. It must stand in the file by itself.
func (f *File) objectStream(number int) (*objectStream, error) {
	e := f.table.get(number)
	if e.kind != inFile {
		return nil, malformed("object stream %d is in another one, or not there", number)
	}
	if s := f.cache.get(e.where, f); s != nil && s.number == number {
		return s, nil
	}
	s, err := f.readObjectStream(number, e)
	if err != nil {
		return nil, err
	}
	return s, f.cache.add(e.where, f, s)
}

func (f *File) readObjectStream(number int, e entry) (*objectStream, error) {
	o, err := f.getInFile(Ref{number, int(e.generation)}, e)
	if err != nil {
		return nil, err
	}
	stream, ok := o.value.(*Stream)
	if !ok || stream.Dict["Type"] != Name("ObjStm") {
		return nil, malformed("object %d is no object stream", number)
	}
	count, first := stream.Dict.integer("N", -1), stream.Dict.integer("First", -1)
	data, err := f.decode(stream, maxObjectStream)
	if err != nil {
		return nil, err
	}
	if count < 0 || count > maxInStream || first < 0 || int64(first) > int64(len(data)) {
		return nil, malformed("object stream %d says N %d and First %d", number, count, first)
	}
	_, isDirect := stream.Dict["Length"].(Integer)
	s := &objectStream{number: number, data: data[first:], isDirect: isDirect}
	return s, s.readHeader(data[:first], int(count))
}

// readHeader reads the pairs of object number and offset that an object stream begins with. The offsets must rise.
func (s *objectStream) readHeader(header []byte, count int) error {
	p := &parser{data: header, last: true}
	seen := map[int]bool{}
	for range count {
		number, err := p.unsigned(maxObjectNumber)
		if err != nil {
			return malformed("object stream %d: %w", s.number, err)
		}
		start, err := p.unsigned(int64(len(s.data)))
		if err != nil {
			return malformed("object stream %d: %w", s.number, err)
		}
		if seen[int(number)] || len(s.starts) > 0 && int(start) <= s.starts[len(s.starts)-1] {
			return malformed("object stream %d has object %d twice, or its offsets do not rise", s.number, number)
		}
		seen[int(number)] = true
		s.numbers, s.starts = append(s.numbers, int(number)), append(s.starts, int(start))
	}
	return nil
}

// CheckObjects reads every object of the file, also those that are no part of the structure: that each stream ends where its length
// says, and that references name objects as they are. Of streams it decodes those with objects alone. Readers repair a broken object
// each in its own way, or search the whole file for others because of it. It takes some 10 microseconds for an object.
func (f *File) CheckObjects() error {
	return f.EachObject(func(Ref, Object) {})
}

// EachObject checks every object as CheckObjects does, and has visit see it.
func (f *File) EachObject(visit func(Ref, Object)) error {
	f.newer = map[int]uint16{}
	var places []entryPlace
	for n, page := range f.table.pages {
		if page == nil {
			continue
		}
		for i, e := range page {
			if e.kind == inFile || e.kind == inStream {
				places = append(places, entryPlace{n*entryPage + i, e})
			}
		}
	}
	slices.SortFunc(places, entryPlace.compare)
	for _, p := range places {
		ref := Ref{Number: p.number}
		if p.kind == inFile {
			ref.Generation = int(p.generation)
		}
		o, err := f.Get(ref)
		if err != nil {
			return err
		}
		if err := f.checkReferences(o, p.section); err != nil {
			return err
		}
		visit(ref, o)
	}
	f.isChecked = true
	return nil
}

// checkReferences checks that references in an object of a section name objects by the generation that they have. What is not there
// at all is null to every reader.
func (f *File) checkReferences(o Object, section uint16) error {
	switch o := o.(type) {
	case Ref:
		e := f.table.get(o.Number)
		if e.kind == inFile && int(e.generation) != o.Generation || e.kind == inStream && o.Generation != 0 {
			return malformed("a reference to generation %d of object %d, which has another", o.Generation, o.Number)
		}
		if (e.kind == inFile || e.kind == inStream) && e.section < section { // the newest section is 0
			f.newer[o.Number] = max(f.newer[o.Number], section)
		}
	case Array:
		for _, v := range o {
			if err := f.checkReferences(v, section); err != nil {
				return err
			}
		}
	case Dict:
		for _, v := range o {
			if err := f.checkReferences(v, section); err != nil {
				return err
			}
		}
	case *Stream:
		return f.checkReferences(o.Dict, section)
	}
	return nil
}

// AwaitedBy returns the objects that this file has, an earlier revision (of its History) had not, and objects of that revision refer to
// which are still the same: to every reader they were null, and now they are something. It reads every object, with the errors of
// CheckObjects, unless that has been done.
func (f *File) AwaitedBy(earlier *File) ([]Ref, error) {
	if !f.isChecked {
		if err := f.CheckObjects(); err != nil {
			return nil, err
		}
	}
	var out []Ref
	newest := uint16(earlier.sections[0].index)
	for _, number := range slices.Sorted(maps.Keys(f.newer)) {
		before, now := earlier.table.get(number), f.table.get(number)
		if f.newer[number] >= newest && before.kind != inFile && before.kind != inStream {
			ref := Ref{Number: number}
			if now.kind == inFile {
				ref.Generation = int(now.generation)
			}
			out = append(out, ref)
		}
	}
	return out, nil
}

// entryPlace is an entry with its object's number.
type entryPlace struct {
	number int
	entry
}

// compare puts objects in the order in which they stand in the file, those of one object stream together.
func (p entryPlace) compare(o entryPlace) int {
	return cmp.Or(cmp.Compare(p.kind, o.kind), cmp.Compare(p.where, o.where), cmp.Compare(p.generation, o.generation))
}
