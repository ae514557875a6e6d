package inventory

import (
	"context"
	"errors"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// lateLibraries remembers the libraries that did not answer a list in time. A session waits for each of them only once: a
// library that hangs would otherwise delay the other libraries' certificates by its whole time limit, in every list. Later
// lists report it as late at once, while it is asked again beside them, by one call at a time; when it answers, answered is
// called.
type lateLibraries struct {
	ctx      context.Context // ends with the session
	answered func()
	calls    sync.WaitGroup

	mu    sync.Mutex
	asked map[*worker.Client]bool // the late ones; true while it is being asked again
}

func newLateLibraries(ctx context.Context, answered func()) *lateLibraries {
	return &lateLibraries{ctx: ctx, answered: answered, asked: map[*worker.Client]bool{}}
}

// list returns w.List, or module_timeout at once for a library that was late before.
func (l *lateLibraries) list(ctx context.Context, w *worker.Client) (*worker.Listing, error) {
	if l.askAgain(w) {
		return nil, fault.New(fault.ModuleTimeout, errors.New("late before, asked again meanwhile"))
	}
	listing, err := w.List(ctx)
	if isLate(err) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.asked[w] = false
	}
	return listing, err
}

func isLate(err error) bool { return err != nil && fault.CodeOf(err) == fault.ModuleTimeout }

// askAgain reports whether w is late. If it is, it is being asked again when askAgain returns.
func (l *lateLibraries) askAgain(w *worker.Client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	inFlight, late := l.asked[w]
	if !late || inFlight {
		return late
	}
	l.asked[w] = true
	l.calls.Go(func() {
		_, err := w.List(l.ctx)
		l.mu.Lock()
		if isLate(err) {
			l.asked[w] = false
		} else {
			delete(l.asked, w)
		}
		l.mu.Unlock()
		if !isLate(err) {
			l.answered()
		}
	})
	return true
}

// wait returns when no library is being asked, which the end of ctx brings about.
func (l *lateLibraries) wait() { l.calls.Wait() }
