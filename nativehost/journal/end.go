package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/atomicfile"
)

// An end is where the next line goes.
type end struct {
	head *head // nil before the first entry
	// first is the oldest line that is kept, nil before the first entry.
	first    *mark
	number   uint64
	digest   string
	segment  string   // "" before the first entry
	line     int64    // where the newest line begins in it
	offset   int64    // and where that ends
	segments []string // all that there are
}

// errOtherKey is the error of a list that another key has signed.
var errOtherKey = fmt.Errorf("%w: the head is signed by another key", ErrBroken)

// resume finds the end of the list, and mends it if need be so that the list can go on. It returns what the next entries must
// say of that.
func (j *Journal) resume(ctx context.Context) (*end, []Act, error) {
	e, err := j.find(ctx)
	if errors.Is(err, ErrBroken) {
		kind := KindBroken
		if errors.Is(err, errOtherKey) {
			kind = KindKeyChanged
		}
		return j.beginAnew(kind)
	}
	if err != nil {
		return nil, nil, err
	}
	acknowledged := e.number
	foreign, err := e.advance(j.dir)
	if err == nil && e.number > acknowledged {
		err = j.adopt(ctx, e, acknowledged+1)
	}
	if err != nil {
		return nil, nil, err
	}
	var findings []Act
	if e.head != nil && e.head.Adopted != 0 {
		findings = append(findings, finding(KindUnproven, span{e.head.Adopted, e.number}.String()))
	}
	if foreign {
		aside, err := e.moveRest(j.dir, j.now())
		if errors.Is(err, ErrBroken) {
			return j.beginAnew(KindBroken)
		}
		if err != nil {
			return nil, nil, err
		}
		findings = append(findings, finding(KindBroken, aside))
	}
	if e.number == 0 && len(findings) == 0 {
		findings, err = j.unreported()
	}
	return e, findings, err
}

// adopt writes a head that names the end, and from which entry on no head had named them. The entry that says so comes next:
// written before, it would be left behind the head by a crash as well, and so would one more each time.
func (j *Journal) adopt(ctx context.Context, e *end, from uint64) error {
	h := &head{First: e.first, Number: e.number, Digest: e.digest, Offset: e.line, Adopted: from}
	if e.head != nil {
		h.Counter = e.head.Counter
		if e.head.Adopted != 0 {
			h.Adopted = e.head.Adopted
		}
	}
	if err := h.sign(ctx, j.key); err != nil {
		return err
	}
	if err := h.write(j.dir); err != nil {
		return err
	}
	e.head = h
	return atomicfile.SyncFolder(j.dir)
}

// beginAnew sets the list aside, and returns the beginning of another.
func (j *Journal) beginAnew(kind string) (*end, []Act, error) {
	aside, err := moveAside(j.dir, j.now())
	return &end{}, []Act{finding(kind, aside)}, err
}

// unreported returns the entry that a crash has prevented: that there was another list before the one that begins.
func (j *Journal) unreported() ([]Act, error) {
	names, err := setAsideFolders(j.dir)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return []Act{finding(KindBroken, names[len(names)-1])}, nil
}

// finding is an entry that the journal makes of what it has found.
func finding(kind, what string) Act {
	return Act{Kind: kind, Purpose: what, Outcome: string(protocol.OutcomeDone)}
}

// find returns the end that the head names, or ErrBroken if the list does not end so.
func (j *Journal) find(ctx context.Context) (*end, error) {
	h, err := readHead(j.dir)
	if err != nil {
		return nil, err
	}
	names, err := segments(j.dir)
	if err != nil {
		return nil, err
	}
	if h == nil {
		if !holdsOnlyFirstEntry(j.dir, names) {
			return nil, fmt.Errorf("%w: no head", ErrBroken)
		}
		return &end{segments: names}, nil
	}
	if !h.public.Equal(j.key.Public().Signing) {
		return nil, errOtherKey
	}
	e := &end{head: h, first: h.First, number: h.Number, digest: h.Digest, segments: names}
	for _, name := range names {
		if first(name) <= h.Number {
			e.segment = name
		}
	}
	if e.segment == "" {
		return nil, fmt.Errorf("%w: no line %d", ErrBroken, h.Number)
	}
	line, err := lineAt(filepath.Join(j.dir, e.segment), h.Offset)
	if err != nil {
		return nil, err
	}
	if digest(line) != h.Digest {
		return nil, fmt.Errorf("%w: line %d is not the head's", ErrBroken, h.Number)
	}
	e.line, e.offset = h.Offset, h.Offset+int64(len(line))+1
	if e.first == nil {
		if e.first, err = markOf(j.dir, names[0]); err != nil {
			return nil, err
		}
	}
	if j.expires(e) {
		err = j.prove(ctx, h, names)
	}
	return e, err
}

