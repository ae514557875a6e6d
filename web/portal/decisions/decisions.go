// Package decisions is the engine of acts of two persons: one asks, another with the same role confirms or refuses. A feature
// registers a Kind, which says what is asked in words and what a confirmed decision changes.
//
// What both persons are shown is made of the very bytes that are performed, and whoever confirms names their digest. The
// decision's end and what it changes in the store are one transaction (store.Decisions), so that nothing is confirmed and not
// done, or done twice. A decision that nobody ends is over after a time.
package decisions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// maxListed is how many decisions of each list are shown.
	maxListed = 100
	// MaxReason is the longest reason of a refusal, in bytes.
	MaxReason = 500
)

// Kind is what a feature has two persons decide on.
type Kind struct {
	// Name is kept with each decision for good.
	Name string
	// Role is what both must have.
	Role store.Role
	// Alone is true where the settings ask for no other: what is asked is done at once, and kept as a decision all the same.
	Alone bool
	// Describe says what is asked in words. Its error means that these bytes ask for nothing.
	Describe func(asked []byte) (Description, error)
	// Perform returns what a decision changes, when by confirms it at a time. It refuses what cannot be done any more with
	// refusal.DecisionOver. It changes nothing itself.
	Perform func(ctx context.Context, d store.Decision, by string, at time.Time) (store.DecisionEffect, error)
}

// Description is what both persons are shown.
type Description struct {
	Title protocol.Sentence
	Facts []Fact
}

// Fact is a line of a Description. Name is a key of the catalogue.
type Fact struct {
	Name  string
	Value protocol.Sentence
	// Long is true of a text with paragraphs, whose language is Lang; "" for that of the page.
	Long bool
	Lang string
}

// Question is what somebody asks. Asked is kept as JSON, and must hold all that Describe and Perform need.
type Question struct {
	Kind, Subject string
	// Person is the citizen number of whom it is about, who never confirms it; empty for nobody.
	Person string
	Asked  any
}

// Shown is a decision in words. Digest is that of what was asked.
type Shown struct {
	store.Decision
	Description
	Digest string
}

// Options is what an engine is made of. All are required.
type Options struct {
	Store store.Decisions
	Kinds []Kind
	// Within is how long a decision stays open.
	Within time.Duration
	// WakeJobs has jobs done that were put down.
	WakeJobs func()
	Now      func() time.Time
}

// Engine has people ask and decide. Any number of engines may use one store.
type Engine struct {
	Options
	kinds map[string]Kind
}

// New returns an engine.
func New(o Options) *Engine {
	e := &Engine{o, map[string]Kind{}}
	for _, k := range o.Kinds {
		e.kinds[k.Name] = k
	}
	return e
}

// Parse decodes what was asked into a value that was a Question's Asked.
func Parse(asked []byte, into any) error {
	if err := strictjson.Unmarshal(asked, into); err != nil {
		return fmt.Errorf("decisions: what was asked cannot be read: %w", err)
	}
	return nil
}

// Ask keeps a question, and returns its reference. Refusals are those of store.AskDecision, and those of the kind's Perform where
// it is done at once.
func (e *Engine) Ask(ctx context.Context, by string, q Question) (string, error) {
	kind, known := e.kinds[q.Kind]
	if !known {
		return "", fmt.Errorf("decisions: no kind %q", q.Kind)
	}
	asked, err := json.Marshal(q.Asked)
	if err != nil {
		return "", fmt.Errorf("decisions: %w", err)
	}
	if _, err := kind.Describe(asked); err != nil {
		return "", err
	}
	now := e.Now()
	d := store.Decision{
		Reference: reference.New(), Kind: kind.Name, Role: kind.Role, Subject: q.Subject, Person: q.Person, Asked: asked,
		AskedBy: by, AskedAt: now, Until: now.Add(e.Within),
	}
	if err := e.Store.AskDecision(ctx, d); err != nil {
		return "", wrapped(err)
	}
	if kind.Alone {
		return d.Reference, e.perform(ctx, kind, d, store.DecisionEnd{Outcome: store.Alone, By: by, At: now})
	}
	return d.Reference, nil
}

// Confirm confirms a decision whose asked bytes have this digest, and does what was asked. Refusals are those of store.EndDecision and
// of the kind's Perform; refusal.NotFound where no role of the person is the decision's; refusal.DecisionOver where the digest is another.
func (e *Engine) Confirm(ctx context.Context, by string, roles []store.Role, reference, digest string) error {
	shown, err := e.Find(ctx, roles, reference)
	if err != nil {
		return err
	}
	if shown.Digest != digest {
		return fault.Errorf(refusal.DecisionOver, "decision %s: confirmed by another digest", reference)
	}
	kind, known := e.kinds[shown.Kind]
	if !known {
		return fault.Errorf(fault.Unavailable, "decision %s is of the kind %.40q", reference, shown.Kind)
	}
	return e.perform(ctx, kind, shown.Decision, store.DecisionEnd{Outcome: store.Confirmed, By: by, At: e.Now()})
}

