package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
)

// MaxList is the longest file of a list of people, in bytes.
const MaxList = 16 << 20

// PeopleLists is the part of Store that keeps the files in which officers bring many people, from the upload to the last line. What
// is confirmed is the very file that was checked: its content never changes, and goes when the list ends.
type PeopleLists interface {
	// PutList keeps a list that was uploaded: ListChecked, with Content. Refusals: refusal.ListLimit if its institution has
	// bounds.Open lists that have not ended, or has uploaded bounds.Recent since bounds.Since.
	PutList(ctx context.Context, l PeopleList, bounds ListBounds) error
	// List returns a list, without its content.
	List(ctx context.Context, reference string) (PeopleList, error)
	// ListContent returns the content of a list that has not ended.
	ListContent(ctx context.Context, reference string) ([]byte, error)
	// ListsOf returns an institution's lists, the newest first, at most limit.
	ListsOf(ctx context.Context, institution string, limit int) ([]PeopleList, error)
	// ListsBy returns those that a person has uploaded, the newest first, at most limit.
	ListsBy(ctx context.Context, citizenNumber string, limit int) ([]PeopleList, error)
	// ConfirmList has a checked list taken up by LeaseList. by is the citizen number of who confirms. Refusals: refusal.ListState.
	ConfirmList(ctx context.Context, reference, by string, at time.Time) error
	// CancelList ends a list that has not ended; what was created of it stays. Refusals: refusal.ListState.
	CancelList(ctx context.Context, reference string, at time.Time) error
	// LeaseList returns a confirmed list that no other has leased, and leases it until leaseEnd.
	LeaseList(ctx context.Context, now, leaseEnd time.Time) (PeopleList, error)
	// AdvanceList keeps what has become of the lines after l.Done. The list ends where p.Done is l.Lines. It is not found where the list is
	// not confirmed any more, or another process has gone on with it.
	AdvanceList(ctx context.Context, l PeopleList, p ListProgress) error
	// RefusedLines returns the lines that could not be created, in order, at most limit.
	RefusedLines(ctx context.Context, reference string, limit int) ([]RefusedLine, error)
}

// ListState is where a list stands.
type ListState string

// The states.
const (
	ListChecked   ListState = "checked"   // nothing is created before somebody confirms
	ListConfirmed ListState = "confirmed" // its people are being entered
	ListDone      ListState = "done"
	ListCancelled ListState = "cancelled"
)

// PeopleList is a file of people.
type PeopleList struct {
	Reference, Institution string
	// UploadedBy and ConfirmedBy are citizen numbers of officers; ConfirmedBy is empty before.
	UploadedBy, ConfirmedBy string
	SHA256                  Hash // of Content
	Content                 []byte
	State                   ListState
	// Lines is how many lines of people it has, Done how many have been gone through, and Created how many of these were entered.
	Lines, Done, Created  int
	UploadedAt, ChangedAt time.Time
}

// ListBounds bounds how many lists an institution has.
type ListBounds struct {
	Open, Recent int
	Since        time.Time
}

// ListProgress is what has become of some lines.
type ListProgress struct {
	Done, Created int
	Refused       []RefusedLine
	At, LeaseEnd  time.Time
}

// RefusedLine is a line whose person could not be entered, and why.
type RefusedLine struct {
	Line int
	Code fault.Code
}

// ListKept is for how long after the time that Purge is given a list that has ended is kept, without its content. One that nobody confirms
// ends at that time.
const ListKept = 30 * 24 * time.Hour
