package session

import (
	"context"
	"errors"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// lateness remembers the libraries that did not answer a list in time. A session waits for each of them
// only once: a library that hangs would otherwise keep back the other libraries' certificates, for its
// whole time limit, at every list. Later lists report it as late at once, while it is asked again beside
// them, by one call at a time; when it answers, answered is called.
type lateness struct {
	ctx      context.Context // ends with the session
	answered func()
	asking   sync.WaitGroup

	mu   sync.Mutex
	late map[*worker.Client]bool // true while it is being asked again
}

func newLateness(ctx context.Context, answered func()) *lateness {
	return &lateness{ctx: ctx, answered: answered, late: map[*worker.Client]bool{}}
}

// list is w.List, or module_timeout at once for a library that was late before.
func (l *lateness) list(ctx context.Context, w *worker.Client) (*worker.Listing, error) {
	if l.askAgain(w) {
		return nil, fault.New(fault.ModuleTimeout, errors.New("late before, asked again meanwhile"))
	}
	listing, err := w.List(ctx)
	if late(err) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.late[w] = false
	}
	return listing, err
}

func late(err error) bool { return err != nil && fault.CodeOf(err) == fault.ModuleTimeout }

// askAgain reports whether w is late, and sees to it that it is being asked.
func (l *lateness) askAgain(w *worker.Client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	asking, is := l.late[w]
	if !is || asking {
		return is
	}
	l.late[w] = true
	l.asking.Go(func() {
		_, err := w.List(l.ctx)
		l.mu.Lock()
		if late(err) {
			l.late[w] = false
		} else {
			delete(l.late, w)
		}
		l.mu.Unlock()
		if !late(err) {
			l.answered()
		}
	})
	return true
}

// wait returns when nobody is being asked any more, which the end of the session brings about.
func (l *lateness) wait() { l.asking.Wait() }
