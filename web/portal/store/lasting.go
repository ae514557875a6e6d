package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
)

// MaxCopy is the largest lasting copy, in bytes: a signature with the lists and answers that evidence has beside it.
const MaxCopy = 16 << 20

// Lasting is the part of Store that keeps acts provable for longer than certificates last. Each act is due to be made to last as soon
// as it is recorded, and those recorded before at once. What is made is a copy of its signature with all that shows later that
// it was good; the evidence as received stays as it is, and so does each copy: another one has the next version.
type Lasting interface {
	// LeaseLasting counts an attempt at the act that has been due longest, and returns it; nobody else gets it before leaseEnd. It returns
	// ErrNotFound where none is due.
	LeaseLasting(ctx context.Context, now, leaseEnd time.Time) (LastingLease, error)
	// NewestCopy returns the copy of an act with the highest version.
	NewestCopy(ctx context.Context, reference string) (Copy, error)
	// AddCopy keeps the next version, and has the act be due again at a time; zero is never. It does nothing where the lease is over and
	// somebody else has one.
	AddCopy(ctx context.Context, l LastingLease, c Copy, due time.Time) error
	// DeferLasting has the act be due again later, because an attempt failed with a code. It does nothing where the lease is over and
	// somebody else has one.
	DeferLasting(ctx context.Context, l LastingLease, again time.Time, code fault.Code) error
	// LastingState counts acts: those without a copy that were recorded before a time, those whose newest copy lasts until then at most,
	// and those of either of which the last attempt failed.
	LastingState(ctx context.Context, before, lastsUntil time.Time) (LastingState, error)
}

// LastingLease is an act that is being made to last.
type LastingLease struct {
	Reference string
	// Version is that of the newest copy, 0 where there is none.
	Version int
	// Attempt counts those since the newest copy, from 1.
	Attempt int
}

// Copy is an act's signature with all that shows later that it was good.
type Copy struct {
	Reference string
	Version   int    // from 1; set by AddCopy
	Signature []byte // CMS SignedData, DER; of an Approval a PDF
	MadeAt    time.Time
	// LastsUntil is until when it will do; zero where nothing is known to end.
	LastsUntil time.Time
}

// LastingState counts acts.
type LastingState struct {
	Missing int `json:"missing"` // without a copy
	Fading  int `json:"fading"`  // whose copy ends
	Failing int `json:"failing"` // of either, the last attempt at which failed
}
