package journal

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"path/filepath"
)

// Read gives each entry to visit, the oldest first, until that returns false. It proves them on the way: an
// entry that the chain does not hold, or a chain that does not end in a head signed by key, gives an error that
// wraps ErrBroken; what was visited before it is then not to be believed either. A nil key is any.
func (j *Journal) Read(ctx context.Context, key *ecdsa.PublicKey, visit func(Entry) bool) error {
	unlock, err := j.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := readHead(j.dir)
	if err != nil {
		return err
	}
	names, err := segments(j.dir)
	if err != nil {
		return err
	}
	switch {
	case h == nil && len(names) == 0:
		return nil
	case h == nil:
		_, err := j.beginning(names)
		return err
	case key != nil && !key.Equal(h.public):
		return fmt.Errorf("%w: the head is signed by another key", ErrBroken)
	}
	r := &reading{visit: visit, last: h.Number}
	for _, name := range names {
		if err := r.segment(ctx, j.dir, name); err != nil {
			return err
		}
	}
	if r.number != h.Number || r.digest != h.Digest {
		return fmt.Errorf("%w: the chain ends with entry %d, not as the head says with %d", ErrBroken, r.number, h.Number)
	}
	return nil
}

// A reading follows the chain.
type reading struct {
	visit  func(Entry) bool
	last   uint64 // what comes after it was never acknowledged
	number uint64
	digest string
	bored  bool // visit wants no more; the chain is followed to its end all the same
}

func (r *reading) segment(ctx context.Context, dir, name string) error {
	if first(name) != r.number+1 && r.number != 0 && first(name) <= r.last {
		return fmt.Errorf("%w: %s does not follow entry %d", ErrBroken, name, r.number)
	}
	if r.number == 0 {
		r.number = first(name) - 1
	}
	return lines(filepath.Join(dir, name), func(line []byte) (bool, error) {
		if r.number == r.last {
			return false, nil
		}
		return true, r.line(ctx, line)
	})
}

func (r *reading) line(ctx context.Context, line []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e, err := parseEntry(line)
	if err != nil {
		return err
	}
	begun := r.digest != "" || e.Number == 1 // else it is the first that is left
	if e.Number != r.number+1 || begun && e.Before != r.digest {
		return fmt.Errorf("%w: entry %d does not follow entry %d", ErrBroken, e.Number, r.number)
	}
	r.number, r.digest = e.Number, digest(line)
	if !r.bored {
		r.bored = !r.visit(e)
	}
	return nil
}
