package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// Statuses is the part of Store that is about certificates that are suspended, resumed and revoked: whose they are, what the
// authority has published, and how often somebody has tried to name a security word.
type Statuses interface {
	// CertificatesOf returns those of a person's applications for which a certificate was produced, the newest first, at most limit.
	CertificatesOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
	// NoteStatus keeps what the authority has published of a certificate, in the place of what it had before. It does nothing where
	// what is kept is of a later version of the application.
	NoteStatus(ctx context.Context, s PublishedStatus) error
	// PublishedStatus returns what is kept of the certificate of an application.
	PublishedStatus(ctx context.Context, reference string) (PublishedStatus, error)

	// BeginTry keeps a try, unless one of its subjects has had as many as its limit allows after t.At − Limit.Window; then nothing is kept,
	// and it is refused with refusal.WordWait. Each try counts before the next is judged, whichever processes judge them.
	BeginTry(ctx context.Context, t Try) error
	// ForgetTry forgets a try that was right. It is no error if there is none.
	ForgetTry(ctx context.Context, id string) error
}

// PublishedStatus is what the authority has answered about a certificate.
type PublishedStatus struct {
	Reference string // of the application
	Version   int    // of the application, whose change the authority was told of
	Status    string // as the authority has answered, or that it has refused
	At        time.Time
}

// Try is somebody's try to name a security word. It counts as wrong until it is forgotten.
type Try struct {
	ID       string // new, and nobody's guess
	At       time.Time
	Subjects []TrySubject
}

// TrySubject is what tries are counted of: a person, an address. Subject is a keyed hash, so that the store does not tell of whom.
type TrySubject struct {
	Subject Hash
	Limit   Limit
}

// TryKept is for how long after the time that Purge is given a try is kept: longer than any limit's window.
const TryKept = 24 * time.Hour
