package payments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Effect puts a refund down when an application ends that was paid.
func Effect(before, after application.Application, c application.Change) ([]store.Job, error) {
	if !OfApplication(after).Ended || OfApplication(before).Ended || after.PaidAt.IsZero() {
		return nil, nil
	}
	return []store.Job{refundJob(after.Reference, "", "refund/"+after.Reference, c.At)}, nil
}

// OrderEffect puts a refund down when an order is cancelled that was paid.
func OrderEffect(before, after order.Order, c order.Change) []store.Job {
	if !OfOrder(after).Ended || !OfOrder(before).Paid {
		return nil
	}
	return []store.Job{refundJob("", after.Reference, "refund/order/"+after.Reference, c.At)}
}

// refundJob has money sent back that was paid for an application, or for an order, which is the payload then.
func refundJob(application, order, key string, at time.Time) store.Job {
	return store.Job{Key: key, Kind: RefundJob, Application: application, Payload: []byte(order), DueAt: at, ExpiresAt: at.Add(refundFor)}
}

// DoRefund does a job that sends back what there is no claim to. What was paid by hand has no payment here: the desk knows.
func (e *Engine) DoRefund(ctx context.Context, j store.LeasedJob) error {
	d, err := e.Debt(ctx, j.Application, string(j.Payload))
	if err != nil {
		return err
	}
	list, err := e.paymentsOf(ctx, d, maxPayments)
	if err != nil {
		return err
	}
	var all error
	for _, p := range list {
		if p.State == store.PaymentPaid && d.Ended {
			var err error
			if p, err = e.change(ctx, next(p, store.PaymentRefunding, paymentapi.Report{}, "ended", e.Now())); err != nil {
				all = errors.Join(all, err)
				continue
			}
		}
		if p.State == store.PaymentRefunding || p.State == store.PaymentRefundRefused {
			all = errors.Join(all, e.refund(ctx, p))
		}
	}
	return all
}

// refund sends a payment's money back. It asks first what became of it: an answer may have been lost.
func (e *Engine) refund(ctx context.Context, p store.Payment) error {
	if e.Provider == nil {
		return fmt.Errorf("%w: payment %s: there is no provider any more", jobs.ErrGiveUp, p.Reference)
	}
	r, err := e.Provider.Look(ctx, p.Reference)
	if err != nil {
		return fmt.Errorf("look at payment %s: %w", p.Reference, err)
	}
	if r.State == paymentapi.Paid || r.State == paymentapi.RefundRefused {
		if r, err = e.Provider.Refund(ctx, p.Reference, p.Reference, p.Received, p.Currency); err != nil {
			return fmt.Errorf("refund payment %s: %w", p.Reference, err)
		}
	}
	if p, err = e.Settle(ctx, r, "refund"); err != nil {
		return err
	}
	switch p.State {
	case store.PaymentRefunded:
		return nil
	case store.PaymentRefundRefused:
		return fmt.Errorf("%w: payment %s: the provider refuses the refund", jobs.ErrGiveUp, p.Reference)
	}
	return fmt.Errorf("payment %s: the provider says %s", p.Reference, r.State)
}

// ByHand returns the payment of a fee whose money people at the authority can decide to send back: what the provider has refused to
// send back, or what was paid for what has ended. Refusals: refusal.ApplicationState if there is none.
func (e *Engine) ByHand(ctx context.Context, d Debt) (store.Payment, error) {
	list, err := e.paymentsOf(ctx, d, maxPayments)
	if err != nil {
		return store.Payment{}, err
	}
	for _, p := range list {
		if isByHand(p, d) {
			return p, nil
		}
	}
	return store.Payment{}, fault.Errorf(refusal.ApplicationState, "%s: nothing to send back by hand", d.name())
}

func isByHand(p store.Payment, d Debt) bool {
	return p.State == store.PaymentRefundRefused || p.State == store.PaymentPaid && d.Ended
}

// RefundByHand has a payment's money sent back because two people at the authority have decided so; the payment's basis names their
// decision. The job does it. It does nothing where it has been called for the decision before, or the money goes back or has gone
// back already. Refusals: refusal.NotFound, refusal.ApplicationState.
func (e *Engine) RefundByHand(ctx context.Context, ref, decision string) error {
	p, err := e.load(ctx, ref)
	if err != nil {
		return err
	}
	basis := "decision/" + decision
	history, err := e.Store.PaymentHistory(ctx, ref)
	if err != nil {
		return fmt.Errorf("payment's history: %w", err)
	}
	if p.State == store.PaymentRefunding || p.State == store.PaymentRefunded ||
		slices.ContainsFunc(history, func(p store.Payment) bool { return p.Basis == basis }) {
		return nil
	}
	d, err := e.Debt(ctx, p.Application, p.Order)
	if err != nil {
		return err
	}
	if !isByHand(p, d) {
		return fault.Errorf(refusal.ApplicationState, "payment %s is %s: no refund by hand", p.Reference, p.State)
	}
	key := fmt.Sprintf("refund/%s/%d", p.Reference, p.Version)
	_, err = e.change(ctx, next(p, store.PaymentRefunding, paymentapi.Report{}, basis, e.Now()), refundJob(p.Application, p.Order, key, e.Now()))
	return err
}
