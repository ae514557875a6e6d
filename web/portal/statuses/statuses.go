// Package statuses is the engine that suspends, resumes and revokes people's certificates. A page of the person's, the one for
// whoever has only a security word, and the authority's desk go through it.
//
// What counts when. A change counts at once at this portal: from then on Refuse refuses the certificate, before any list or OCSP
// answer says so. The same transaction puts down the job by which the authority is told (Effect), and Publisher does it.
//
// Who may. A person suspends and revokes; they resume only what they have suspended themself, and only where the institution's
// setting says so. A security word proves the person without a login (ProveWord), with few tries.
//
// Personal data. No log line and no error names a person; what is kept of tries is keyed hashes.
package statuses

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this package needs, as store.Store has it.
type Store interface {
	store.Statuses
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	GiveUpJobs(ctx context.Context, kind, application string, at time.Time) error
	SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]store.Session, error)
	DeleteSession(ctx context.Context, id store.Hash) error
}

// Options is what an Engine is made of. All are required.
type Options struct {
	Store    Store
	Progress *progress.Engine
	// Secret keys what is kept of tries.
	Secret string
	// HolderMayResume has people resume what they have suspended themself.
	HolderMayResume bool
	Log             *slog.Logger
	Now             func() time.Time
}

// Engine changes statuses. It is safe for concurrent use; several processes may have one on the same store.
type Engine struct {
	Options
	key    []byte // of the hashes of tries
	dummy  string // the hash of a word that nobody knows
	verify func(hash, word string) bool
}

// maxCertificates is how many of a person's certificates are looked at, the newest first.
const maxCertificates = 100

// Certificate is a certificate with what is known of its status.
type Certificate struct {
	application.Application
	// Changed is the newest change of its status; the zero value where there is none.
	Changed application.Change
	// Published is what the authority has answered to that change; the zero value while it has not.
	Published store.PublishedStatus
}

// IsChanged reports whether its status has ever been changed.
func (c Certificate) IsChanged() bool { return c.Changed.Event != "" }

// IsPublished reports whether the authority has published the newest change.
func (c Certificate) IsPublished() bool {
	return c.IsChanged() && c.Published.Version == c.Changed.Version && c.Published.Status == statusAfter[c.Changed.Event]
}

// IsRefused reports whether the authority has answered the newest change by another status, or refused it.
func (c Certificate) IsRefused() bool {
	return c.IsChanged() && c.Published.Version == c.Changed.Version && !c.IsPublished()
}

// Certificates returns a person's certificates, the newest first.
func (e *Engine) Certificates(ctx context.Context, citizenNumber string) ([]Certificate, error) {
	list, err := e.Store.CertificatesOf(ctx, citizenNumber, maxCertificates)
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	var all []Certificate
	for _, a := range list {
		c, err := e.certificate(ctx, a)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Certificate returns the certificate of an application. Refusals: refusal.NotFound, also where none was produced.
func (e *Engine) Certificate(ctx context.Context, reference string) (Certificate, error) {
	a, err := e.Store.Application(ctx, reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Certificate.Serial == "" {
		return Certificate{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("application: %w", err)
	}
	return e.certificate(ctx, a)
}

func (e *Engine) certificate(ctx context.Context, a application.Application) (c Certificate, err error) {
	c.Application = a
	history, err := e.Store.ApplicationHistory(ctx, a.Reference)
	if err != nil {
		return c, fmt.Errorf("history: %w", err)
	}
	c.Changed, _ = application.NewestStatus(history)
	c.Published, err = e.Store.PublishedStatus(ctx, a.Reference)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return c, fmt.Errorf("published status: %w", err)
	}
	return c, nil
}

// Possible returns what an actor can do with a certificate now, of Suspend, Resume and Revoke; nothing once it has ended. A person
// resumes nothing that somebody else has suspended.
func (e *Engine) Possible(c Certificate, by application.Actor) []application.Event {
	if !e.Now().Before(c.Application.Certificate.NotAfter) {
		return nil
	}
	return slices.DeleteFunc(e.Progress.Possible(c.Application, by), func(event application.Event) bool {
		return !event.ChangesStatus() || event == application.Resume && by == application.Person && !e.holderMayResume(c)
	})
}

func (e *Engine) holderMayResume(c Certificate) bool {
	return e.HolderMayResume && c.Changed.Event == application.Suspend && c.Changed.By == application.Person
}

// stateAfter and statusAfter are what a change of status leads to: in the application, and at the authority.
var (
	stateAfter = map[application.Event]application.State{
		application.Suspend: application.Suspended, application.Resume: application.Active, application.Revoke: application.Revoked,
	}
	statusAfter = map[application.Event]string{application.Suspend: Suspended, application.Resume: Active, application.Revoke: Revoked}
)

// maxRaces is how often a change is tried again because others have changed the application.
const maxRaces = 5

// Change changes a certificate's status, whichever version of the application there is: to suspend or revoke is right whatever
// somebody else has done meanwhile. That it is so already is no error. spare is the session that asks; sessions that began with a card
// end where the certificate is suspended or revoked, since the card may be in other hands.
func (e *Engine) Change(ctx context.Context, reference string, c application.Change, spare store.Hash) error {
	for range maxRaces {
		now, err := e.Certificate(ctx, reference)
		if err != nil {
			return err
		}
		if now.State == stateAfter[c.Event] {
			return nil
		}
		if !slices.Contains(e.Possible(now, c.By), c.Event) {
			return fault.Errorf(refusal.ApplicationState, "application %s: %s by %s in %s", reference, c.Event, c.By, now.State)
		}
		_, err = e.Progress.Do(ctx, reference, now.Version, c)
		if fault.CodeOf(err) == refusal.ApplicationChanged {
			continue
		}
		if err == nil && c.Event != application.Resume {
			e.endCardSessions(ctx, now.CitizenNumber, spare)
		}
		return err
	}
	return fault.Errorf(refusal.ApplicationChanged, "application %s: changed %d times meanwhile", reference, maxRaces)
}

// endCardSessions ends a person's sessions that began with a card. What fails is logged: the change stands.
func (e *Engine) endCardSessions(ctx context.Context, citizenNumber string, spare store.Hash) {
	// No session is idle for longer than a day.
	sessions, err := e.Store.SessionsOf(ctx, citizenNumber, e.Now(), 24*time.Hour)
	for _, s := range sessions {
		if s.CardLogin != "" && s.ID != spare {
			err = errors.Join(err, e.Store.DeleteSession(ctx, s.ID))
		}
	}
	if err != nil {
		e.Log.Error("sessions that began with a card go on", "error", err)
	}
}

// RevokeTogether revokes a certificate without its person's word, which two officers have decided on; who is the one who confirmed.
// That it is revoked already is no error.
func (e *Engine) RevokeTogether(ctx context.Context, reference, decision, who, note string, reason application.RevocationReason) error {
	return e.Change(ctx, reference, application.Change{
		Event: application.Revoke, By: application.Authority, Who: who, Reason: note, Basis: application.StatusBasis(application.ByTwoPersons, reason) + "/" + decision,
	}, store.Hash{})
}
