// Package application is the life of an application for a certificate, from the draft to the certificate's end: states, events
// and a table of transitions. It has no page, no database and no clock; docs/applications.md draws the table.
//
// Pages ask the same table what is possible, so that none offers what would be refused.
package application

import (
	"crypto/x509"
	"time"
)

// State is where an application stands.
type State string

// The states, in the order in which an application passes them.
const (
	PreApplied       State = "pre_applied"       // an officer has entered it, and the person was invited
	Disputed         State = "disputed"          // what the officer has entered is not so, as the person has said
	Draft            State = "draft"             // the person fills in the form
	AwaitingApproval State = "awaiting_approval" // the form is complete and not yet approved by the person
	UnderReview      State = "under_review"      // the authority looks at it
	PaymentDue       State = "payment_due"
	Held             State = "held" // a renewal that waits until the old certificate nears its end
	InProduction     State = "in_production"
	Produced         State = "produced"
	WithCourier      State = "with_courier"
	Delivered        State = "delivered" // the card has no PIN yet
	Active           State = "active"
	Suspended        State = "suspended"
	Revoked          State = "revoked"
	Expired          State = "expired"
	Rejected         State = "rejected"
	Cancelled        State = "cancelled"
)

// States are all states.
var States = []State{
	PreApplied, Disputed, Draft, AwaitingApproval, UnderReview, PaymentDue, Held, InProduction, Produced, WithCourier, Delivered, Active,
	Suspended, Revoked, Expired, Rejected, Cancelled,
}

// IsOpen reports whether the application still leads to a card. A person has one open application of a kind.
func (s State) IsOpen() bool {
	switch s {
	case Delivered, Active, Suspended, Revoked, Expired, Rejected, Cancelled:
		return false
	}
	return true
}

// Actor is who causes an event.
type Actor string

// The actors.
const (
	Person    Actor = "person"
	Officer   Actor = "officer"   // of an institution
	Authority Actor = "authority" // somebody at the authority's desk
	Provider  Actor = "provider"  // of payments
	Producer  Actor = "producer"  // who personalises cards
	Carrier   Actor = "carrier"   // who brings them
	Portal    Actor = "portal"    // by itself
)

// Payer is who pays.
type Payer string

// The payers.
const (
	PaidByInstitution Payer = "institution"
	PaidByPerson      Payer = "person"
)

// Way is how a person approves an application.
type Way string

// The ways.
const (
	ByConsent   Way = "consent"   // E-Onay stands
	BySignature Way = "signature" // the form was signed
	OnPaper     Way = "paper"     // wet ink
)

// Application is one application. The zero value stands for no application.
type Application struct {
	Reference     string
	CitizenNumber string
	Name          string
	Kind          Kind
	Payer         Payer
	// Institution is the one whose officer has entered it; empty for what a person has begun.
	Institution string
	State       State
	// Version is 1 when it is created; each event adds one.
	Version int
	// Form is what was filled in. It is replaced by Submit, and by Correct. Programs of before replace it by SaveForm.
	Form Form
	// DraftCounter is that of the draft whose form this is, as WithDraft sets it; 0 for the version's own.
	DraftCounter int
	// SecurityWord is the hash of the word by which the person proves themselves on the telephone; empty until one was typed.
	SecurityWord string
	Approval     Approval
	// Fee is in kuruş, 0 where nothing is to be paid by the person.
	Fee    int64
	PaidAt time.Time // zero while nothing was paid
	// Replaces is when the certificate ends that a renewal replaces; zero otherwise.
	Replaces    time.Time
	Certificate Certificate
	// Shipment is the carrier's number, of the newest shipment: a card that came back keeps it until it is sent again.
	Shipment             string
	CreatedAt, ChangedAt time.Time
}

// Approval is how the person has approved; zero while they have not.
type Approval struct {
	Way Way
	// Basis names what proves it: the reference of the act that gave E-Onay, of the signature, or the code on the paper.
	Basis string
}

// Certificate is what was produced.
type Certificate struct {
	Serial              string // lower-case hex
	NotBefore, NotAfter time.Time
}

// NewCertificate returns what is kept of a certificate that was produced.
func NewCertificate(c *x509.Certificate) Certificate {
	return Certificate{Serial: c.SerialNumber.Text(16), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC()}
}

// Rules are settings of the institution.
type Rules struct {
	// ProduceBefore is how long before the old certificate's end a renewal is produced.
	ProduceBefore time.Duration
}
