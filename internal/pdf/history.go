package pdf

import "slices"

// A History reads earlier revisions of a file, the oldest first. Each is made of the one before it and of its own cross references
// alone, so that all of them together take the time of one reading. Methods must not be called at the same time.
type History struct {
	file *File
	// reader has the table of the revision that was read last, and ends where that revision ends.
	reader *File
	read   int // revisions
	// unchecked are objects whose entries have not been compared with the file.
	unchecked []uint32
	// users are how many entries in use name an object stream, by its number; dangling is how many of all those name one that is
	// not there.
	users    map[int]int
	dangling int
	err      error // why no later revision can be read
}

// History begins before the oldest revision of f.
func (f *File) History() *History {
	return &History{file: f, reader: &File{r: f.r, isTolerant: f.isTolerant, cache: f.cache}, users: map[int]int{}}
}

// At returns the file as it was after the revision of that index, of [File.Revisions], with the checks and the errors of [Open] on the
// part of the file up to there. Indexes must rise from call to call.
func (h *History) At(revision int) (*File, error) {
	for h.err == nil && h.read <= revision {
		h.err = h.step()
	}
	if h.err != nil {
		return nil, h.err
	}
	r, all := h.file.revisions[revision], h.file.sections
	f := &File{
		r: h.file.r, size: h.reader.size, version: h.file.version, table: h.reader.table.snapshot(),
		sections: all[len(all)-r.sections:], revisions: h.file.revisions[:revision+1], isTolerant: h.file.isTolerant, cache: h.file.cache,
	}
	if err := h.check(f); err != nil {
		return nil, err
	}
	return f, nil
}

// At returns the file as it was after the revision of that index, of [File.Revisions]. Whoever wants several takes them of a [History].
func (f *File) At(revision int) (*File, error) { return f.History().At(revision) }

// step reads the cross references of the next revision into the table.
func (h *History) step() error {
	older, r := 0, h.file.revisions[h.read]
	if h.read > 0 {
		older = h.file.revisions[h.read-1].sections
	}
	h.reader.size = r.End + r.Newline
	all := h.file.sections
	for _, s := range slices.Backward(all[len(all)-r.sections : len(all)-older]) {
		for _, n := range s.numbers {
			h.drop(int(n))
		}
		again, err := h.reader.readSection(s.offset, s.index)
		if err != nil {
			return err
		}
		h.count(again.numbers)
	}
	h.read++
	return nil
}

// drop takes the entry of a number out of the table.
func (h *History) drop(number int) {
	table := &h.reader.table
	e := table.get(number)
	if e.kind == absent {
		return
	}
	table.set(number, entry{})
	switch e.kind {
	case inFile:
		h.dangling += h.users[number]
	case inStream:
		if table.get(int(e.where)).kind != inFile {
			h.dangling--
		}
		if h.users[int(e.where)]--; h.users[int(e.where)] == 0 {
			delete(h.users, int(e.where))
		}
	}
}

// count takes in the entries of numbers that a section has put into the table.
func (h *History) count(numbers []uint32) {
	table := &h.reader.table
	for _, n := range numbers {
		if table.get(int(n)).kind == inFile {
			h.dangling -= h.users[int(n)]
		}
	}
	for _, n := range numbers {
		e := table.get(int(n))
		if e.kind != inStream {
			continue
		}
		h.users[int(e.where)]++
		if table.get(int(e.where)).kind != inFile {
			h.dangling++
		}
	}
	h.unchecked = append(h.unchecked, numbers...)
}

// check makes those checks of Open on f, the revision that was read last, that the newest revision has not had, and none of the earlier ones.
func (h *History) check(f *File) error {
	if _, err := f.startXRef(); err != nil {
		return err
	}
	if err := f.checkTrailers(); err != nil {
		return err
	}
	if err := f.checkLinearized(); err != nil {
		return err
	}
	if h.dangling > 0 {
		return malformed("%d objects are in object streams that are not there", h.dangling)
	}
	return h.checkNew(f)
}

// checkNew checks what has come into the table since it was checked before.
func (h *History) checkNew(f *File) error {
	slices.Sort(h.unchecked)
	h.unchecked = slices.Compact(h.unchecked)
	var places []place
	for _, n := range h.unchecked {
		e := f.table.get(int(n))
		if e.kind != inFile {
			continue
		}
		s := f.sections[int(e.section)-f.sections[0].index]
		p := e.place(n)
		if err := p.isBefore(f.revisions[f.revisionOf(s.offset)].End); err != nil {
			return err
		}
		places = append(places, p)
	}
	if err := f.checkPlaces(places); err != nil {
		return err
	}
	h.unchecked = h.unchecked[:0]
	return nil
}