// markOf names the first line of a segment.
func markOf(dir, segment string) (*mark, error) {
	line, err := lineAt(filepath.Join(dir, segment), 0)
	if err == nil && line == nil {
		err = fmt.Errorf("%w: %s is empty", ErrBroken, segment)
	}
	return &mark{first(segment), digest(line)}, err
}

// expires reports whether the next entry removes the oldest segment. Then the list must be verified first: a fault in it must
// not be forgotten with that segment.
func (j *Journal) expires(e *end) bool {
	return e.offset >= j.limits.Segment && len(e.segments) >= j.limits.Segments
}

// prove follows the chain to the head.
func (j *Journal) prove(ctx context.Context, h *head, names []string) error {
	r := &reading{head: h, visit: func(uint64, []byte, bool) {}}
	if err := r.segments(ctx, j.dir, names, j.limits); err != nil {
		return err
	}
	return r.broken
}

// holdsOnlyFirstEntry reports whether a list without a head has no more than a crash in its first entry leaves.
func holdsOnlyFirstEntry(dir string, names []string) bool {
	if len(names) == 0 {
		return true
	}
	complete := 0
	err := lines(filepath.Join(dir, names[0]), 0, func([]byte) (bool, error) { complete++; return complete < 2, nil })
	return err == nil && complete < 2 && len(names) == 1 && first(names[0]) == 1
}

// after returns the segments behind the end's.
func (e *end) after() []string {
	return slices.DeleteFunc(slices.Clone(e.segments), func(name string) bool { return name <= e.segment })
}

// advance moves the end behind the lines that are chained to it and that no head names. A crash leaves one; if an older head
// was put back there are more, and no acknowledged act is taken back. foreign reports that something else follows them. A part
// of a line does not count: it was not acknowledged, and the next line overwrites it.
func (e *end) advance(dir string) (foreign bool, err error) {
	for i := 0; ; i++ {
		name := e.segment
		if rest := e.after(); i > 0 || name == "" {
			if len(rest) == 0 {
				return false, nil
			}
			if name = rest[0]; first(name) != e.number+1 {
				return true, nil
			}
		}
		if foreign, err = e.advanceIn(dir, name); foreign || err != nil {
			return foreign, err
		}
		if name != e.segment { // without a whole line it was never acknowledged
			e.segments = slices.DeleteFunc(e.segments, func(other string) bool { return other == name })
			return len(e.after()) > 0, os.Remove(filepath.Join(dir, name))
		}
	}
}

// advanceIn is advance in one segment.
func (e *end) advanceIn(dir, name string) (foreign bool, err error) {
	offset := int64(0)
	if name == e.segment {
		offset = e.offset
	}
	err = lines(filepath.Join(dir, name), offset, func(line []byte) (bool, error) {
		number, before, ok := link(line)
		if !ok || number != e.number+1 || string(before) != e.digest {
			foreign = true
			return false, nil
		}
		if e.first == nil {
			e.first = &mark{number, digest(line)}
		}
		e.number, e.digest, e.segment, e.line = number, digest(line), name, offset
		offset += int64(len(line)) + 1
		e.offset = offset
		return true, nil
	})
	if errors.Is(err, ErrBroken) {
		return true, nil
	}
	return foreign, err
}

// removeExpired removes the segments before the list's first line. One that cannot be removed is left for a later Append: that
// is no error of the entry, which is on the disk.
func (j *Journal) removeExpired(e *end) {
	for _, name := range e.segments {
		if first(name) < e.first.Number {
			_ = os.Remove(filepath.Join(j.dir, name))
		}
	}
}

// A span is from an entry to another, both of them in it.
type span struct{ from, to uint64 }

func (s span) String() string { return fmt.Sprintf("%d-%d", s.from, s.to) }

// parseSpan reads what String wrote.
func parseSpan(text string) (s span, ok bool) {
	n, err := fmt.Sscanf(text, "%d-%d", &s.from, &s.to)
	return s, err == nil && n == 2 && s.from <= s.to && s.to < math.MaxUint64 && s.String() == text
}

// hasFolder reports whether there is a folder of the journal's: a lock would make it.
func hasFolder(dir string) bool {
	_, err := os.Stat(dir)
	return !errors.Is(err, fs.ErrNotExist)
}
