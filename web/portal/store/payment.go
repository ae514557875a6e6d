package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
)

// Payments is the part of Store that keeps payments of fees by a provider: of applications, and of orders. Each version of a payment is kept for
// good, with an entry in the chain. It holds nothing of the person and nothing of a card. The caller judges which state may follow. Jobs are put
// down in the same transaction.
type Payments interface {
	// StartPayment keeps a new payment of version 1 in PaymentStarted. Refusals: refusal.ApplicationState unless its application, or order, is in
	// payment_due and owes that sum; refusal.PaymentLimit if limit.Count payments of it were started after StartedAt − limit.Window.
	StartPayment(ctx context.Context, p Payment, limit Limit, jobs ...Job) error
	// ChangePayment keeps the next version of a payment. What it never changes: Application, Order, Sum, StartedAt, and Number once it is
	// known. Refusals: refusal.PaymentChanged unless the version that is kept is the one before p's; refusal.PaymentChanged if another payment
	// has its number.
	ChangePayment(ctx context.Context, p Payment, jobs ...Job) error
	// CompletePayment is ChangePayment and ChangeApplication in one transaction: a has taken the money by c, whose basis is the payment's
	// reference. Refusals are those of both.
	CompletePayment(ctx context.Context, p Payment, a application.Application, c application.Change, jobs ...Job) error
	// CompleteOrderPayment is ChangePayment and ChangeOrder in one transaction: o has taken the money by c, whose note is the payment's reference,
	// and which nobody at the authority has made. Refusals are those of both.
	CompleteOrderPayment(ctx context.Context, p Payment, o order.Order, c order.Change, jobs ...Job) error
	// Payment returns a payment by its reference.
	Payment(ctx context.Context, reference string) (Payment, error)
	// PaymentsOf returns an application's payments, the newest first, at most limit.
	PaymentsOf(ctx context.Context, reference string, limit int) ([]Payment, error)
	// PaymentsOfOrder returns an order's payments likewise. Whoever orders names the order, so its reference may be an application's too.
	PaymentsOfOrder(ctx context.Context, reference string, limit int) ([]Payment, error)
	// PaymentHistory returns a payment's versions in their order.
	PaymentHistory(ctx context.Context, reference string) ([]Payment, error)
	// CountPayments returns how many there are in each state that any is in.
	CountPayments(ctx context.Context) (map[PaymentState]int, error)
}

// Payment is one try to pay a fee.
type Payment struct {
	// Reference is what the provider knows it by, too.
	Reference string
	// Application or Order is the reference of what the fee is of; the other one is empty.
	Application, Order string
	// Sum is what is asked for, in kuruş.
	Sum       int64
	StartedAt time.Time

	// Version is 1 when it is started; each change adds one.
	Version int
	State   PaymentState
	// Number is the provider's, which no two payments have; empty until it is known.
	Number string
	// Received is what the provider says has come, in the hundredths of Currency; 0 while nothing has.
	Received int64
	Currency string
	// Basis says in a few words of the program why it is in this state.
	Basis     string
	ChangedAt time.Time
}

// PaymentState is where a payment stands.
type PaymentState string

// The states.
const (
	PaymentStarted       PaymentState = "started"        // the person was sent to the provider; what became of it is not known yet
	PaymentPaid          PaymentState = "paid"           // its application, or order, has the money
	PaymentFailed        PaymentState = "failed"         // no money came
	PaymentRefunding     PaymentState = "refunding"      // money came that is not due, or not any more, and goes back
	PaymentRefunded      PaymentState = "refunded"       // it went back
	PaymentRefundRefused PaymentState = "refund_refused" // the provider does not send it back
)
