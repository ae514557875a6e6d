package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Finding is something in a database that is not as it must be.
type Finding struct {
	// Kind is that of an entry, or "database", "schema", "chain", "head", "lasting".
	Kind string `json:"kind"`
	// Reference is the act's or release's, the number of a receipt or of an entry; empty where it is about the whole.
	Reference string `json:"reference,omitempty"`
	What      string `json:"what"`
}

// Contents is how much a database holds of what must never be lost.
type Contents struct {
	Version      int `json:"version"` // of the schema
	Acts         int `json:"acts"`
	Receipts     int `json:"receipts"` // that are no acts: open, or refused
	Releases     int `json:"releases"`
	Logins       int `json:"logins"`
	Applications int `json:"applications"`
	Entries      int `json:"entries"` // of the chain
	Cards        int `json:"cards"`
}

// Entry is an entry of the chain whose rows are those that were entered.
type Entry struct {
	Number          int64
	Kind, Reference string
	// Before is true where the rows are older than the chain.
	Before bool
}

// Source reads a database as it is at one moment.
type Source interface {
	// Links returns the rows of the chain after a number, limit at most.
	Links(ctx context.Context, after int64, limit int) ([]Link, error)
	// Digest digests the rows of an entry as they are now. ErrNoRow means that there are none, ErrNoKind that nothing is known of
	// entries of this kind.
	Digest(ctx context.Context, kind, reference string) ([]byte, error)
	// Unentered calls do for each row that should have an entry in the chain and has none, nor waits for one.
	Unentered(ctx context.Context, do func(kind, reference string)) error
	// Heads returns heads after a number, limit at most.
	Heads(ctx context.Context, after int64, limit int) ([]store.Head, error)
	// LinkOf returns the link of an entry, ErrNotFound where there is none.
	LinkOf(ctx context.Context, number int64) ([]byte, error)
	// NextCopy returns the lasting copy after another, by act and version, ErrNotFound where there is none.
	NextCopy(ctx context.Context, after store.Copy) (store.Copy, error)
	// ApplicationFaults calls do for each application that is not as it must be, with what is wrong.
	ApplicationFaults(ctx context.Context, do func(reference, what string)) error
	// PaymentFaults calls do for each payment, or application, whose money is not where it must be.
	PaymentFaults(ctx context.Context, do func(kind, reference, what string)) error
	// NextApplications returns the digests of applications after a reference, limit at most.
	NextApplications(ctx context.Context, after string, limit int) ([]ApplicationDigests, error)
	// NextScans returns the scans of papers after one, by reference and version, limit at most.
	NextScans(ctx context.Context, reference string, version, limit int) ([]PaperScan, error)
	// MissingCopies calls do for each act whose newest copy is not the one that was made last.
	MissingCopies(ctx context.Context, do func(reference string)) error
}

// Audit goes through a database. It is not safe for concurrent use.
type Audit struct {
	Source Source
	Report func(Finding)
}

// Found reports a finding.
func (a *Audit) Found(kind, reference, format string, args ...any) {
	a.Report(Finding{kind, reference, fmt.Sprintf(format, args...)})
}

// batch is how many entries are read at once; the rows of each are read one after the other.
const batch = 256

// Chain proves every entry against its rows and the link before, looks for rows without an entry, and calls proven for each entry
// whose rows are as they were entered. It returns the newest entry.
func (a *Audit) Chain(ctx context.Context, proven func(Entry) error) (newest store.Entry, err error) {
	for {
		list, err := a.Source.Links(ctx, newest.Number, batch)
		if err != nil {
			return newest, err
		}
		for _, l := range list {
			if l.Number != newest.Number+1 {
				a.Found("chain", fmt.Sprint(newest.Number+1), "is missing, up to %d", l.Number-1)
			} else if l.Link != l.Next(newest.Link) {
				a.Found("chain", fmt.Sprint(l.Number), "the link does not follow from the entry and the link before")
			}
			newest = store.Entry{Number: l.Number, Link: l.Link}
			same, err := a.same(ctx, l)
			if err != nil {
				return newest, err
			}
			if !same {
				continue
			}
			if err := proven(Entry{l.Number, l.Kind, l.Reference, l.Before == 1}); err != nil {
				return newest, err
			}
		}
		if len(list) < batch {
			return newest, a.Source.Unentered(ctx, func(kind, reference string) { a.Found(kind, reference, "has no entry in the chain") })
		}
	}
}

// same reports whether the rows of an entry are as they were.
func (a *Audit) same(ctx context.Context, l Link) (bool, error) {
	now, err := a.Source.Digest(ctx, l.Kind, l.Reference)
	switch {
	case errors.Is(err, ErrNoRow):
		a.Found(l.Kind, l.Reference, "is missing")
		return false, nil
	case errors.Is(err, ErrNoKind):
		a.Found("chain", fmt.Sprint(l.Number), "is of no kind that is known: %.40q", l.Kind)
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%s %s: %w", l.Kind, l.Reference, err)
	case !bytes.Equal(now, l.Digest):
		a.Found(l.Kind, l.Reference, "is not as it was")
		return false, nil
	}
	return true, nil
}

// Heads calls proven for every head that is of an entry, with its link.
func (a *Audit) Heads(ctx context.Context, proven func(store.Head)) error {
	for last := int64(0); ; {
		list, err := a.Source.Heads(ctx, last, batch)
		if err != nil {
			return err
		}
		for _, h := range list {
			last = h.Number
			led, err := a.LeadsTo(ctx, h.Entry)
			if err != nil {
				return err
			}
			if led {
				proven(h)
			}
		}
		if len(list) < batch {
			return nil
		}
	}
}

// LeadsTo reports whether the chain leads to an entry that a head says it had, and finds fault with it otherwise.
func (a *Audit) LeadsTo(ctx context.Context, e store.Entry) (bool, error) {
	link, err := a.Source.LinkOf(ctx, e.Number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		a.Found("head", fmt.Sprint(e.Number), "the chain has no such entry any more")
		return false, nil
	case err != nil:
		return false, err
	case !bytes.Equal(link, e.Link[:]):
		a.Found("head", fmt.Sprint(e.Number), "the chain has another link there")
		return false, nil
	}
	return true, nil
}

// Copies calls prove for every lasting copy, act by act, and reports versions that are missing.
func (a *Audit) Copies(ctx context.Context, prove func(store.Copy) error) error {
	for last := (store.Copy{}); ; {
		c, err := a.Source.NextCopy(ctx, last)
		if errors.Is(err, store.ErrNotFound) {
			return a.Source.MissingCopies(ctx, func(reference string) { a.Found("lasting", reference, "its newest copy is missing") })
		}
		if err != nil {
			return err
		}
		if c.Version != 1 && (c.Reference != last.Reference || c.Version != last.Version+1) {
			a.Found("lasting", c.Reference, "the version before %d is missing", c.Version)
		}
		last = c
		if err := prove(c); err != nil {
			return err
		}
	}
}