// perform ends a decision as done, with what it changes.
func (e *Engine) perform(ctx context.Context, kind Kind, d store.Decision, end store.DecisionEnd) error {
	effect, err := kind.Perform(ctx, d, end.By, end.At)
	if err != nil {
		return err
	}
	end.Reference = d.Reference
	if err := e.Store.EndDecision(ctx, end, effect); err != nil {
		return wrapped(err)
	}
	if len(effect.Jobs) > 0 {
		e.WakeJobs()
	}
	return nil
}

// Refuse ends a decision: whoever has asked withdraws it, another refuses it, with a reason. Refusals are those of
// store.EndDecision; refusal.NotFound as for Confirm; refusal.ReasonMissing where another gives none.
func (e *Engine) Refuse(ctx context.Context, by string, roles []store.Role, reference, reason string) error {
	shown, err := e.Find(ctx, roles, reference)
	if err != nil {
		return err
	}
	end := store.DecisionEnd{Reference: reference, Outcome: store.Refused, By: by, At: e.Now(), Reason: strings.TrimSpace(reason)}
	switch {
	case by == shown.AskedBy:
		end.Outcome, end.Reason = store.Withdrawn, ""
	case end.Reason == "" || len(end.Reason) > MaxReason:
		return fault.New(refusal.ReasonMissing, nil)
	}
	return wrapped(e.Store.EndDecision(ctx, end, store.DecisionEffect{}))
}

// Find returns a decision that needs one of these roles.
func (e *Engine) Find(ctx context.Context, roles []store.Role, name string) (Shown, error) {
	if !reference.Valid(name) {
		return Shown{}, fault.New(refusal.NotFound, nil)
	}
	d, err := e.Store.Decision(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return Shown{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return Shown{}, wrapped(err)
	}
	for _, role := range roles {
		if role == d.Role {
			return e.show(d), nil
		}
	}
	return Shown{}, fault.Errorf(refusal.NotFound, "decision %s is not for roles %q", name, roles)
}

// show puts a decision into words. One that this program cannot read has none, and nobody confirms it here.
func (e *Engine) show(d store.Decision) Shown {
	sum := sha256.Sum256(d.Asked)
	shown := Shown{Decision: d, Digest: hex.EncodeToString(sum[:])}
	if kind, known := e.kinds[d.Kind]; known {
		if description, err := kind.Describe(d.Asked); err == nil {
			shown.Description = description
		}
	}
	return shown
}

// Lists are the decisions that a person has to do with.
type Lists struct {
	// Waiting wait for them, Asked are their own that wait for another; the oldest first.
	Waiting, Asked []Shown
	// Ended have ended, the last first.
	Ended []Shown
}

// Lists returns what there is for a person with these roles.
func (e *Engine) Lists(ctx context.Context, who string, roles []store.Role) (l Lists, err error) {
	open, err := e.Store.OpenDecisions(ctx, roles, e.Now(), maxListed)
	if err != nil {
		return l, wrapped(err)
	}
	for _, d := range open {
		switch who {
		case d.AskedBy:
			l.Asked = append(l.Asked, e.show(d))
		case d.Person:
		default:
			l.Waiting = append(l.Waiting, e.show(d))
		}
	}
	ended, err := e.Store.EndedDecisions(ctx, roles, maxListed)
	for _, d := range ended {
		l.Ended = append(l.Ended, e.show(d))
	}
	return l, wrapped(err)
}

// CountWaiting returns how many decisions wait for a person with these roles, maxListed at most.
func (e *Engine) CountWaiting(ctx context.Context, who string, roles []store.Role) (n int, err error) {
	open, err := e.Store.OpenDecisions(ctx, roles, e.Now(), maxListed)
	for _, d := range open {
		if who != d.AskedBy && who != d.Person {
			n++
		}
	}
	return n, wrapped(err)
}

// maxOverdue is how many are ended at once.
const maxOverdue = 100

// Expire ends the decisions whose time is over, and returns how many it has ended. Another process may be doing the same.
func Expire(ctx context.Context, s store.Decisions, now time.Time) (n int, err error) {
	for {
		overdue, err := s.OverdueDecisions(ctx, now, maxOverdue)
		if err != nil {
			return n, wrapped(err)
		}
		for _, name := range overdue {
			err := s.EndDecision(ctx, store.DecisionEnd{Reference: name, Outcome: store.Expired, At: now}, store.DecisionEffect{})
			if err != nil && fault.CodeOf(err) != refusal.DecisionOver {
				return n, wrapped(err)
			}
			n++
		}
		if len(overdue) < maxOverdue {
			return n, nil
		}
	}
}

// wrapped is a store's error with this package's name.
func wrapped(err error) error {
	if err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	return nil
}
