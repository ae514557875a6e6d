package application

import "time"

// Event is what happens to an application.
type Event string

// The events.
const (
	Create          Event = "create"
	Open            Event = "open"    // the person takes an officer's pre-application up
	Dispute         Event = "dispute" // back to the officer, with a reason: name or birth date are not the person's
	Correct         Event = "correct" // the officer enters anew what was wrong
	SaveForm        Event = "save_form"
	Submit          Event = "submit"
	Approve         Event = "approve"
	WithdrawConsent Event = "withdraw_consent" // what E-Onay has approved needs an approval again
	Accept          Event = "accept"
	Return          Event = "return" // to the person, with a reason
	Reject          Event = "reject"
	Pay             Event = "pay"
	BecomeDue       Event = "become_due" // the old certificate nears its end
	Produce         Event = "produce"
	Dispatch        Event = "dispatch"
	Deliver         Event = "deliver"
	ReturnToSender  Event = "return_to_sender" // the card came back, to be sent again
	Activate        Event = "activate"         // the card has its PIN
	Suspend         Event = "suspend"
	Resume          Event = "resume"
	Revoke          Event = "revoke"
	Expire          Event = "expire"
	Cancel          Event = "cancel"
	Erase           Event = "erase" // what identifies the person is overwritten; the table does not have it, since no state follows
)

// Events are all events that a table has.
var Events = []Event{
	Open, Dispute, Correct, SaveForm, Submit, Approve, WithdrawConsent, Accept, Return, Reject, Pay, BecomeDue, Produce, Dispatch, Deliver,
	ReturnToSender, Activate, Suspend, Resume, Revoke, Expire, Cancel,
}

// Transition is a row of the table. Of those with the same From and Event the first counts whose If holds.
type Transition struct {
	From  State
	Event Event
	By    []Actor
	If    Condition
	To    State
}

// Condition is what an application must be like.
type Condition string

// The conditions.
const (
	Always    Condition = ""
	Complete  Condition = "complete"   // the form is
	PaysFirst Condition = "pays_first" // it is paid before it is approved
	Owes      Condition = "owes"       // a fee is due and not paid
	Early     Condition = "early"      // it replaces a certificate that lasts longer than Rules.ProduceBefore
	Due       Condition = "due"        // it is not early
	Consented Condition = "consented"  // E-Onay has approved it
	HasBegun  Condition = "has_begun"  // the certificate's validity
	HasEnded  Condition = "has_ended"
	LoggedIn  Condition = "logged_in" // its person has, so that whose it is was proven
	InPerson  Condition = "in_person" // the authority hands it over itself
	ByCourier Condition = "by_courier"
	Unpaid    Condition = "unpaid" // it was made without a login, and no money came
)

// Table is every transition there is. What it does not have is refused.
var Table = []Transition{
	{PreApplied, Open, []Actor{Person}, Always, Draft},
	{PreApplied, Dispute, []Actor{Person}, Always, Disputed},
	{PreApplied, Correct, []Actor{Officer}, Always, PreApplied},
	{Disputed, Correct, []Actor{Officer}, Always, PreApplied},
	{Draft, SaveForm, []Actor{Person}, Always, Draft}, // programs of before drafts do; now it says that a DraftForm can be saved
	{Draft, Submit, []Actor{Person}, Complete, AwaitingApproval},
	{AwaitingApproval, Approve, []Actor{Portal}, LoggedIn, UnderReview},
	{AwaitingApproval, Approve, []Actor{Person, Authority}, Always, UnderReview},
	{AwaitingApproval, Return, []Actor{Person, Authority}, Always, Draft},
	{UnderReview, Accept, []Actor{Authority}, Owes, PaymentDue},
	{UnderReview, Accept, []Actor{Authority}, Early, Held},
	{UnderReview, Accept, []Actor{Authority}, Always, InProduction},
	{UnderReview, Return, []Actor{Authority}, Always, Draft},
	{UnderReview, Reject, []Actor{Authority}, Always, Rejected},
	{UnderReview, WithdrawConsent, []Actor{Portal}, Consented, AwaitingApproval},
	{PaymentDue, WithdrawConsent, []Actor{Portal}, Consented, AwaitingApproval},
	{Held, WithdrawConsent, []Actor{Portal}, Consented, AwaitingApproval},
	{PaymentDue, Pay, []Actor{Provider, Authority}, PaysFirst, Draft},
	{PaymentDue, Pay, []Actor{Provider, Authority}, Early, Held},
	{PaymentDue, Pay, []Actor{Provider, Authority}, Always, InProduction},
	{Held, BecomeDue, []Actor{Portal}, Due, InProduction},
	{InProduction, Produce, []Actor{Producer}, Always, Produced},
	{Produced, Dispatch, []Actor{Carrier, Authority}, ByCourier, WithCourier},
	{Produced, Deliver, []Actor{Authority}, InPerson, Delivered},
	{WithCourier, Deliver, []Actor{Carrier, Authority}, Always, Delivered},
	{WithCourier, ReturnToSender, []Actor{Carrier, Authority}, Always, Produced},
	{Produced, Revoke, []Actor{Person, Authority}, Always, Revoked},
	{WithCourier, Revoke, []Actor{Person, Authority}, Always, Revoked},
	{Delivered, Activate, []Actor{Portal}, HasBegun, Active},
	{Delivered, Revoke, []Actor{Person, Authority}, Always, Revoked},
	{Delivered, Expire, []Actor{Portal}, HasEnded, Expired},
	{Active, Suspend, []Actor{Person, Authority}, Always, Suspended},
	{Active, Revoke, []Actor{Person, Authority}, Always, Revoked},
	{Active, Expire, []Actor{Portal}, HasEnded, Expired},
	{Suspended, Resume, []Actor{Person, Authority}, Always, Active},
	{Suspended, Revoke, []Actor{Person, Authority}, Always, Revoked},
	{Suspended, Expire, []Actor{Portal}, HasEnded, Expired},
	{PreApplied, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{Disputed, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{Draft, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{AwaitingApproval, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{UnderReview, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{PaymentDue, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{Held, Cancel, []Actor{Person, Officer, Authority}, Always, Cancelled},
	{PaymentDue, Cancel, []Actor{Portal}, Unpaid, Cancelled},
	{Draft, Cancel, []Actor{Portal}, Unpaid, Cancelled},
	{AwaitingApproval, Cancel, []Actor{Portal}, Unpaid, Cancelled},
}

// holds reports whether an application is as a condition says.
func (a Application) holds(c Condition, now time.Time, r Rules) bool {
	early := !a.Replaces.IsZero() && now.Before(a.Replaces.Add(-r.ProduceBefore))
	switch c {
	case Always:
		return true
	case Complete:
		return len(a.Kind.Check(a.Form)) == 0 && a.SecurityWord != ""
	case PaysFirst:
		return kinds[a.Kind].paysFirst && a.Approval == (Approval{})
	case Owes:
		return a.Fee > 0 && a.PaidAt.IsZero()
	case Early:
		return early
	case Due:
		return !early
	case Consented:
		return a.Approval.Way == ByConsent
	case HasBegun:
		return !now.Before(a.Certificate.NotBefore)
	case HasEnded:
		return !now.Before(a.Certificate.NotAfter)
	case LoggedIn:
		return !a.WithoutLogin()
	case InPerson:
		return a.InPerson()
	case ByCourier:
		return !a.InPerson()
	case Unpaid:
		return a.WithoutLogin() && a.PaidAt.IsZero()
	}
	return false
}
