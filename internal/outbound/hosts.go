package outbound

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Limits for each host. A host that hangs then delays only those who ask it, and nobody who asks another host.
const (
	maxAsking   = 8  // requests under way
	maxWaiting  = 64 // requests that wait for a place
	maxFailures = 5  // in a row, after which it is left alone for restFor
	restFor     = 10 * time.Second
	maxHosts    = 1024
)

// Hosts knows how the hosts that a process asks have behaved, by name and port. The zero value is ready; it is safe for
// concurrent use by any number of Fetchers, and a nil one bounds nothing.
type Hosts struct {
	mu    sync.Mutex
	hosts map[string]*host
}

// A host has its fields but places guarded by the mutex of Hosts.
type host struct {
	places   chan struct{}
	waiting  int
	failures int // in a row
	restsTo  time.Time
	trying   bool // one request finds out whether it answers again
}

// enter waits for a place at a host, until ctx ends. The caller calls leave with what came of the request: whether the
// host answered, or why that is not known.
func (r *Hosts) enter(ctx context.Context, name string, now func() time.Time) (leave func(outcome), err error) {
	if r == nil {
		return func(outcome) {}, nil
	}
	h, err := r.join(name, now())
	if err != nil {
		return nil, err
	}
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h.waiting--
	if err != nil {
		return nil, err
	}
	trial := h.failures >= maxFailures
	if trial && (h.trying || now().Before(h.restsTo)) { // it has failed while this one waited
		<-h.places
		return nil, errResting(name)
	}
	h.trying = trial
	return func(o outcome) { r.leave(h, trial, o, now()) }, nil
}

// join takes a place in the queue of a host, if it has one.
func (r *Hosts) join(name string, now time.Time) (*host, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hosts == nil {
		r.hosts = map[string]*host{}
	}
	h := r.hosts[name]
	switch {
	case h == nil && !r.room():
		return nil, fmt.Errorf("%w: too many hosts at once", errNotAsked)
	case h == nil:
		h = &host{places: make(chan struct{}, maxAsking)}
		r.hosts[name] = h
	case h.failures >= maxFailures && (h.trying || now.Before(h.restsTo)):
		return nil, errResting(name)
	case h.waiting == maxWaiting:
		return nil, fmt.Errorf("%w: %d requests wait for %s already", errNotAsked, maxWaiting, name)
	}
	h.waiting++
	return h, nil
}

// room reports whether another host can be remembered; it forgets the idle ones that have not failed. r.mu is held.
func (r *Hosts) room() bool {
	if len(r.hosts) == maxHosts {
		maps.DeleteFunc(r.hosts, func(_ string, h *host) bool {
			return h.waiting == 0 && len(h.places) == 0 && h.failures == 0
		})
	}
	return len(r.hosts) < maxHosts
}

func errResting(name string) error {
	return fmt.Errorf("%w: %s has failed %d times in a row and is left alone for %v", errNotAsked, name, maxFailures, restFor)
}

// outcome is what a request showed of the host.
type outcome int

const (
	unknown  outcome = iota // whoever asked has left
	answered                // whatever it answered
	failed
)

func (r *Hosts) leave(h *host, trial bool, o outcome, now time.Time) {
	<-h.places
	r.mu.Lock()
	defer r.mu.Unlock()
	if trial {
		h.trying = false
	}
	switch o {
	case answered:
		h.failures = 0
	case failed:
		h.failures++
		h.restsTo = now.Add(restFor)
	}
}
