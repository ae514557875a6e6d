package store

import (
	"slices"
	"time"
)

// MessageKind is what a message is about.
type MessageKind string

// The kinds of message.
const (
	CodeMessage   MessageKind = "code"   // brings a one-time code
	NoticeMessage MessageKind = "notice" // tells of a release or an erasure
)

var messageKinds = []MessageKind{CodeMessage, NoticeMessage}

// Message is a message to a person. It is put in the outbox in the transaction that it is about, and is a job from then on (Jobs),
// with a key that no other has and Sealed as its payload. It is blank once it was sent or given up, so that RetryJob knows none.
type Message struct {
	// Sealed is address and text, encrypted; a store cannot read them.
	Sealed []byte
	// ExpiresAt is when it is of no use any more.
	ExpiresAt time.Time
}

// MessageJob begins the kinds of jobs that are messages.
const MessageJob = "letter-"

// JobKind is the kind of the jobs that are messages of kind k.
func (k MessageKind) JobKind() string { return MessageJob + string(k) }

// MessageKindOf returns the kind of the messages that are jobs of a kind; false where no messages are.
func MessageKindOf(jobKind string) (MessageKind, bool) {
	i := slices.IndexFunc(messageKinds, func(k MessageKind) bool { return k.JobKind() == jobKind })
	if i < 0 {
		return "", false
	}
	return messageKinds[i], true
}
