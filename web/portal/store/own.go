package store

import (
	"context"
	"time"
)

// Own is the part of Store from which a person sees, takes with them, ends and erases what the portal keeps of them. Its
// lists have the newest first and are limited by their caller. Rows of one instant have any order that stays the same.
type Own interface {
	// SessionsOf returns a person's sessions that Session would return, by CreatedAt, MaxItems at most.
	SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]Session, error)
	// DeleteSessionsOf ends all of a person's sessions but one, those included that are idle, and returns how many it has
	// ended. The zero Hash spares none.
	DeleteSessionsOf(ctx context.Context, citizenNumber string, except Hash) (int, error)

	// ActsOf returns a person's acts.
	ActsOf(ctx context.Context, citizenNumber string, limit int) ([]Act, error)
	// CopiesOf returns the newest copy of each of a person's acts that has one, without Signature, the newest act's first.
	CopiesOf(ctx context.Context, citizenNumber string, limit int) ([]Copy, error)
	// ReceiptsOf returns a person's receipts, open or refused.
	ReceiptsOf(ctx context.Context, citizenNumber string, limit int) ([]Receipt, error)
	// LoginsOf returns a person's logins with a card. Of their evidence they have VerifiedAt alone: the rest is of authorities.
	LoginsOf(ctx context.Context, citizenNumber string, limit int) ([]Login, error)
	// TracesOf returns what else is kept of a person; limit is for each of its lists.
	TracesOf(ctx context.Context, citizenNumber string, limit int) (Traces, error)

	// Erase deletes in one transaction what is kept of a person and proves nothing: their sessions, their one-time codes,
	// their challenges that have neither been used nor a receipt, and their contact; of their machines it blanks Platform and
	// Protection. Evidence stays, and so do failures, which would otherwise be forgotten by who guesses codes, and the
	// messages in the outbox, which tell the person what was done. e.Notice goes into the outbox.
	Erase(ctx context.Context, e Erasure) error
}

// Traces are what is kept of a person beside sessions, evidence, cards and machines.
type Traces struct {
	Challenges []Challenge // without Document; those that are used are kept with their act or release
	Messages   []SentMessage
	Failures   []time.Time
}

// SentMessage is what is kept of a message to a person, beside its text.
type SentMessage struct {
	Kind      MessageKind
	CreatedAt time.Time
	// EndedAt is when it was sent, or given up; zero while it waits.
	EndedAt time.Time
	Sent    bool
}

// Erasure is a person's wish to be forgotten as far as that can be.
type Erasure struct {
	CitizenNumber string
	At            time.Time
	// Notice tells the person, at the address that is erased; nil where there is none.
	Notice *Message
}

// FailureKept is for how long after the time that Purge is given a failure is kept: longer than waiting times count back.
const FailureKept = 7 * 24 * time.Hour
