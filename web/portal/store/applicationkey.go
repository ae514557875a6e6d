package store

import (
	"context"
	"time"
)

// ApplicationKey opens one application that was made without a login. The store has the key's hash alone.
type ApplicationKey struct {
	Hash        Hash
	Application string
	Use         KeyUse
	ExpiresAt   time.Time
}

// KeyUse is what a key is for.
type KeyUse string

// The uses.
const (
	LinkKey    KeyUse = "link"    // in a mail, for one use
	BrowserKey KeyUse = "browser" // in a cookie
)

// ApplicationKeys is the part of Store that keeps keys to applications that were made without a login. Purge deletes those that have ended.
type ApplicationKeys interface {
	// PutApplicationKey keeps a key. A link ends the application's links before it.
	PutApplicationKey(ctx context.Context, k ApplicationKey) error
	// OpenApplicationLink spends a link, and keeps the browser's key of the same application in its place; browser.Application is not read.
	// It returns the application's reference. ErrNotFound means that there is no such link, that it was spent or replaced, or has ended by now: of
	// many at once one opens it.
	OpenApplicationLink(ctx context.Context, link Hash, browser ApplicationKey, now time.Time) (reference string, err error)
	// ApplicationByKey returns which application a browser's key opens. ErrNotFound means none, by now.
	ApplicationByKey(ctx context.Context, browser Hash, now time.Time) (reference string, err error)
	// DeleteApplicationKey forgets a browser's key. It is no error if there is none.
	DeleteApplicationKey(ctx context.Context, browser Hash) error
	// UnpaidApplications returns the references of those made without a login that wait for a payment, the form or the approval, that were paid nothing
	// for, and that have been in their state since before a time, the oldest first, at most limit.
	UnpaidApplications(ctx context.Context, before time.Time, limit int) ([]string, error)
}
