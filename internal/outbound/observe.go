package outbound

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Observation is what came of one request.
type Observation struct {
	Kind    string // Fetcher.Kind
	Host    string // with the port, if the address names one
	Outcome Outcome
	Took    time.Duration // with the wait for a place at the host
}

// Outcome is what came of a request.
type Outcome string

// The outcomes.
const (
	OutcomeOK       Outcome = "ok"
	OutcomeStatus   Outcome = "status"    // another status than 200
	OutcomeInvalid  Outcome = "invalid"   // ErrAnswer
	OutcomeFailed   Outcome = "failed"    // no answer has come
	OutcomeNotAsked Outcome = "not_asked" // the host is left alone, or has too many requests already
	OutcomeLeft     Outcome = "left"      // whoever asked has left
)

var (
	errStatus   = errors.New("status")
	errNotAsked = errors.New("not asked")
)

// observers are told of every request of the process: who runs it watches all servers of others, whichever part asks them.
var observers struct {
	sync.RWMutex
	all []*func(Observation)
}

// Observe has f told of every request of the process, until the returned function is called. f must not block.
func Observe(f func(Observation)) (stop func()) {
	observers.Lock()
	defer observers.Unlock()
	observers.all = append(observers.all, &f)
	return func() {
		observers.Lock()
		defer observers.Unlock()
		observers.all = slices.DeleteFunc(observers.all, func(one *func(Observation)) bool { return one == &f })
	}
}

// observe begins a request; the returned function tells the observers of its end, whose error err then holds.
func (f *Fetcher) observe(ctx context.Context, host string, err *error) func() {
	began := time.Now()
	return func() {
		o := Observation{Kind: f.Kind, Host: host, Outcome: outcomeOf(ctx, *err), Took: time.Since(began)}
		observers.RLock()
		defer observers.RUnlock()
		for _, tell := range observers.all {
			(*tell)(o)
		}
	}
}

func outcomeOf(ctx context.Context, err error) Outcome {
	switch {
	case err == nil:
		return OutcomeOK
	case errors.Is(err, ErrAnswer):
		return OutcomeInvalid
	case errors.Is(err, errStatus):
		return OutcomeStatus
	case errors.Is(err, errNotAsked):
		return OutcomeNotAsked
	case ctx.Err() != nil:
		return OutcomeLeft
	}
	return OutcomeFailed
}
