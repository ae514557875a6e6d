package store

import (
	"context"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// Proofs is the part of Store that is about what a release asks of a person beside their session: one-time codes,
// failures, and the address that codes go to.
type Proofs interface {
	// SendCode keeps a one-time code in place of the session's one before, and puts the message that brings it in the
	// outbox. Where one that waits to be typed is younger than rules.Pause, it does nothing: a double click asks once.
	// Refusals, in this order: fault.LoginRequired if the session is gone or another person's; refusal.CodeLimit if the person
	// was sent rules.Limit.Count codes after c.IssuedAt − rules.Limit.Window.
	SendCode(ctx context.Context, c OneTimeCode, m Message, rules Sending) error
	// ConfirmCode judges what a person has typed. The right code is good until t.Until for one release. Refusals, in
	// this order: fault.LoginRequired if the session is gone; refusal.PUKWait; refusal.OneTimeCodeOver if the session has no
	// code that waits to be typed; refusal.OneTimeCodeWrong, which is kept as a failure. Each counts before the next is
	// judged, whichever processes judge them.
	ConfirmCode(ctx context.Context, t TypedCode) error
	// Standing returns what is on record for Proof.Judge.
	Standing(ctx context.Context, session Hash, citizenNumber string) (Standing, error)
	// Contact returns a person's encrypted address, ErrNotFound where none is on record. PutCards keeps it.
	Contact(ctx context.Context, citizenNumber string) ([]byte, error)
}

// Proof is what a release asks of a person beside their session. Its zero value refuses everybody.
type Proof struct {
	// LoginMaxAge is how long before the one-time code was asked for, or where there is none before the act began, the
	// person may have logged in at the gateway. ACRs are the levels of such a login that count; none means any.
	LoginMaxAge time.Duration
	ACRs        []string
	// WithoutCode asks for no one-time code.
	WithoutCode bool
	Waiting     Waiting
}

// Waiting is after how many failures within a time a person waits, and for how long after the last one. Whoever fails
// again within that time waits again at once.
type Waiting struct {
	After Limit // of MaxFailures at most
	Pause time.Duration
}

// Until returns when the waiting time ends that failures ask for, the newest first; zero where they ask for none.
func (w Waiting) Until(failures []time.Time) time.Time {
	n := w.After.Count
	if n == 0 || len(failures) < n || failures[0].Sub(failures[n-1]) >= w.After.Window {
		return time.Time{}
	}
	return failures[0].Add(w.Pause)
}

// OneTimeCode is a code that is sent by another channel than the browser, and typed in the session that asked for it.
type OneTimeCode struct {
	Session       Hash
	CitizenNumber string
	Code          Hash // a keyed hash: the code itself could be guessed from another
	IssuedAt      time.Time
	ExpiresAt     time.Time
	// Confirmed is true once it was typed; ExpiresAt is then the end of what it is good for. Read only.
	Confirmed bool
}

// Sending bounds how many one-time codes a person is sent, and how soon a session's next one.
type Sending struct {
	Limit Limit
	Pause time.Duration
}

// TypedCode is what a person has typed.
type TypedCode struct {
	Session Hash
	// SessionIdle is as in Store.Session.
	SessionIdle time.Duration
	Code        Hash
	At, Until   time.Time
	Waiting     Waiting
}

// Standing is how far a person has come towards a release.
type Standing struct {
	Code OneTimeCode // the session's; zero where there is none
	// Failures are the times of the person's newest MaxFailures failures, the newest first.
	Failures []time.Time
}

// MaxFailures is how many failures are of interest.
const MaxFailures = 10

// Judge judges whether a person may be given a PUK at a time, for an act that began at another. Refusals, in this order:
// refusal.PUKWait, refusal.LoginStale, refusal.LoginWeak, refusal.OneTimeCodeOver.
func (p Proof) Judge(person Session, s Standing, began, at time.Time) error {
	if until := p.Waiting.Until(s.Failures); at.Before(until) {
		return fault.Errorf(refusal.PUKWait, "until %v", until)
	}
	confirmed := s.Code.Confirmed && at.Before(s.Code.ExpiresAt)
	if confirmed {
		began = s.Code.IssuedAt
	}
	switch age := began.Sub(person.AuthenticatedAt); {
	case person.AuthenticatedAt.IsZero():
		return fault.Errorf(refusal.LoginStale, "no login at the gateway")
	case age > p.LoginMaxAge:
		return fault.Errorf(refusal.LoginStale, "login %v before, want at most %v", age, p.LoginMaxAge)
	case len(p.ACRs) > 0 && !slices.Contains(p.ACRs, person.ACR):
		return fault.Errorf(refusal.LoginWeak, "acr %.100q", person.ACR)
	case !p.WithoutCode && !confirmed:
		return fault.New(refusal.OneTimeCodeOver, nil)
	}
	return nil
}
