package store

import (
	"context"
	"time"
)

// Outbox is the part of Store that is about messages to people. They are put in it in the transaction that they are
// about, and are sent at least once.
type Outbox interface {
	// LeaseMessage returns the message that has been due longest, if any is, and keeps it from others until the lease
	// ends. ErrNotFound means that none is due.
	LeaseMessage(ctx context.Context, now, leaseEnd time.Time) (Letter, error)
	// MessageSent blanks a message that was sent. It does nothing if the lease is another's by now.
	MessageSent(ctx context.Context, l Letter, at time.Time) error
	// MessageFailed has a message sent again at a time, or, where that is zero, gives it up and blanks it. It does
	// nothing if the lease is another's by now.
	MessageFailed(ctx context.Context, l Letter, at, again time.Time) error
}

// MessageKind is what a message is about.
type MessageKind string

// The kinds of message.
const (
	CodeMessage   MessageKind = "code"   // brings a one-time code
	NoticeMessage MessageKind = "notice" // tells of a release or an erasure
)

// Message is a message to a person.
type Message struct {
	// Sealed is address and text, encrypted; a store cannot read them.
	Sealed []byte
	// ExpiresAt is when it is of no use any more.
	ExpiresAt time.Time
}

// Letter is a message on its way.
type Letter struct {
	Message
	ID      string // the same at each attempt, and never another's
	Kind    MessageKind
	Attempt int // from 1
}
