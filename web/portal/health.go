package portal

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// The store is asked at most once in healthFor, since its answer costs a write and anybody may ask; healthLimit bounds
// how long it may take.
const (
	healthFor   = 5 * time.Second
	healthLimit = 5 * time.Second
)

// health is what the store said last of whether it can answer and write.
type health struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// ask returns the last answer while it is fresh, else a new one. It goes on when the one who asked has left: the answer
// is for the next one too.
func (h *health) ask(ctx context.Context, now time.Time, ping func(context.Context) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.at); age < 0 || age >= healthFor {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
		defer cancel()
		h.at, h.err = now, ping(ctx)
	}
	return h.err
}

// readiness tells whether the portal can do its work: a store on a full disk shows pages and records nothing.
func (p *Portal) readiness(v *visit) error {
	if err := p.health.ask(v.r.Context(), p.now(), p.store.Ping); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = v.w.Write([]byte("ok\n")) // whoever asked and left is no concern
	return nil
}
