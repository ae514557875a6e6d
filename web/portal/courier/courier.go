// Package courier has cards brought to people: it orders a shipment where a card was produced (Ship), and asks the carrier where
// those are that were sent (Run). What the carrier says moves the application on: its number dispatches it, "delivered" delivers
// it, "returned" brings it back to the desk, which sends it again.
//
// The carrier is hostile. Its numbers are one application's alone, for good; its events are kept once, as they were said first;
// what cannot be is dropped, and is seen at the desk and in the log. No log line names a person or an address.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this engine needs, as store.Store has it.
type Store interface {
	store.Shipments
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationByShipment(ctx context.Context, number string) (application.Application, error)
}

// Mover moves applications on, as progress.Engine does.
type Mover interface {
	Do(ctx context.Context, reference string, version int, c application.Change) (application.Application, error)
}

// Options is what an Engine is made of. All are required.
type Options struct {
	Store   Store
	Mover   Mover
	Carrier Carrier
	// Every is how long after an answer about a shipment the carrier is asked again.
	Every time.Duration
	Log   *slog.Logger
	Now   func() time.Time
}

// Engine orders and follows shipments. It is safe for concurrent use; several processes may run on one store.
type Engine struct{ Options }

// New returns an engine.
func New(o Options) *Engine { return &Engine{o} }

// Limits.
const (
	lookEvery    = 2 * time.Second
	askTimeout   = 30 * time.Second // for an order or a question, with what comes of it
	lease        = 2 * time.Minute  // longer than askTimeout
	firstPause   = time.Minute      // doubles with each failure
	longestPause = 6 * time.Hour
	// A carrier's clock, and its people, may be off by so much.
	maxEarly = 24 * time.Hour
	maxAhead = 10 * time.Minute
)

// Run asks about shipments that are due until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for ctx.Err() == nil {
			asked, err := e.Next(ctx)
			if err != nil && ctx.Err() == nil {
				e.Log.Error("shipments", "error", err)
			}
			if !asked || err != nil {
				break
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Next asks about the shipment that has been due longest, and reports whether there was one.
func (e *Engine) Next(ctx context.Context) (bool, error) {
	now := e.Now()
	l, err := e.Store.LeaseShipment(ctx, now, now.Add(lease))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lease: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	events, problem := e.track(ctx, l)
	if ctx.Err() != nil && problem == "" {
		return true, ctx.Err()
	}
	again := e.Now().Add(e.Every)
	if problem != "" {
		again = e.Now().Add(pauseAfter(l.Attempt))
	}
	if err := e.Store.KeepShipmentEvents(ctx, l, events, e.Now(), again, problem); err != nil {
		return true, fmt.Errorf("shipment of %s: %w", l.Reference, err)
	}
	return true, e.follow(ctx, l)
}

// track returns what the carrier says that can be, and what is wrong with the rest.
func (e *Engine) track(ctx context.Context, l store.ShipmentLease) (events []application.ShipmentEvent, problem application.CarrierProblem) {
	said, err := e.Carrier.Track(ctx, l.Number)
	switch {
	case errors.Is(err, ErrUnknown):
		problem = application.CarrierUnknown
	case errors.Is(err, ErrInvalid):
		problem = application.CarrierInvalid
	case err != nil:
		problem = application.CarrierDown
	}
	from, until := l.SentAt.Add(-maxEarly), e.Now().Add(maxAhead)
	for _, event := range said {
		if event.At.Before(from) || event.At.After(until) {
			problem, err = application.CarrierInvalid, fmt.Errorf("%w: event %q at %s, sent at %s", ErrInvalid, event.ID, event.At, l.SentAt)
			continue
		}
		events = append(events, event)
	}
	if problem != "" {
		e.Log.Warn("shipment", "reference", l.Reference, "attempt", l.Attempt, "problem", problem, "error", err)
	}
	return events, problem
}

// endings are the states of a shipment that move its application on.
var endings = map[application.ShipmentState]application.Event{
	application.ShipmentDelivered: application.Deliver,
	application.ShipmentReturned:  application.ReturnToSender,
}

// follow moves the application on if the newest event that is kept of its shipment does.
func (e *Engine) follow(ctx context.Context, l store.ShipmentLease) error {
	all, err := e.Store.ShipmentEvents(ctx, l.Reference)
	if err != nil {
		return fmt.Errorf("events of %s: %w", l.Reference, err)
	}
	events := application.EventsOf(l.Number, all)
	if len(events) == 0 {
		return nil
	}
	event, moves := endings[events[len(events)-1].State]
	if !moves {
		return nil
	}
	a, err := e.Store.Application(ctx, l.Reference)
	if err != nil {
		return fmt.Errorf("application %s: %w", l.Reference, err)
	}
	if a.State != application.WithCourier || a.Shipment != l.Number {
		return nil // the desk was faster
	}
	_, err = e.Mover.Do(ctx, a.Reference, a.Version, application.Change{Event: event, By: application.Carrier, Basis: l.Number})
	if fault.CodeOf(err) == refusal.ApplicationChanged {
		return nil
	}
	return err
}

// pauseAfter is how long a shipment waits after so many failures: twice as long each time, up to longestPause.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for range min(attempts, 20) - 1 {
		pause = min(2*pause, longestPause)
	}
	return pause
}
