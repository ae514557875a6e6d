package portal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/portal/lasting"
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
	store    store.Store
	now      func() time.Time
	stopping <-chan struct{} // closed when the process is told to stop

	mu  sync.Mutex
	at  time.Time
	err error
}

// routes are those of liveness and readiness; /saglik is the latter too, for those who asked it before the two were apart.
func (h *health) routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /saglik", Serve: h.readiness},
		{Pattern: "GET /saglik/canli", Serve: h.liveness},
		{Pattern: "GET /saglik/hazir", Serve: h.readiness},
	}
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

// liveness tells that the process answers. It asks nothing else: a process is not to be restarted because a disk is full.
func (h *health) liveness(v *site.Visit) error {
	return v.AnswerBytes("text/plain; charset=utf-8", []byte("ok\n"))
}

// readiness tells whether the portal can do its work: a store on a full disk shows pages and records nothing.
func (h *health) readiness(v *site.Visit) error {
	select {
	case <-h.stopping:
		return errors.New("health: stopping")
	default:
	}
	if err := h.ask(v.R.Context()); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return v.AnswerBytes("text/plain; charset=utf-8", []byte("ok\n"))
}

// lastingFor is how long an answer on lasting copies is good: it reads a row of each act.
const lastingFor = time.Minute

// lastingHealth is what the store said last of lasting copies.
type lastingHealth struct {
	store    store.Lasting
	settings *LastingSettings // nil: nothing is made to last
	now      func() time.Time

	mu  sync.Mutex
	at  time.Time
	err error
}

// ask returns the last answer while it is fresh, else a new one: an error where an act has been without its copy for lasting.MaxLate, or where
// a copy ends within half the margin.
func (h *lastingHealth) ask(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if age := now.Sub(h.at); age >= 0 && age < lastingFor {
		return h.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
	defer cancel()
	state, err := h.store.LastingState(ctx, now.Add(-lasting.MaxLate), now.Add(h.settings.margin()/2))
	if err == nil && state != (store.LastingState{}) {
		err = fmt.Errorf("%d acts without a lasting copy, %d copies fade; of these %d attempts failed", state.Missing, state.Fading, state.Failing)
	}
	h.at, h.err = now, err
	return err
}

// readiness tells whether recorded acts have their lasting copies in time, or that they are to have none.
func (h *lastingHealth) readiness(v *site.Visit) error {
	if h.settings == nil {
		return v.AnswerBytes("text/plain; charset=utf-8", []byte("off\n"))
	}
	if err := h.ask(v.R.Context()); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return v.AnswerBytes("text/plain; charset=utf-8", []byte("ok\n"))
}
