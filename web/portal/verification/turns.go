package verification

import (
	"context"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxTurns is how many requests of one session may be judged or wait for that: what a person may press, and tabs.
const maxTurns = 8

// turns lets one request of a session be judged at a time, so that a person who sends many delays only themselves. It is
// safe for concurrent use; the zero value is ready.
type turns struct {
	mu sync.Mutex
	of map[store.Hash]*turn
}

type turn struct {
	place chan struct{} // holds one value while a request is judged
	users int           // judged or waiting; guarded by turns.mu
}

// acquire waits for the session's turn, until ctx ends. The caller calls leave at the end of its turn. A session that has
// maxTurns requests already is refused.
func (t *turns) acquire(ctx context.Context, session store.Hash) (leave func(), err error) {
	mine, err := t.join(session)
	if err != nil {
		return nil, err
	}
	select {
	case mine.place <- struct{}{}:
		return func() { <-mine.place; t.release(session, mine) }, nil
	case <-ctx.Done():
		t.release(session, mine)
		return nil, fault.Errorf(fault.Unavailable, "waiting for the session's turn: %w", context.Cause(ctx))
	}
}

func (t *turns) join(session store.Hash) (*turn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.of[session]
	if mine == nil {
		mine = &turn{place: make(chan struct{}, 1)}
		if t.of == nil {
			t.of = map[store.Hash]*turn{}
		}
		t.of[session] = mine
	}
	if mine.users == maxTurns {
		return nil, fault.Errorf(fault.Unavailable, "the session has %d requests already", maxTurns)
	}
	mine.users++
	return mine, nil
}

func (t *turns) release(session store.Hash, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine.users--
	if mine.users == 0 {
		delete(t.of, session)
	}
}
