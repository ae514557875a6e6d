package portal

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// The store is asked at most once in healthFor, since its answer costs a write and anybody may ask; healthLimit bounds
// how long it may take.
const (
	healthFor   = 5 * time.Second
	healthLimit = 5 * time.Second
)

// health is what the store said last of whether it can answer and write.
type health struct {
	store store.Store
	now   func() time.Time

	mu  sync.Mutex
	at  time.Time
	err error
}

// ask returns the last answer while it is fresh, else a new one. It goes on when the asker has left: the answer is
// for the next one too.
func (h *health) ask(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if age := now.Sub(h.at); age < 0 || age >= healthFor {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
		defer cancel()
		h.at, h.err = now, h.store.Ping(ctx)
	}
	return h.err
}

// readiness tells whether the portal can do its work: a store on a full disk shows pages and records nothing.
func (h *health) readiness(v *site.Visit) error {
	if err := h.ask(v.R.Context()); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return v.AnswerBytes("text/plain; charset=utf-8", []byte("ok\n"))
}
