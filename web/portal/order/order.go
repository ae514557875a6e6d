// Package order is the life of an order that needs no login: card readers, and credits for time stamps. It has no page, no database and
// no clock; what leads from one state to the next is a table, which pages ask too.
package order

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// Kind is what is ordered.
type Kind string

// The kinds.
const (
	Reader    Kind = "reader"
	TimeStamp Kind = "timestamp"
)

// State is where an order stands.
type State string

// The states.
const (
	Received   State = "received"
	PaymentDue State = "payment_due"
	Paid       State = "paid"
	Sent       State = "sent"   // readers, by a courier
	Opened     State = "opened" // an account for time stamps
	Cancelled  State = "cancelled"
)

// States are all states, in the order in which an order passes them.
var States = []State{Received, PaymentDue, Paid, Sent, Opened, Cancelled}

// HasEnded reports whether nothing leads on.
func (s State) HasEnded() bool { return s == Sent || s == Opened || s == Cancelled }

// Event is what happens to an order.
type Event string

// The events.
const (
	Create Event = "create"
	Accept Event = "accept"
	Pay    Event = "pay"
	Send   Event = "send"
	Open   Event = "open"
	Cancel Event = "cancel"
)

// Events are those that lead on.
var Events = []Event{Accept, Pay, Send, Open, Cancel}

// Order is one order.
type Order struct {
	Reference            string
	Kind                 Kind
	State                State
	Version              int
	Form                 application.Form
	Fee                  int64 // kuruş, 0 where nothing is to be paid
	CreatedAt, ChangedAt time.Time
}

// Change is an event that happens to an order.
type Change struct {
	Event Event
	// Who is the citizen number of somebody at the authority; empty for who orders, and for the payment provider.
	Who string
	At  time.Time
	// Note names what it rests on: a payment or its receipt, a courier's number, an account, or why it is cancelled.
	Note    string
	To      State
	Version int
}

// MaxNote is the longest note, in characters.
const MaxNote = 100

// Next returns the state that an event leads to, "" where it leads nowhere.
func (o Order) Next(e Event) State {
	switch {
	case o.State == Received && e == Accept && o.Fee > 0:
		return PaymentDue
	case o.State == Received && e == Accept, o.State == PaymentDue && e == Pay:
		return Paid
	case o.State == Paid && e == Send && o.Kind == Reader:
		return Sent
	case o.State == Paid && e == Open && o.Kind == TimeStamp:
		return Opened
	case (o.State == Received || o.State == PaymentDue || o.State == Paid) && e == Cancel:
		return Cancelled
	}
	return ""
}

// Possible are the events that lead on.
func (o Order) Possible() []Event {
	return slices.DeleteFunc(slices.Clone(Events), func(e Event) bool { return o.Next(e) == "" })
}

// NeedsNote reports whether an event must say what it rests on.
func (e Event) NeedsNote() bool { return e != Accept }

// Apply returns the order after a change, and the change with what came of it. Refusals: refusal.ApplicationState,
// refusal.ReasonMissing.
func (o Order) Apply(c Change) (Order, Change, error) {
	c.To = o.Next(c.Event)
	switch {
	case c.To == "":
		return Order{}, Change{}, fault.Errorf(refusal.ApplicationState, "order %s: %s in %s", o.Reference, c.Event, o.State)
	case c.Event.NeedsNote() && c.Note == "", utf8.RuneCountInString(c.Note) > MaxNote, c.Note != "" && !application.IsPlain(c.Note, MaxNote):
		return Order{}, Change{}, fault.New(refusal.ReasonMissing, nil)
	}
	o.State, o.ChangedAt = c.To, c.At
	o.Version++
	c.Version = o.Version
	return o, c, nil
}

var fields = map[Kind][]application.Field{
	Reader: slices.Concat(buyer, []application.Field{
		{Name: "reader", Input: application.Choice, Required: true, Choices: []string{"usb", "compact"}, Max: 10},
		{Name: "quantity", Input: application.Count, Required: true, Max: 3},
	}, delivery),
	TimeStamp: slices.Concat(buyer, []application.Field{
		{Name: "credits", Input: application.Choice, Required: true, Choices: []string{"1000", "10000", "100000"}, Max: 6},
	}, delivery),
}

var buyer = []application.Field{
	{Name: "buyer", Input: application.Text, Required: true, Max: 200},
	{Name: "buyer_number", Input: application.TaxOrCitizen, Required: true, Max: 11, Hint: true},
}

var delivery = []application.Field{
	{Name: "mobile", Input: application.Phone, Required: true, Max: 20},
	{Name: "mail", Input: application.Mail, Required: true, Max: 120},
	{Name: "address", Input: application.Lines, Required: true, Max: 200},
	{Name: "district", Input: application.Text, Required: true, Max: 60},
	{Name: "province", Input: application.Text, Required: true, Max: 40},
	{Name: "postcode", Input: application.Digits, Required: true, Max: 5},
}

// Fields are what is filled in for a kind, in order; none for an unknown kind.
func (k Kind) Fields() []application.Field { return fields[k] }

// MaskedBuyer is the number of who has ordered as pages show it: of a citizen number a part; tax numbers are public.
func (o Order) MaskedBuyer() string {
	number := o.Form["buyer_number"]
	return cmp.Or(pki.MaskCitizenNumber(number), number)
}

// BuyerCitizenNumber is the citizen number of who has ordered, empty for a company.
func (o Order) BuyerCitizenNumber() string {
	number := o.Form["buyer_number"]
	if pki.MaskCitizenNumber(number) == "" {
		return ""
	}
	return number
}

// PhoneEnd is the end of the mobile number, by which who has ordered is known.
func (o Order) PhoneEnd() string {
	mobile := o.Form["mobile"]
	return mobile[max(0, len(mobile)-4):]
}
