package progress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// every is how often Run asks the store, beside when it is woken: other processes change applications too, and some become due.
	every = 5 * time.Second
	// maxDue is how many are moved before the store is asked again.
	maxDue = 100
	// maxSteps bounds how often one application moves by itself at once. It needs two: an approval by an E-Onay that was
	// withdrawn ends, and the E-Onay that was given since approves.
	maxSteps = 4
)

// Wake has Run look for what is due, without waiting for it. It is called when something outside has changed that applications
// depend on, as an act on E-Onay that was recorded.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run moves what moves by itself until ctx ends, when it is woken and every few seconds. The store must not be closed before it
// has returned.
func (e *Engine) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for ctx.Err() == nil && e.moveDue(ctx) == maxDue {
		}
		select {
		case <-e.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// moveDue moves what is due, and returns how many have moved.
func (e *Engine) moveDue(ctx context.Context) (moved int) {
	now := e.Now()
	due, err := e.Store.ApplicationsDue(ctx, now, now.Add(e.Rules.ProduceBefore), maxDue)
	if err != nil {
		if ctx.Err() == nil {
			e.Log.Error("applications", "error", err)
		}
		return 0
	}
	for _, a := range due {
		next, err := e.Advance(ctx, a)
		if err != nil && ctx.Err() == nil {
			e.Log.Error("application", "reference", a.Reference, "code", fault.CodeOf(err), "error", err)
		}
		if next.Version != a.Version {
			moved++
		}
	}
	return moved
}

// Advance moves an application as far as it moves by itself now, and returns what it is then. That another has changed it
// meanwhile is no error: whoever did goes on with it.
func (e *Engine) Advance(ctx context.Context, a application.Application) (application.Application, error) {
	for range maxSteps {
		c, found, err := e.step(ctx, a)
		if err != nil || !found {
			return a, err
		}
		next, err := e.change(ctx, a, c)
		switch fault.CodeOf(err) {
		case refusal.ApplicationChanged, refusal.ActNotPossible: // by another process, or E-Onay has changed since step
			return a, nil
		}
		if err != nil {
			return a, err
		}
		a = next
	}
	return a, nil
}

// step returns what happens next to an application by itself. What ends with E-Onay ends before anything is produced.
func (e *Engine) step(ctx context.Context, a application.Application) (c application.Change, found bool, err error) {
	possible := e.Possible(a, application.Portal)
	can := func(event application.Event) bool { return slices.Contains(possible, event) }
	if can(application.Approve) || can(application.WithdrawConsent) {
		given, err := e.consent(ctx, a.CitizenNumber)
		switch {
		case err != nil:
			return c, false, err
		case can(application.Approve) && given != "":
			return application.Change{Event: application.Approve, By: application.Portal, Way: application.ByConsent, Basis: given}, true, nil
		case can(application.WithdrawConsent) && given != a.Approval.Basis:
			return application.Change{Event: application.WithdrawConsent, By: application.Portal}, true, nil
		}
	}
	if can(application.Activate) && !can(application.Expire) && e.HasPIN != nil {
		has, err := e.HasPIN(ctx, a)
		if err != nil || has {
			return application.Change{Event: application.Activate, By: application.Portal, Basis: a.Certificate.Serial}, has, err
		}
	}
	for _, event := range []application.Event{application.BecomeDue, application.Expire} {
		if can(event) {
			return application.Change{Event: event, By: application.Portal}, true, nil
		}
	}
	return c, false, nil
}

// consent returns the reference of the act that gave a person's E-Onay, "" where it does not stand.
func (e *Engine) consent(ctx context.Context, citizenNumber string) (string, error) {
	act, err := e.Store.NewestAct(ctx, citizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("E-Onay: %w", err)
	}
	if act.Kind != store.Give {
		return "", nil
	}
	return act.Reference, nil
}
