package application

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// Bounds of what a change says, in UTF-8 bytes.
const (
	MaxReason = 500
	MaxBasis  = 200
)

// Change is an event that happens to an application, and what comes of it.
type Change struct {
	Event Event
	By    Actor
	// Who is the citizen number of the person, officer or member of the authority; empty for what a machine does.
	Who string
	At  time.Time
	// Reason is for people to read, in at most MaxReason bytes. Return, Reject and Revoke need one, unless they are the person's own; so do
	// Dispute, and Cancel by an officer.
	Reason string
	// Basis names what it rests on, in at most MaxBasis bytes: an approval's, a payment's or a manifest's reference, a carrier's
	// number.
	Basis string
	// Way is of Approve, Form of Submit, SaveForm and Correct, SecurityWord of Submit and SaveForm, Certificate of Produce. Name is of
	// Correct, and of Open, where the login has written it.
	Way          Way
	Name         string
	Form         Form
	SecurityWord string
	// Replaces is of Submit and SaveForm: when the certificate ends that is renewed, zero where none is or it is not known.
	Replaces    time.Time
	Certificate Certificate
	// Scan is of Approve on paper, and the basis then has its digest (PaperBasis).
	Scan Scan
	// DraftCounter is of Submit: that of the draft that is submitted. 0 submits the form of the version.
	DraftCounter int

	// From, To and Version are set by Apply: the states, and the version that the application has then.
	From, To State
	Version  int
}

// needsReason reports whether somebody has to be told why: the applicant of what others did, the officer of a dispute.
func (c Change) needsReason() bool {
	switch c.Event {
	case Return, Reject, Revoke:
		return c.By != Person
	case Cancel:
		return c.By == Officer
	}
	return c.Event == Dispute
}

// Apply returns the application after a change, and the change with what came of it. The receiver stays as it was. Refusals:
// refusal.ApplicationState if nothing leads on by this event, refusal.ApplicationIncomplete if the form lacks something,
// refusal.ReasonMissing.
func (a Application) Apply(c Change, r Rules) (Application, Change, error) {
	if c.Event == Submit && c.DraftCounter > 0 {
		a.takeForm(c.Form, c.Replaces, c.SecurityWord) // which is judged as it will be kept
	}
	to, err := a.next(c.Event, c.By, c.At, r)
	if err != nil {
		return Application{}, Change{}, err
	}
	if len(c.Basis) > MaxBasis || !utf8.ValidString(c.Basis) {
		return Application{}, Change{}, fault.Errorf(fault.Internal, "application: a basis of %d bytes", len(c.Basis))
	}
	if len(c.Reason) > MaxReason || !utf8.ValidString(c.Reason) || c.needsReason() && c.Reason == "" {
		return Application{}, Change{}, fault.New(refusal.ReasonMissing, nil)
	}
	a.take(c)
	a.Version++
	a.DraftCounter = 0
	a.ChangedAt = c.At
	c.From, c.To, c.Version = a.State, to, a.Version
	a.State = to
	return a, c, nil
}

// Possible returns the events that an actor can cause now.
func (a Application) Possible(by Actor, now time.Time, r Rules) (events []Event) {
	for _, e := range Events {
		if _, err := a.next(e, by, now, r); err == nil {
			events = append(events, e)
		}
	}
	return events
}

// next returns the state that an event leads to.
func (a Application) next(e Event, by Actor, now time.Time, r Rules) (State, error) {
	code := refusal.ApplicationState
	for _, t := range Table {
		if t.From != a.State || t.Event != e || !slices.Contains(t.By, by) {
			continue
		}
		if a.holds(t.If, now, r) {
			return t.To, nil
		}
		if t.If == Complete {
			code = refusal.ApplicationIncomplete
		}
	}
	return "", fault.Errorf(code, "application %s: %s by %s in %s", a.Reference, e, by, a.State)
}

// take takes what a change brings.
func (a *Application) take(c Change) {
	switch c.Event {
	case SaveForm:
		a.takeForm(c.Form, c.Replaces, c.SecurityWord)
	case Open:
		if c.Name != "" {
			a.Name = c.Name
		}
	case Correct:
		a.Name, a.Form = c.Name, c.Form
	case Approve:
		a.Approval = Approval{Way: c.Way, Basis: c.Basis}
	case Return, WithdrawConsent:
		a.Approval = Approval{}
	case Pay:
		a.PaidAt = c.At
	case Produce:
		a.Certificate = c.Certificate
	case Dispatch:
		a.Shipment = c.Basis
	}
}
