// Package progress moves applications on: it loads one, has the machine (package application) judge what is to happen to it, and
// keeps what comes of it. Pages, the authority's desk and what comes from outside all go through it, and so does what moves by
// itself (Run).
//
// Two at once. Whoever changes an application names the version that they have seen; the store takes one change of a version, and
// every other is refused with refusal.ApplicationChanged.
//
// Personal data. No log line and no error names a person or what they filled in: an application is known by its reference.
package progress

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that progress needs, as store.Store has it.
type Store interface {
	CreateApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error
	ChangeApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationsDue(ctx context.Context, now, producedFrom time.Time, limit int) ([]application.Application, error)
	NewestAct(ctx context.Context, citizenNumber string) (store.Act, error)
}

// Effect says which jobs follow from a change; they are put down in the transaction of the change, so that none is lost and none
// follows from what did not happen. before is the zero Application where the change creates it. An error refuses the change.
type Effect func(before, after application.Application, c application.Change) ([]store.Job, error)

// Options is what an Engine is made of. All are required but HasPIN, Effects and WakeJobs.
type Options struct {
	Store Store
	Rules application.Rules
	// HasPIN reports whether the card of an application that was delivered has got its PIN; nil says that none has.
	HasPIN func(ctx context.Context, a application.Application) (bool, error)
	// Effects are those of all features.
	Effects []Effect
	// WakeJobs tells whoever does jobs that some were put down; nil tells nobody.
	WakeJobs func()
	Log      *slog.Logger
	Now      func() time.Time
}

// Engine moves applications on. It is safe for concurrent use; several processes may have one on the same store.
type Engine struct {
	Options
	wake chan struct{}
}

// New returns an engine.
func New(o Options) *Engine { return &Engine{o, make(chan struct{}, 1)} }

// Create keeps a new application, as application.New made it and with what the caller knows of the person. It gives the
// application its reference, unless it has one. who is the citizen number of who creates it. Refusals: refusal.ApplicationOpen.
func (e *Engine) Create(ctx context.Context, a application.Application, by application.Actor, who string) (application.Application, error) {
	now := e.Now()
	if a.Reference == "" {
		a.Reference = reference.New()
	}
	a.Version, a.CreatedAt, a.ChangedAt = 1, now, now
	c := application.Change{Event: application.Create, By: by, Who: who, At: now, Form: a.Form, To: a.State, Version: a.Version}
	jobs, err := e.effects(application.Application{}, a, c)
	if err != nil {
		return application.Application{}, err
	}
	if err := e.Store.CreateApplication(ctx, a, c, jobs...); err != nil {
		return application.Application{}, fmt.Errorf("create application: %w", err)
	}
	e.note(a, c, jobs)
	return a, nil
}

// Do has an event happen to the application, whose version the caller has seen; 0 is for machines, which take whatever version
// there is. The time is the engine's. Refusals: refusal.NotFound; refusal.ApplicationChanged if there is another version; those of
// application.Apply and of store.Applications.
func (e *Engine) Do(ctx context.Context, ref string, version int, c application.Change) (application.Application, error) {
	a, err := e.Store.Application(ctx, ref)
	if errors.Is(err, store.ErrNotFound) {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return application.Application{}, fmt.Errorf("application: %w", err)
	}
	if version != 0 && a.Version != version {
		return application.Application{}, fault.Errorf(refusal.ApplicationChanged, "application %s: version %d, want %d", ref, version, a.Version)
	}
	return e.change(ctx, a, c)
}

// change applies a change to the version that a is, and keeps the next.
func (e *Engine) change(ctx context.Context, a application.Application, c application.Change) (application.Application, error) {
	m, err := e.Prepare(a, c)
	if err != nil {
		return application.Application{}, err
	}
	if err := e.Store.ChangeApplication(ctx, m.Application, m.Change, m.Jobs...); err != nil {
		return application.Application{}, fmt.Errorf("change application: %w", err)
	}
	e.Kept(m)
	return m.Application, nil
}

// Prepare applies a change to the version that a is, with what follows from it, for who keeps it together with something else and then
// calls Kept. Nothing is kept.
func (e *Engine) Prepare(a application.Application, c application.Change) (*store.Move, error) {
	c.At = e.Now()
	next, c, err := a.Apply(c, e.Rules)
	if err != nil {
		return nil, err
	}
	jobs, err := e.effects(a, next, c)
	if err != nil {
		return nil, err
	}
	return &store.Move{Application: next, Change: c, Jobs: jobs}, nil
}

// Kept tells the engine of a move that is kept, as change does by itself.
func (e *Engine) Kept(m *store.Move) { e.note(m.Application, m.Change, m.Jobs) }

// effects returns the jobs that follow from a change.
func (e *Engine) effects(before, after application.Application, c application.Change) (jobs []store.Job, err error) {
	for _, effect := range e.Effects {
		follow, err := effect(before, after, c)
		if err != nil {
			return nil, fmt.Errorf("what follows from %s of application %s: %w", c.Event, after.Reference, err)
		}
		jobs = append(jobs, follow...)
	}
	return jobs, nil
}

// note logs a change that is kept, and has what it leads to be looked for.
func (e *Engine) note(a application.Application, c application.Change, jobs []store.Job) {
	e.Log.Info("application", "reference", a.Reference, "event", c.Event, "by", c.By, "from", c.From, "to", c.To, "version", c.Version)
	e.Wake()
	if len(jobs) > 0 && e.WakeJobs != nil {
		e.WakeJobs()
	}
}

// Possible returns what an actor can do with an application now.
func (e *Engine) Possible(a application.Application, by application.Actor) []application.Event {
	return a.Possible(by, e.Now(), e.Rules)
}
