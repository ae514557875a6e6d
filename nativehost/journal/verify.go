package journal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// Read gives each entry to visit, the oldest first, until that returns false. It proves them on the way: an entry
// that the chain does not hold, or a chain that does not end in a head signed by key, gives an error that wraps
// ErrBroken. What can be read of such a list is visited all the same, and is not to be believed. A nil key is that of
// an installation that has none, which has signed nothing.
func (j *Journal) Read(ctx context.Context, key *ecdsa.PublicKey, visit func(Entry) bool) error {
	bored := false // the chain is followed to its end all the same
	return j.scan(ctx, key, func(_ uint64, line []byte) {
		if e, err := parseEntry(line); !bored && err == nil {
			bored = !visit(e)
		}
	})
}

// scan is Read, of lines: the chain needs no more of an entry than its number and the digest before it.
func (j *Journal) scan(ctx context.Context, key *ecdsa.PublicKey, visit func(number uint64, line []byte)) error {
	if _, err := os.Stat(j.dir); errors.Is(err, fs.ErrNotExist) {
		return nil // which a lock would make
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	names, err := segments(j.dir)
	if err != nil {
		return err
	}
	r := &reading{visit: visit, last: math.MaxUint64}
	h, err := readHead(j.dir)
	switch {
	case errors.Is(err, ErrBroken):
		r.broken = err
	case err != nil:
		return err
	case h == nil:
		if unfinished, err := j.onlyBegun(names); err != nil || unfinished {
			return err
		}
		r.broken = fmt.Errorf("%w: no head", ErrBroken)
	default:
		r.last = h.Number
		if key == nil || !key.Equal(h.public) {
			r.broken = fmt.Errorf("%w: the head is signed by another key", ErrBroken)
		}
	}
	for _, name := range names {
		if err := r.segment(ctx, j.dir, name); err != nil {
			return err
		}
	}
	if h != nil && (r.number != h.Number || r.digest != h.Digest) {
		r.breaks("the chain ends with entry %d, not as the head says with %d", r.number, h.Number)
	}
	return r.broken
}

// A reading follows the chain.
type reading struct {
	visit  func(number uint64, line []byte)
	last   uint64 // what comes after it was never acknowledged
	number uint64
	digest string
	broken error // the first reason not to believe the list
}

func (r *reading) breaks(format string, args ...any) {
	if r.broken == nil {
		r.broken = fmt.Errorf("%w: %s", ErrBroken, fmt.Sprintf(format, args...))
	}
}

func (r *reading) segment(ctx context.Context, dir, name string) error {
	if first(name) != r.number+1 && r.number != 0 && first(name) <= r.last {
		r.breaks("%s does not follow entry %d", name, r.number)
	}
	if r.number == 0 {
		r.number = first(name) - 1
	}
	err := lines(filepath.Join(dir, name), func(line []byte) (bool, error) {
		if r.number >= r.last {
			return false, nil
		}
		r.line(line)
		return true, ctx.Err()
	})
	if errors.Is(err, ErrBroken) {
		r.breaks("%s: %v", name, err)
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
	if ok {
		r.number = number
	}
	r.digest = digest(line)
	r.visit(r.number, line)
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
