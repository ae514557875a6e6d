package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
)

// MaxRefused is how many refused signatures one code may have.
const MaxRefused = 8

// Receipts is the part of Store about signatures that have arrived. Each has a receipt, which is open until the signature
// has been judged. Then it is an act, or refused and kept for good. A person has one open receipt at most.
type Receipts interface {
	// Receive records that a signature has arrived, and returns its receipt. Refusals, in this order: refusal.ActUnknown,
	// also if the challenge's kind is PIN; refusal.CodeElsewhere if it is another session's or key's; fault.LoginRequired if the
	// session or the key is gone; refusal.CodeUsed if the act is recorded already, or MaxRefused signatures were refused for it;
	// refusal.SignaturePending if the person has an open receipt; refusal.CodeExpired unless a.ReceivedAt is before the
	// challenge's end; refusal.ActNotPossible if the person's state does not allow the act.
	Receive(ctx context.Context, a Arrival) (Receipt, error)
	// TakeDue returns open receipts that are due at now, those that have waited longest, limit at most, and makes them
	// due again at until: before that no other call returns them.
	TakeDue(ctx context.Context, now, until time.Time, limit int) ([]Receipt, error)
	// Postpone sets when receipts are due. Those that are not open any more stay as they are.
	Postpone(ctx context.Context, due time.Time, numbers ...int64) error
	// Complete makes an open receipt the act of its challenge, with its evidence, and so changes the person's state. What
	// has become of the session or the code since the arrival is of no account. Refusals, in this order: refusal.ActUnknown
	// if there is no such receipt; the receipt's own code if it is refused; refusal.CodeUsed if it is an act already;
	// refusal.ActNotPossible if the person's state does not allow the act. An Approval brings a Move, whose change is kept in the same
	// transaction, or neither is: its refusals are those of ChangeApplication.
	Complete(ctx context.Context, c Completion) error
	// Refuse closes an open receipt with the code of its refusal, and returns ErrNotFound if it is not open any more.
	Refuse(ctx context.Context, number int64, code fault.Code, at time.Time) error
	// NewestReceipt returns that of a person's receipts, open or refused, which arrived last.
	NewestReceipt(ctx context.Context, citizenNumber string) (Receipt, error)
}

// Arrival is a signature that arrives for a challenge.
type Arrival struct {
	Reference string
	Session   Hash // or of a browser's key, as in Challenge
	// SessionIdle is as in Store.Session.
	SessionIdle time.Duration
	ReceivedAt  time.Time
	Signature   []byte // CMS SignedData, DER; of an Approval the signed PDF
	// DueAt is when TakeDue may return the receipt, unless whoever received it is done before or postpones that.
	DueAt time.Time
}

// Receipt is a signature that has arrived, and is no act.
type Receipt struct {
	Number        int64 // grows with each arrival
	Reference     string
	CitizenNumber string
	Name          string
	Kind          Kind // of the challenge
	Signature     []byte
	ReceivedAt    time.Time
	ACR, AMR      string // as in Act
	// Code is that of the refusal; empty while the receipt is open. RefusedAt is zero then.
	Code      fault.Code
	RefusedAt time.Time
}

// Open reports whether the signature has not been judged to the end.
func (r Receipt) Open() bool { return r.Code == "" }

// Completion is a receipt whose signature has been verified.
type Completion struct {
	Receipt   int64 // its number
	Reference string
	Evidence  Evidence
	// Move is of an Approval; nil otherwise.
	Move *Move
}

// Move is the change of an application that an act brings. It must lead on from the version that the challenge's Subject names.
type Move struct {
	Application application.Application // its next version
	Change      application.Change
	Jobs        []Job // that follow from it
}

// SubjectOf is what an Approval of this version of an application is about.
func SubjectOf(a application.Application) string { return fmt.Sprintf("%s/%d", a.Reference, a.Version) }

// IsAbout reports whether an Approval is about an application, at whatever version.
func (c Challenge) IsAbout(a application.Application) bool {
	return strings.HasPrefix(c.Subject, a.Reference+"/")
}

// Holder returns the person for whom the key of a browser may be used in the place of a session: the one whom the application a names, which was
// made without a login. Nobody has proven who that is; the signature does. ok is false where the challenge is about another application or person.
func (c Challenge) Holder(a application.Application) (person Session, ok bool) {
	return Session{ID: c.Session, CitizenNumber: a.Number(), Name: a.Name}, a.WithoutLogin() && c.IsAbout(a) && a.Number() == c.CitizenNumber
}

// Check refuses a completion whose Move does not belong to its challenge.
func (c Completion) Check(of Challenge) error {
	if (c.Move != nil) != (of.Kind == Approval) {
		return fmt.Errorf("store: an act of kind %s with a move or without one", of.Kind)
	}
	if c.Move == nil {
		return nil
	}
	from := c.Move.Application
	from.Version--
	if SubjectOf(from) != of.Subject || from.Number() != of.CitizenNumber {
		return fmt.Errorf("store: act %s is about %s", of.Reference, of.Subject)
	}
	return nil
}
