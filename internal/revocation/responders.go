package revocation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// What one responder may take of a process, so that one that hangs keeps nobody waiting who asks another.
const (
	maxAsking   = 8  // requests under way
	maxWaiting  = 64 // requests that wait for a place
	maxFailures = 5  // in a row, after which it is left alone for restFor
	restFor     = 10 * time.Second
	maxHosts    = 1024
)

// Responders knows how the responders and lists that a process asks have behaved, by host and port. The zero value is
// ready; it is safe for concurrent use by any number of Checkers, and a nil one bounds nothing.
type Responders struct {
	mu    sync.Mutex
	hosts map[string]*responder
}

// A responder is one host. Its fields but places are guarded by the mutex of Responders.
type responder struct {
	places   chan struct{}
	waiting  int
	failures int // in a row
	restsTo  time.Time
	trying   bool // one request finds out whether it answers again
}

// enter waits for a place at a host, until ctx ends. The caller calls leave with what came of the request: whether the
// host answered, or why that is not known.
func (r *Responders) enter(ctx context.Context, host string, now func() time.Time) (leave func(outcome), err error) {
	if r == nil {
		return func(outcome) {}, nil
	}
	h, err := r.join(host, now())
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
		return nil, errResting(host)
	}
	h.trying = trial
	return func(o outcome) { r.leave(h, trial, o, now()) }, nil
}

// join takes a place in the queue of a host, if it has one.
func (r *Responders) join(host string, now time.Time) (*responder, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hosts == nil {
		r.hosts = map[string]*responder{}
	}
	h := r.hosts[host]
	switch {
	case h == nil && !r.room():
		return nil, errors.New("too many responders at once")
	case h == nil:
		h = &responder{places: make(chan struct{}, maxAsking)}
		r.hosts[host] = h
	case h.failures >= maxFailures && (h.trying || now.Before(h.restsTo)):
		return nil, errResting(host)
	case h.waiting == maxWaiting:
		return nil, fmt.Errorf("%d requests wait for %s already", maxWaiting, host)
	}
	h.waiting++
	return h, nil
}

// room reports whether another host can be remembered; it forgets the idle ones that have not failed. r.mu is held.
func (r *Responders) room() bool {
	if len(r.hosts) == maxHosts {
		maps.DeleteFunc(r.hosts, func(_ string, h *responder) bool {
			return h.waiting == 0 && len(h.places) == 0 && h.failures == 0
		})
	}
	return len(r.hosts) < maxHosts
}

func errResting(host string) error {
	return fmt.Errorf("%s has failed %d times in a row and is left alone for %v", host, maxFailures, restFor)
}

// outcome is what a request showed of the host.
type outcome int

const (
	unknown  outcome = iota // whoever asked has left
	answered                // whatever it answered
	failed
)

func (r *Responders) leave(h *responder, trial bool, o outcome, now time.Time) {
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
