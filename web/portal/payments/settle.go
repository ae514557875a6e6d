package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Settle takes what the provider says of a payment, as basis says how, and returns the payment as it is then. The same again changes
// nothing. Refusals: refusal.NotFound; refusal.NoticeInvalid if the money has another number than it had; refusal.PaymentChanged where others change it
// all the time, or another payment has its number.
func (e *Engine) Settle(ctx context.Context, r paymentapi.Report, basis string) (p store.Payment, err error) {
	for range maxTries {
		if p, err = e.load(ctx, r.Reference); err != nil {
			return p, err
		}
		p, err = e.settle(ctx, p, r, basis)
		if code := fault.CodeOf(err); code != refusal.PaymentChanged && code != refusal.ApplicationChanged {
			return p, err
		}
	}
	return p, err
}

// settle takes a report for the version that p is.
func (e *Engine) settle(ctx context.Context, p store.Payment, r paymentapi.Report, basis string) (store.Payment, error) {
	if p.Number != "" && r.Number != "" && p.Number != r.Number {
		return p, fault.Errorf(refusal.NoticeInvalid, "payment %s: the provider names another number", p.Reference)
	}
	now, came := e.Now(), p.State == store.PaymentStarted || p.State == store.PaymentFailed
	switch r.State {
	case paymentapi.Paid, paymentapi.Refunding:
		if came {
			return e.take(ctx, p, r, basis)
		}
	case paymentapi.Failed:
		if p.State == store.PaymentStarted {
			return e.change(ctx, next(p, store.PaymentFailed, r, basis, now))
		}
	case paymentapi.Refunded:
		if came || p.State == store.PaymentRefunding || p.State == store.PaymentRefundRefused {
			return e.change(ctx, next(p, store.PaymentRefunded, r, basis, now))
		}
	case paymentapi.RefundRefused:
		if p.State == store.PaymentRefunding {
			return e.change(ctx, next(p, store.PaymentRefundRefused, r, basis, now))
		}
	}
	return p, nil
}

// take has what was paid for take the money that came, or sends it back.
func (e *Engine) take(ctx context.Context, p store.Payment, r paymentapi.Report, basis string) (store.Payment, error) {
	paid := next(p, store.PaymentPaid, r, basis, e.Now())
	if r.Sum != p.Sum || r.Currency != paymentapi.TRY {
		return e.sendBack(ctx, paid, "other_sum")
	}
	d, err := e.Debt(ctx, p.Application, p.Order)
	if err != nil {
		return p, err
	}
	if d.Sum != p.Sum {
		return e.sendBack(ctx, paid, "not_due")
	}
	if err = d.take(ctx, e, paid); err == nil {
		e.note(paid)
		return paid, nil
	}
	switch fault.CodeOf(err) {
	case refusal.ApplicationState, refusal.ActNotPossible: // it is not due, or not any more: E-Onay may have ended meanwhile
		return e.sendBack(ctx, paid, "not_due")
	}
	return p, fmt.Errorf("complete payment: %w", err)
}

// sendBack keeps that money came which goes back, and puts down the job that sends it.
func (e *Engine) sendBack(ctx context.Context, came store.Payment, basis string) (store.Payment, error) {
	came.State, came.Basis = store.PaymentRefunding, basis
	return e.change(ctx, came, refundJob(came.Application, came.Order, "refund/"+came.Reference, e.Now()))
}

// change keeps the next version of a payment.
func (e *Engine) change(ctx context.Context, p store.Payment, jobs ...store.Job) (store.Payment, error) {
	if err := e.Store.ChangePayment(ctx, p, jobs...); err != nil {
		return p, fmt.Errorf("change payment: %w", err)
	}
	e.note(p)
	e.wake(jobs)
	return p, nil
}

// wake has jobs done that were put down.
func (e *Engine) wake(jobs []store.Job) {
	if len(jobs) > 0 {
		e.WakeJobs()
	}
}

// next is the next version of a payment, with what the provider says of it.
func next(p store.Payment, state store.PaymentState, r paymentapi.Report, basis string, now time.Time) store.Payment {
	p.Version, p.State, p.Basis, p.ChangedAt = p.Version+1, state, basis, now
	if r.Number != "" {
		p.Number, p.Received, p.Currency = r.Number, r.Sum, r.Currency
	}
	return p
}
