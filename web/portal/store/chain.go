package store

import (
	"context"
	"crypto/sha256"
	"time"
)

// Chain is the part of Store that shows later whether a row was changed or removed. Each act, each refused receipt, each release,
// each report and each login is an entry, written in the same transaction: the digest of all that the store keeps of it, and
// a link, which is the digest of the entry and of the link before. So a link stands for everything up to it. A head is
// a link that somebody has signed; who has a head from elsewhere knows whether the chain still leads to it.
type Chain interface {
	// NewestEntry returns the entry that was made last.
	NewestEntry(ctx context.Context) (Entry, error)
	// NewestHead returns the head with the highest number.
	NewestHead(ctx context.Context) (Head, error)
	// AddHead keeps a head. It must be of an entry, with its link, and later than every head that is kept.
	AddHead(ctx context.Context, h Head) error
}

// Link is SHA-256 over an entry and the link before.
type Link [sha256.Size]byte

// Entry is one of the chain; they are numbered from 1.
type Entry struct {
	Number int64
	Link   Link
}

// Head is an entry's link with a signature over it.
type Head struct {
	Entry
	SignedAt  time.Time
	Signature []byte
}
