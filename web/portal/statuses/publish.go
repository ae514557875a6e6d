package statuses

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/store"
)

// JobKind is that of the jobs by which the authority is told.
const JobKind = "status"

// The statuses of a certificate at the authority.
const (
	Active    = "active"
	Suspended = "suspended"
	Revoked   = "revoked"
)

// What is kept in the place of a status that the authority has answered.
const (
	Refused = "refused" // it has refused the request for good
	Settled = "settled" // so, and two officers have settled that it is not asked any more
)

// Request asks the authority to publish a status.
type Request struct {
	Serial string // lower-case hex
	Status string
	Reason string // a CRLReason of RFC 5280, 5.3.1, by its name there
	// At is when the change was made: of two requests about one certificate the later counts.
	At time.Time
	// Key is the same for the same request.
	Key string
}

// Authority publishes statuses: in OCSP answers and revocation lists.
type Authority interface {
	// SetStatus returns the status that stands once the request was judged: another one where the certificate is revoked already, or a
	// later request has come. ErrRefused means that it does not take the request, and will not.
	SetStatus(ctx context.Context, r Request) (stands string, err error)
}

// ErrRefused means that the authority has refused a request for good.
var ErrRefused = errors.New("the authority refuses the request")

// Effect puts down the job that follows from a change of a certificate's status.
func Effect(_, after application.Application, c application.Change) ([]store.Job, error) {
	if !c.Event.ChangesStatus() || !c.At.Before(after.Certificate.NotAfter) {
		return nil, nil
	}
	return []store.Job{{
		Key: requestKey(after.Reference, c), Kind: JobKind, Application: after.Reference, DueAt: c.At, ExpiresAt: after.Certificate.NotAfter,
	}}, nil
}

func requestKey(reference string, c application.Change) string {
	return fmt.Sprintf("%s/%s/%d", JobKind, reference, c.Version)
}

// Publisher tells the authority what has become of certificates.
type Publisher struct {
	Store     Store
	Authority Authority
	Log       *slog.Logger
	Now       func() time.Time
}

// maxRounds is how often the authority is told in one job, where the status changes while it is being told.
const maxRounds = 3

// Do is the handler of jobs. Whichever change it was put down with, it tells the newest, and looks afterwards whether that still is so:
// of two processes that tell at once, the one whose word came last has told the newest. So a job that comes late, twice or
// beside another does no harm.
func (p *Publisher) Do(ctx context.Context, j store.LeasedJob) error {
	told := 0
	for range maxRounds {
		a, err := p.Store.Application(ctx, j.Application)
		if err != nil {
			return fmt.Errorf("application: %w", err)
		}
		history, err := p.Store.ApplicationHistory(ctx, j.Application)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		c, found := application.NewestStatus(history)
		if !found || c.Version == told || !p.Now().Before(a.Certificate.NotAfter) {
			return nil // told, or nobody asks about it any more
		}
		if err := p.tell(ctx, a, c); err != nil {
			return err
		}
		told = c.Version
	}
	return fmt.Errorf("application %s: its status has changed %d times meanwhile", j.Application, maxRounds)
}

// tell tells the authority of a change, and keeps its answer.
func (p *Publisher) tell(ctx context.Context, a application.Application, c application.Change) error {
	want := statusAfter[c.Event]
	stands, err := p.Authority.SetStatus(ctx, Request{
		Serial: a.Certificate.Serial, Status: want, Reason: crlReason(c), At: c.At, Key: requestKey(a.Reference, c),
	})
	if errors.Is(err, ErrRefused) {
		err = errors.Join(err, p.note(ctx, a, c, Refused))
		if want == Revoked { // it is asked for again: the card may be stolen, and a fault of the authority's may look like a refusal
			return fmt.Errorf("application %s: %w", a.Reference, err)
		}
		return fmt.Errorf("%w: application %s: %w", jobs.ErrGiveUp, a.Reference, err)
	}
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	if err := p.note(ctx, a, c, stands); err != nil {
		return err
	}
	p.Log.Info("status published", "reference", a.Reference, "version", c.Version, "asked", want, "stands", stands)
	return nil
}

// note keeps what the authority has answered to a change.
func (p *Publisher) note(ctx context.Context, a application.Application, c application.Change, status string) error {
	err := p.Store.NoteStatus(ctx, store.PublishedStatus{Reference: a.Reference, Version: c.Version, Status: status, At: p.Now()})
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	return nil
}

// crlReason is a change's reason as revocation lists have it.
func crlReason(c application.Change) string {
	switch c.Event {
	case application.Suspend:
		return "certificateHold"
	case application.Resume:
		return "removeFromCRL"
	}
	switch c.RevocationReason() {
	case application.Lost, application.Stolen:
		return "keyCompromise"
	case application.Broken:
		return "cessationOfOperation"
	case application.LeftOffice, application.DataChanged:
		return "affiliationChanged"
	}
	return "unspecified"
}
