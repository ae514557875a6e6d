package reader

import (
	"context"
	"errors"
	"slices"
)

// ErrRemoved is the cause of a context that ended because a card left its reader, or the reader the machine.
var ErrRemoved = errors.New("the card was removed")

// A stay is a card's time in a reader, which somebody counts on.
type stay struct {
	seen
	end context.CancelCauseFunc
}

// WhileInserted returns a context that ends with ErrRemoved when the card that is now in the named reader
// leaves it, and with ErrNoService when the PC/SC service ends before that. Where the Watcher sees no card in a
// reader of that name, the context is as good as ctx: not every library calls readers as PC/SC does. The caller
// calls cancel when it no longer counts on the card.
func (w *Watcher) WhileInserted(ctx context.Context, name string) (card context.Context, cancel func()) {
	card, end := context.WithCancelCause(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.last, func(s seen) bool { return s.name == name && s.card })
	if i < 0 {
		return card, func() { end(nil) }
	}
	s := &stay{seen: w.last[i], end: end}
	w.stays = append(w.stays, s)
	return card, func() {
		end(nil)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stays = slices.DeleteFunc(w.stays, func(other *stay) bool { return other == s })
	}
}

// endStays ends what counted on cards that are no longer there, or of which nothing is known any more. w.mu is held.
func (w *Watcher) endStays() {
	cause := ErrRemoved
	if !w.running {
		cause = ErrNoService
	}
	w.stays = slices.DeleteFunc(w.stays, func(s *stay) bool {
		if slices.Contains(w.last, s.seen) {
			return false
		}
		s.end(cause)
		return true
	})
}
