package journal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
)

// errHeadOlder is the error of a list that goes on behind its head further than a crash explains.
var errHeadOlder = fmt.Errorf("%w: it goes on behind its signed end: the head is older than the list, or somebody has added to it", ErrBroken)

// Read calls visit with each entry, the oldest first, until it returns false, and verifies them on the way. The error wraps
// ErrBroken if an entry is not in the chain, or the chain does not begin and end as a head signed by key says. What can be read
// of such a list is visited all the same, and must not be believed. key is nil for an installation without one, which has
// signed nothing.
func (j *Journal) Read(ctx context.Context, key *ecdsa.PublicKey, visit func(Entry) bool) error {
	bored := false // the chain is followed to its end all the same
	_, err := j.scan(ctx, key, func(_ uint64, line []byte, _ bool) {
		if e, err := parseEntry(line); !bored && err == nil {
			bored = !visit(e)
		}
	})
	return err
}

// scan does the work of Read on lines: the chain needs no more of an entry than its number and the digest before it. signed is
// false for lines that the head does not name. It returns the head that key has signed, nil without one.
func (j *Journal) scan(ctx context.Context, key *ecdsa.PublicKey, visit func(number uint64, line []byte, signed bool)) (*head, error) {
	if !hasFolder(j.dir) {
		return nil, nil
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	names, err := segments(j.dir)
	if err != nil {
		return nil, err
	}
	r := &reading{visit: visit}
	r.head, err = readHead(j.dir)
	switch {
	case errors.Is(err, ErrBroken):
		r.broken = err
	case err != nil:
		return nil, err
	case r.head == nil && !holdsOnlyFirstEntry(j.dir, names):
		r.broken = fmt.Errorf("%w: no head", ErrBroken)
	case r.head != nil && (key == nil || !key.Equal(r.head.public)):
		r.broken = errOtherKey
	}
	if err := r.segments(ctx, j.dir, names, j.limits); err != nil {
		return nil, err
	}
	if r.head != nil && !errors.Is(r.broken, errOtherKey) {
		return r.head, r.broken
	}
	return nil, r.broken
}

// A reading follows the chain.
type reading struct {
	head   *head
	visit  func(number uint64, line []byte, signed bool)
	number uint64
	digest string
	ended  bool  // the head's line was read
	behind int   // whole lines after it
	astray bool  // one of them is not chained to the one before
	broken error // the first reason not to believe the list
}

func (r *reading) breaks(format string, args ...any) {
	if r.broken == nil {
		r.broken = fmt.Errorf("%w: %s", ErrBroken, fmt.Sprintf(format, args...))
	}
}

// segments reads the list. Segments before its first line are what a crash has left of those that were removed.
func (r *reading) segments(ctx context.Context, dir string, names []string, limits Limits) error {
	for i, name := range names {
		switch {
		case r.head != nil && r.head.First != nil && first(name) < r.head.First.Number:
			continue
		case r.number == 0 && r.head != nil && r.head.First == nil && first(name) != 1 && len(names)-i < limits.Segments:
			r.breaks("it begins with %s", name)
		}
		if err := r.segment(ctx, dir, name); err != nil {
			return err
		}
	}
	switch {
	case r.head == nil:
	case !r.ended:
		r.breaks("the chain ends with entry %d, not as the head says with %d", r.number, r.head.Number)
	case r.behind > 1 && r.broken == nil:
		r.broken = errHeadOlder
	}
	return nil
}

func (r *reading) segment(ctx context.Context, dir, name string) error {
	if r.number == 0 {
		r.number = first(name) - 1
	}
	if first(name) != r.number+1 {
		if r.ended {
			r.astray = true
		} else {
			r.breaks("%s does not follow entry %d", name, r.number)
		}
	}
	err := lines(filepath.Join(dir, name), 0, func(line []byte) (bool, error) {
		if r.ended {
			r.unsigned(line)
		} else {
			r.line(line)
		}
		return true, ctx.Err()
	})
	if errors.Is(err, ErrBroken) {
		if r.ended {
			r.behind, r.astray = r.behind+2, true // no crash leaves that
		} else {
			r.breaks("%s: %v", name, err)
		}
		return nil
	}
	return err
}

func (r *reading) line(line []byte) {
	number, before, ok := link(line)
	begun := r.digest != "" || number == 1 // else it is the first that is left
	if !ok || number != r.number+1 || begun && string(before) != r.digest {
		r.breaks("what follows entry %d does not belong there", r.number)
	}
	own := digest(line)
	if r.head != nil && r.head.First != nil && r.digest == "" && (*r.head.First != mark{number, own}) {
		r.breaks("it begins with entry %d, not as the head says with %d", number, r.head.First.Number)
	}
	if ok {
		r.number = number
	}
	r.digest = own
	if r.ended = r.head != nil && r.number >= r.head.Number; r.ended && (r.number != r.head.Number || own != r.head.Digest) {
		r.breaks("entry %d is not the head's", r.number)
	}
	r.visit(r.number, line, r.head != nil)
}

// unsigned takes in a line after the head's.
func (r *reading) unsigned(line []byte) {
	r.behind++
	number, before, ok := link(line)
	if r.astray = r.astray || !ok || number != r.number+1 || string(before) != r.digest; r.astray {
		return
	}
	r.number, r.digest = number, digest(line)
	r.visit(number, line, false)
}

// The ends of a line, as Append writes it.
var (
	lineBegin  = []byte(`{"number":`)
	lineBefore = []byte(`,"before":"`)
	lineEnd    = []byte(`"}`)
)

// link reads what of a line makes the chain. The rest needs no look: the line after, or the head, has the digest of
// all of it.
func link(line []byte) (number uint64, before []byte, ok bool) {
	rest, begins := bytes.CutPrefix(line, lineBegin)
	digits, _, separated := bytes.Cut(rest, []byte(","))
	number, err := strconv.ParseUint(string(digits), 10, 64)
	rest, ends := bytes.CutSuffix(rest, lineEnd)
	at := bytes.LastIndex(rest, lineBefore)
	if !begins || !separated || err != nil || !ends || at < 0 {
		return 0, nil, false
	}
	return number, rest[at+len(lineBefore):], true
}
