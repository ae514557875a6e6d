package reader

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

// How long a Watcher waits before it asks again: for a PC/SC service that does not run, which costs one connect to a local
// socket; for one that has just failed, which the person at the card must learn soon; on macOS, whose PC/SC cannot report a
// new reader; and for a card to which a program has exclusive access, whose release PC/SC Lite does not always report.
const (
	retry   = 2 * time.Second
	again   = 100 * time.Millisecond
	poll    = time.Second
	release = 200 * time.Millisecond
)

// plugAndPlay is the name under which PC/SC reports that a reader came or went.
const plugAndPlay = `\\?PnP?\Notification`

// A Watcher knows which readers there are at any time.
//
// A process must not call List while it has a Watcher: the PC/SC binding keeps one name buffer for each
// reader, which a second call would take from under the waiting one.
type Watcher struct {
	changed func()
	freed   func()
	once    sync.Once
	ready   chan struct{} // closed after the first answer
	resets  sync.WaitGroup

	mu      sync.Mutex
	running bool // the PC/SC service
	refused bool // it runs, and does not let this program in
	waiting bool // it does not run, and starts with the first reader
	epoch   int  // counts its starts and ends
	last    []seen
	busy    []string // readers with a card to which a program has exclusive access
	counted []*counted
	// resetting has the insertions whose card Reset tries to reset, and whether it was asked to again meanwhile.
	resetting map[Insertion]bool
}

// Watch starts a Watcher that calls changed each time a reader, a card or the service came or went, and freed when a program
// has released its exclusive access to a card, until ctx ends. What is there at the start is not a change. Both are called
// from one goroutine and must not block.
func Watch(ctx context.Context, changed, freed func()) *Watcher {
	w := &Watcher{changed: changed, freed: freed, ready: make(chan struct{}), resetting: map[Insertion]bool{}}
	go w.run(ctx)
	return w
}

// Readers returns the connected readers, none if the PC/SC service waits for a first one, ErrNoService if it does not run, or
// ErrRefused. It waits for the first answer if need be, until ctx ends.
func (w *Watcher) Readers(ctx context.Context) ([]Reader, error) {
	select {
	case <-w.ready:
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.refused:
		return nil, ErrRefused
	case w.waiting:
		return nil, nil
	case !w.running:
		return nil, ErrNoService
	}
	var out []Reader
	for _, s := range w.last {
		r := s.reader()
		r.Busy = slices.Contains(w.busy, s.name)
		r.Inserted.epoch = w.epoch
		out = append(out, r)
	}
	return out, nil
}

// Epoch returns a number that changes with each start and end of the PC/SC service. Libraries that have spoken with the
// service in an earlier epoch show what was there then.
func (w *Watcher) Epoch() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch
}

func (w *Watcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		service, err := connect()
		w.mu.Lock()
		w.refused, w.waiting = errors.Is(err, ErrRefused), service == nil && err == nil
		w.mu.Unlock()
		if service == nil {
			w.report(false, nil)
			pause(ctx, retry)
			continue
		}
		w.follow(ctx, service)
		_ = service.Release()
		pause(ctx, again)
	}
}

// follow reports what there is and each change, until ctx ends or the service fails.
func (w *Watcher) follow(ctx context.Context, service *scard.Context) {
	stop := context.AfterFunc(ctx, func() { cancel(service) })
	defer stop()
	for {
		states, err := readStates(service)
		if err != nil {
			return
		}
		w.report(true, states)
		if err := wait(ctx, service, states); err != nil || ctx.Err() != nil {
			return
		}
	}
}

func (w *Watcher) report(running bool, states []scard.ReaderState) {
	now, busy := digest(states), busyAmong(states)
	w.mu.Lock()
	differs := running != w.running || !slices.Equal(w.last, now)
	freed := slices.ContainsFunc(w.busy, func(name string) bool { return !slices.Contains(busy, name) })
	if running != w.running {
		w.epoch++
	}
	w.running, w.last, w.busy = running, now, busy
	w.endRemoved()
	w.mu.Unlock()
	first := false
	w.once.Do(func() { first = true; close(w.ready) })
	switch {
	case first:
	case differs:
		w.changed()
	case freed:
		w.freed()
	}
}

// busyAmong returns the names of the readers with a card to which a program has exclusive access.
func busyAmong(states []scard.ReaderState) []string {
	var out []string
	for _, s := range states {
		if present(s) && s.EventState&scard.StateExclusive != 0 {
			out = append(out, s.Reader)
		}
	}
	return out
}

// wait returns when a reader's state may differ from states.
func wait(ctx context.Context, service *scard.Context, states []scard.ReaderState) error {
	if runtime.GOOS == "darwin" {
		pause(ctx, poll)
		return nil
	}
	for i := range states {
		states[i].CurrentState = states[i].EventState &^ scard.StateChanged
	}
	limit := time.Duration(-1)
	if len(busyAmong(states)) > 0 {
		limit = release
	}
	err := service.GetStatusChange(append(states, scard.ReaderState{Reader: plugAndPlay}), limit)
	if errors.Is(err, scard.ErrUnknownReader) || errors.Is(err, scard.ErrTimeout) {
		return nil // it went between readStates and the wait, or it is time to ask again
	}
	return err
}

// cancel ends a wait in GetStatusChange, again and again until the context is released: PC/SC forgets a
// Cancel that comes before the wait.
func cancel(service *scard.Context) {
	for {
		if ok, err := service.IsValid(); err != nil || !ok {
			return
		}
		if err := service.Cancel(); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// seen is what tells one card's insertion from another's: whether a card is in the reader, which, and how many came
// and went, which a reset does not change. The other flags change with every program that uses the card.
type seen struct {
	name  string
	card  bool
	atr   string // its bytes
	count uint32
}

func (s seen) reader() Reader {
	return Reader{Name: s.name, Card: s.card, ATR: []byte(s.atr), Inserted: Insertion{Reader: s.name, count: s.count}}
}

func digest(states []scard.ReaderState) []seen {
	var out []seen
	for _, s := range states {
		now := seen{name: s.Reader, card: present(s), count: uint32(s.EventState) >> 16}
		if now.card {
			now.atr = string(s.Atr)
		}
		out = append(out, now)
	}
	return out
}
