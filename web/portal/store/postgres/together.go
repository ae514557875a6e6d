package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/e-onay/e-onay/web/portal/store"
)

// maxTogether is how many acts one transaction records at most: others wait for its locks.
const maxTogether = 32

// together has the acts that arrive while this process records others go into one transaction: acts commit one after the other under the chain's lock,
// so each commit of several spares the others a sync of the disk, and their trips.
type together struct {
	turn    chan struct{} // holds a value while a transaction is under way
	mu      sync.Mutex
	waiting []*waiter
}

// waiter is a completion that waits for its transaction.
type waiter struct {
	store.Completion
	ended chan struct{} // closed once the outcome is there
	// outcome is nil where the act is recorded; isAlone says that it is not, and goes into a transaction of its own.
	outcome error
	isAlone bool
}

func (w *waiter) end(outcome error, isAlone bool) {
	w.outcome, w.isAlone = outcome, isAlone
	close(w.ended)
}

func (w *waiter) isOver() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

func (t *together) add(c store.Completion) *waiter {
	w := &waiter{Completion: c, ended: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, w)
	return w
}

func (t *together) remove(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = slices.DeleteFunc(t.waiting, func(other *waiter) bool { return other == w })
}

// take returns those that have waited longest. Of several for one receipt it leaves all but the first to later transactions.
func (t *together) take() (some []*waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var left []*waiter
	for _, w := range t.waiting {
		sameReceipt := func(other *waiter) bool { return other.Receipt == w.Receipt }
		if len(some) == maxTogether || slices.ContainsFunc(some, sameReceipt) {
			left = append(left, w)
			continue
		}
		some = append(some, w)
	}
	t.waiting = left
	return some
}

// completeTogether makes a receipt an act, with others that wait for the same. Whoever has the turn records for all who wait, and returns when
// its own is among them.
func (s *Store) completeTogether(ctx context.Context, c store.Completion) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := s.together.add(c)
	for !w.isOver() {
		select {
		case <-w.ended:
		case s.together.turn <- struct{}{}:
			s.completeWaiting(context.WithoutCancel(ctx), w)
		case <-ctx.Done(): // if its transaction is under way, the outcome is not known
			s.together.remove(w)
			return context.Cause(ctx)
		}
	}
	if w.isAlone {
		return s.completeAlone(ctx, c)
	}
	return w.outcome
}

// completeWaiting records the acts that wait in one transaction, tells each its outcome after the commit, and gives the turn back: at once, if own is over.
func (s *Store) completeWaiting(ctx context.Context, own *waiter) {
	defer func() { <-s.together.turn }()
	if own.isOver() { // the select has had both to choose from
		return
	}
	some := s.together.take()
	var (
		outcomes []error
		failed   error // before the commit: then nothing was recorded
		err      = errors.New("store: the transaction has panicked")
	)
	defer func() {
		// What the server has answered to a statement may be about one of several: each hears its own.
		_, isAnswer := errors.AsType[*pgconn.PgError](failed)
		for i, w := range some {
			if err == nil {
				w.end(outcomes[i], errors.Is(outcomes[i], errHeld))
			} else {
				w.end(err, isAnswer && len(some) > 1)
			}
		}
	}()
	var all []store.Completion
	for _, w := range some {
		all = append(all, w.Completion)
	}
	ctx, cancel := context.WithTimeout(ctx, transactTimeout)
	defer cancel()
	err = s.begin(ctx, func(ctx context.Context, tx pgx.Tx) error {
		outcomes, failed = complete(ctx, tx, tryLocks, all...)
		return failed
	})
}

// completeAlone makes a receipt an act in a transaction of its own.
func (s *Store) completeAlone(ctx context.Context, c store.Completion) error {
	ctx, cancel := context.WithTimeout(ctx, transactTimeout)
	defer cancel()
	return s.begin(ctx, func(ctx context.Context, tx pgx.Tx) error { return completeOne(ctx, tx, c) })
}

// completeOne makes a receipt an act once its person's lock is had, or returns its refusal.
func completeOne(ctx context.Context, tx pgx.Tx, c store.Completion) error {
	outcomes, err := complete(ctx, tx, waitForLocks, c)
	if err != nil {
		return err
	}
	return outcomes[0]
}
