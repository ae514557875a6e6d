package reader

import (
	"context"
	"errors"
	"slices"
)

// An Insertion is one card's time in one reader, from being put in to being taken out; a reset does not end it. The zero
// Insertion stands for a token that is in no reader that PC/SC knows.
type Insertion struct {
	// Reader is the reader's name, whole.
	Reader string
	count  uint32 // of the cards that came and went
	epoch  int    // of the PC/SC service, which counts anew after a start
}

// Errors of WhileInserted; the contexts that it returns end with the first as their cause.
var (
	// ErrRemoved means that a card has left its reader, or the reader the machine.
	ErrRemoved = errors.New("the card was removed")
	// ErrChanged means that the reader has the card of another insertion, which may be the same card.
	ErrChanged = errors.New("the card was taken out, and a card is in the reader again")
)

// A counted insertion has a context that ends with it.
type counted struct {
	seen
	end context.CancelCauseFunc
}

// WhileInserted returns a context that ends with ErrRemoved when the card leaves its reader, and with ErrNoService when
// the PC/SC service ends before that. If the insertion is over already, it returns why: ErrRemoved, ErrChanged or
// ErrNoService. For the zero Insertion the context ends with ctx alone. The caller calls cancel when it no longer needs
// the card.
func (w *Watcher) WhileInserted(ctx context.Context, in Insertion) (card context.Context, cancel func(), err error) {
	card, end := context.WithCancelCause(ctx)
	if in == (Insertion{}) {
		return card, func() { end(nil) }, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now, err := w.find(in)
	if err != nil {
		end(err)
		return nil, nil, err
	}
	c := &counted{seen: now, end: end}
	w.counted = append(w.counted, c)
	return card, func() {
		end(nil)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.counted = slices.DeleteFunc(w.counted, func(other *counted) bool { return other == c })
	}, nil
}

// Inserted reports whether the card of an insertion is still in its reader.
func (w *Watcher) Inserted(in Insertion) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.find(in)
	return err == nil
}

// find returns what is seen of an insertion, or why nothing is. w.mu must be held.
func (w *Watcher) find(in Insertion) (seen, error) {
	if !w.running {
		return seen{}, ErrNoService
	}
	i := slices.IndexFunc(w.last, func(s seen) bool { return s.name == in.Reader && s.card })
	if i < 0 {
		return seen{}, ErrRemoved
	}
	if w.last[i].count != in.count || w.epoch != in.epoch {
		return seen{}, ErrChanged
	}
	return w.last[i], nil
}

// endRemoved ends the contexts of cards that are gone, or that the service no longer reports. w.mu must be held.
func (w *Watcher) endRemoved() {
	cause := ErrRemoved
	if !w.running {
		cause = ErrNoService
	}
	w.counted = slices.DeleteFunc(w.counted, func(c *counted) bool {
		if slices.Contains(w.last, c.seen) {
			return false
		}
		c.end(cause)
		return true
	})
}
