// Package jobs does what has to be done outside the portal: it leases jobs from the store, hands each to the handler of its kind, and
// notes what came of it.
//
// At least once. A process that ends while a handler is at work leaves a job whose lease ends; another process, or this one later,
// does it again. A handler that must not do something twice gives the job's key to whoever receives it, or asks first what has become
// of it.
//
// Each kind has a goroutine of its own: one whose receiver hangs holds up no other. What fails is tried again after pauses that double,
// and is given up when it has expired, after two days of attempts unless its kind is one of Options.Lasting, or where the handler says
// so (ErrGiveUp). The operator sees what was given up, and may have it tried again.
//
// No log line has a payload. Handlers return errors that name nobody.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	lease         = 2 * time.Minute
	handleTimeout = time.Minute // shorter than the lease
	lookEvery     = 2 * time.Second
	firstPause    = 5 * time.Second
	longestPause  = time.Hour
	maxAttempts   = 60 // two days and a bit, so that a receiver may be away over a weekend's day
)

// ErrGiveUp means that another attempt is of no use. A handler returns an error that wraps it.
var ErrGiveUp = errors.New("given up")

// Handler does a job of its kind. It returns before its context ends, and may be called for the same job again, also after it has
// returned nil. Its errors name nobody.
type Handler func(ctx context.Context, j store.LeasedJob) error

// What came of an attempt.
const (
	Done    = "done"
	Failed  = "failed"
	GivenUp = "given_up"
)

// Results are all that may come of an attempt.
var Results = []string{Done, Failed, GivenUp}

// Store is the part of the store that a Runner needs.
type Store interface {
	LeaseJob(ctx context.Context, kind string, now, leaseEnd time.Time) (store.LeasedJob, error)
	JobDone(ctx context.Context, j store.LeasedJob, at time.Time) error
	JobFailed(ctx context.Context, j store.LeasedJob, at, again time.Time) error
}

// Options is what a Runner is made of. All are required but Lasting and Tried.
type Options struct {
	Store    Store
	Handlers map[string]Handler // by kind
	// Lasting are the kinds whose jobs are not given up after so many attempts: a revocation or a refund is of use for as long as it
	// has not expired, however long its receiver is away.
	Lasting []string
	// Tried is told what came of each attempt; nil tells nobody.
	Tried func(kind, result string)
	Log   *slog.Logger
	Now   func() time.Time
}

// Runner does jobs. It is safe for concurrent use; several processes may have one on the same store.
type Runner struct {
	Options
	waiting map[string]chan struct{} // has a value when a job of the kind may have been put down
}

// New returns a runner; Run does the jobs.
func New(o Options) *Runner {
	if o.Tried == nil {
		o.Tried = func(string, string) {}
	}
	r := &Runner{o, map[string]chan struct{}{}}
	for kind := range o.Handlers {
		r.waiting[kind] = make(chan struct{}, 1)
	}
	return r
}

// Wake tells this process's runner that jobs were put down. Those of other processes look now and then.
func (r *Runner) Wake() {
	for _, waiting := range r.waiting {
		select {
		case waiting <- struct{}{}:
		default:
		}
	}
}

// Run does jobs until ctx ends, and then waits for those under way. The store must not be closed before it has returned.
func (r *Runner) Run(ctx context.Context) {
	var kinds sync.WaitGroup
	for kind, handle := range r.Handlers {
		kinds.Go(func() { r.runKind(ctx, kind, handle) })
	}
	kinds.Wait()
}

func (r *Runner) runKind(ctx context.Context, kind string, handle Handler) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if r.next(ctx, kind, handle) {
			continue
		}
		select {
		case <-r.waiting[kind]:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// next does the job of a kind that has been due longest, and reports whether there was one.
func (r *Runner) next(ctx context.Context, kind string, handle Handler) bool {
	now := r.Now()
	j, err := r.Store.LeaseJob(ctx, kind, now, now.Add(lease))
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("jobs", "kind", kind, "error", err)
		}
		return false
	}
	// What the receiver has said is noted, also when the portal is stopping.
	ctx = context.WithoutCancel(ctx)
	err = r.do(ctx, j, handle)
	if err := r.note(ctx, j, err); err != nil {
		r.Log.Error("jobs", "kind", kind, "key", j.Key, "error", err)
		return false // the lease ends by itself
	}
	return true
}

// do hands a job to its handler. One that panics fails: else a job that does so would end the process again and again.
func (r *Runner) do(ctx context.Context, j store.LeasedJob, handle Handler) (err error) {
	if !r.Now().Before(j.ExpiresAt) {
		return fmt.Errorf("%w: it has expired", ErrGiveUp)
	}
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("panic: %T at %s", what, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	return handle(ctx, j)
}

// note notes what came of an attempt.
func (r *Runner) note(ctx context.Context, j store.LeasedJob, err error) error {
	log := r.Log.With("kind", j.Kind, "key", j.Key, "attempt", j.Attempt)
	now := r.Now()
	again := now.Add(pauseAfter(j.Attempt))
	switch {
	case err == nil:
		r.Tried(j.Kind, Done)
		log.Info("job done")
		return r.Store.JobDone(ctx, j, now)
	case errors.Is(err, ErrGiveUp), j.Attempt >= maxAttempts && !slices.Contains(r.Lasting, j.Kind), !again.Before(j.ExpiresAt):
		r.Tried(j.Kind, GivenUp)
		log.Error("job given up", "error", err)
		return r.Store.JobFailed(ctx, j, now, time.Time{})
	}
	r.Tried(j.Kind, Failed)
	log.Warn("job failed", "error", err)
	return r.Store.JobFailed(ctx, j, now, again)
}

// pauseAfter is how long a job waits after so many attempts: twice as long each time, up to longestPause.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for range min(attempts-1, maxAttempts) {
		pause = min(2*pause, longestPause)
	}
	return pause
}
