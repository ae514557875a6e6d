package payments

import (
	"context"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Debt is a fee, as it is at one moment: an application's, or an order's. All that payments need to know of either is in it.
type Debt struct {
	// Application or Order is the reference of what the fee is of; the other one is empty.
	Application, Order string
	Sum                int64 // kuruş; 0 where there is no fee
	Due                bool  // somebody owes it now
	Paid               bool
	Ended              bool // nothing will be made of what was paid for: money that came goes back
	// take has what the fee is of take the money of a payment, in the transaction in which that becomes paid. Refusals:
	// refusal.ApplicationState and refusal.ActNotPossible where the fee is not due, or not any more; those of the store.
	take func(ctx context.Context, e *Engine, paid store.Payment) error
}

// OfApplication is an application's fee.
func OfApplication(a application.Application) Debt {
	return Debt{
		Application: a.Reference, Sum: a.Fee, Due: a.State == application.PaymentDue && a.Fee > 0 && a.PaidAt.IsZero(), Paid: !a.PaidAt.IsZero(),
		Ended: a.State == application.Cancelled || a.State == application.Rejected,
		take: func(ctx context.Context, e *Engine, paid store.Payment) error {
			m, err := e.Progress.Prepare(a, application.Change{Event: application.Pay, By: application.Provider, Basis: paid.Reference})
			if err == nil {
				err = e.Store.CompletePayment(ctx, paid, m.Application, m.Change, m.Jobs...)
			}
			if err == nil {
				e.Progress.Kept(m)
			}
			return err
		},
	}
}

// OfOrder is an order's fee.
func OfOrder(o order.Order) Debt {
	return Debt{
		Order: o.Reference, Sum: o.Fee, Due: o.State == order.PaymentDue && o.Fee > 0,
		Paid:  o.Fee > 0 && (o.State == order.Paid || o.State == order.Sent || o.State == order.Opened),
		Ended: o.State == order.Cancelled,
		take: func(ctx context.Context, e *Engine, paid store.Payment) error {
			next, c, err := o.Apply(order.Change{Event: order.Pay, At: paid.ChangedAt, Note: paid.Reference})
			if err != nil {
				return err
			}
			jobs := e.OrderJobs(o, next, c)
			if err := e.Store.CompleteOrderPayment(ctx, paid, next, c, jobs...); err != nil {
				return err
			}
			e.Log.Info("order", "reference", o.Reference, "event", c.Event, "to", next.State)
			e.wake(jobs)
			return nil
		},
	}
}

// name is a debt for errors.
func (d Debt) name() string {
	if d.Order != "" {
		return "order " + d.Order
	}
	return "application " + d.Application
}

// Debt returns the fee of an application, or of an order; the reference of the other is empty.
func (e *Engine) Debt(ctx context.Context, application, order string) (Debt, error) {
	if order != "" {
		o, err := e.Store.Order(ctx, order)
		if err != nil {
			return Debt{}, fmt.Errorf("order: %w", err)
		}
		return OfOrder(o), nil
	}
	a, err := e.Store.Application(ctx, application)
	if err != nil {
		return Debt{}, fmt.Errorf("application: %w", err)
	}
	return OfApplication(a), nil
}

// paymentsOf returns the payments of a debt, the newest first, at most limit.
func (e *Engine) paymentsOf(ctx context.Context, d Debt, limit int) (list []store.Payment, err error) {
	if d.Order != "" {
		list, err = e.Store.PaymentsOfOrder(ctx, d.Order, limit)
	} else {
		list, err = e.Store.PaymentsOf(ctx, d.Application, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("payments: %w", err)
	}
	return list, nil
}
