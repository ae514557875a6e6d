package together

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	Order(ctx context.Context, reference string) (order.Order, error)
	Decision(ctx context.Context, reference string) (store.Decision, error)
}

// Acts are what two officers decide on here. All are required.
type Acts struct {
	Store    Store
	Payments *payments.Engine
	Statuses *statuses.Engine
}

// The kinds of decisions, and of the jobs that do what was decided. A job's key is its decision's reference.
const (
	refundKind = "refund"
	revokeKind = "revoke"
	settleKind = "settle"
	RefundJob  = "decision-refund"
	RevokeJob  = "decision-revoke"
	SettleJob  = "decision-settle"
	doFor      = 30 * 24 * time.Hour
)

// asked is what an officer asks for an application, or for an order; the reference of the other is empty.
type asked struct {
	Application string `json:"application,omitempty"`
	Order       string `json:"order,omitempty"`
	Number      string `json:"number"` // the person's, masked, or a company's
	Reason      string `json:"reason"`
	// Payment, Sum and Currency are of a refund.
	Payment  string `json:"payment,omitempty"`
	Sum      int64  `json:"sum,omitempty"`
	Currency string `json:"currency,omitempty"`
	// Serial is of a revocation, and of one that is settled, Why of the former.
	Serial string                       `json:"serial,omitempty"`
	Why    application.RevocationReason `json:"why,omitempty"`
}

func parse(kind string, bytes []byte) (q asked, err error) {
	if err = decisions.Parse(bytes, &q); err != nil {
		return q, err
	}
	refund := kind == refundKind && (q.Application == "") != (q.Order == "") && q.Payment != "" && q.Sum > 0
	certificate := q.Application != "" && q.Order == "" && q.Serial != ""
	revoke := kind == revokeKind && certificate && q.Why.IsKnown()
	settle := kind == settleKind && certificate
	if q.Number == "" || q.Reason == "" || !refund && !revoke && !settle {
		return q, errors.New("together: what is asked is of no payment and no certificate")
	}
	return q, nil
}

// Reference is that of the application, or of the order.
func (q asked) Reference() string { return cmp.Or(q.Application, q.Order) }

// subject is what no two decisions of a kind are open about. Whoever orders names the order, so it may have an application's reference.
func (q asked) subject() string {
	if q.Order != "" {
		return "order/" + q.Order
	}
	return q.Application
}

// Refund is a refund by the payment provider, for decisions.
func (a *Acts) Refund() decisions.Kind {
	return decisions.Kind{Name: refundKind, Role: store.Reviewer, Describe: describe(refundKind), Perform: a.decided(refundKind, RefundJob, a.canRefund)}
}

// Revoke is a revocation without the person's word, for decisions.
func (a *Acts) Revoke() decisions.Kind {
	return decisions.Kind{Name: revokeKind, Role: store.StatusOfficer, Describe: describe(revokeKind), Perform: a.decided(revokeKind, RevokeJob, a.canRevoke)}
}

// Settle is that the authority is not asked any more for a revocation that it refuses, for decisions.
func (a *Acts) Settle() decisions.Kind {
	return decisions.Kind{Name: settleKind, Role: store.StatusOfficer, Describe: describe(settleKind), Perform: a.decided(settleKind, SettleJob, a.canSettle)}
}

func describe(kind string) func([]byte) (decisions.Description, error) {
	return func(bytes []byte) (decisions.Description, error) {
		q, err := parse(kind, bytes)
		if err != nil {
			return decisions.Description{}, err
		}
		same := func(text string) protocol.Sentence { return protocol.Sentence{TR: text, EN: text} }
		title := message.Sentence("portal.together." + kind)
		d := decisions.Description{
			Title: protocol.Sentence{TR: title.TR + ": " + q.Reference(), EN: title.EN + ": " + q.Reference()},
			Facts: []decisions.Fact{
				{Name: "portal.desk.reference", Value: same(q.Reference())},
				{Name: "portal.desk.applicant", Value: same(q.Number)},
			},
		}
		if kind == refundKind {
			d.Facts = append(d.Facts,
				decisions.Fact{Name: "portal.together.sum", Value: sum(q.Sum, q.Currency)},
				decisions.Fact{Name: "portal.together.payment", Value: same(q.Payment)})
		} else {
			d.Facts = append(d.Facts, decisions.Fact{Name: "portal.desk.certificate", Value: same(q.Serial)})
		}
		if kind == revokeKind {
			d.Facts = append(d.Facts, decisions.Fact{Name: "portal.together.why", Value: message.Sentence("status.reason." + string(q.Why))})
		}
		d.Facts = append(d.Facts, decisions.Fact{Name: "portal.together.reason", Value: same(q.Reason), Long: true})
		return d, nil
	}
}

// sum writes a sum that is in hundredths of a currency, by its code of ISO 4217. A provider may have taken another than was asked for.
func sum(hundredths int64, currency string) protocol.Sentence {
	written := protocol.Sentence{TR: site.Money(message.Turkish, hundredths), EN: site.Money(message.English, hundredths)}
	if currency != paymentapi.TRY {
		written.TR, written.EN = strings.TrimSuffix(written.TR, "TL")+currency, strings.TrimSuffix(written.EN, "TL")+currency
	}
	return written
}

// decided has a job do what a decision asks for, if it can be done still.
func (a *Acts) decided(kind, job string, can func(context.Context, asked) error) func(context.Context, store.Decision, string, time.Time) (store.DecisionEffect, error) {
	return func(ctx context.Context, d store.Decision, _ string, at time.Time) (store.DecisionEffect, error) {
		q, err := parse(kind, d.Asked)
		if err == nil {
			err = can(ctx, q)
		}
		if fault.CodeOf(err) == refusal.ApplicationState {
			err = fault.New(refusal.DecisionOver, err)
		}
		if err != nil {
			return store.DecisionEffect{}, err
		}
		j := store.Job{Key: d.Reference, Kind: job, Application: q.Application, DueAt: at, ExpiresAt: at.Add(doFor)}
		return store.DecisionEffect{Jobs: []store.Job{j}}, nil
	}
}

func (a *Acts) canRefund(ctx context.Context, q asked) error {
	d, err := a.Payments.Debt(ctx, q.Application, q.Order)
	if err != nil {
		return err
	}
	p, err := a.Payments.ByHand(ctx, d)
	if err == nil && p.Reference != q.Payment {
		err = fault.Errorf(refusal.ApplicationState, "payment %s: no refund by hand any more", q.Payment)
	}
	return err
}

func (a *Acts) canRevoke(ctx context.Context, q asked) error {
	_, err := a.revocable(ctx, q.Application)
	return err
}

func (a *Acts) canSettle(ctx context.Context, q asked) error {
	_, err := a.Statuses.ToSettle(ctx, q.Application)
	return err
}

// revocable returns an application whose certificate the authority can revoke now. Refusals: refusal.NotFound, refusal.ApplicationState.
func (a *Acts) revocable(ctx context.Context, reference string) (application.Application, error) {
	c, err := a.Statuses.Certificate(ctx, reference)
	if err == nil && !slices.Contains(a.Statuses.Possible(c, application.Authority), application.Revoke) {
		err = fault.Errorf(refusal.ApplicationState, "application %s in %s: no revocation", reference, c.State)
	}
	return c.Application, err
}

// DoRefund does a job that sends back what two officers have decided on. Done again it changes nothing.
func (a *Acts) DoRefund(ctx context.Context, j store.LeasedJob) error {
	d, q, err := a.ofJob(ctx, refundKind, j)
	if err != nil {
		return err
	}
	return giveUp(a.Payments.RefundByHand(ctx, q.Payment, d.Reference))
}

// DoRevoke does a job that revokes the certificate that two officers have decided on. Done again it changes nothing.
func (a *Acts) DoRevoke(ctx context.Context, j store.LeasedJob) error {
	d, q, err := a.ofJob(ctx, revokeKind, j)
	if err != nil {
		return err
	}
	return giveUp(a.Statuses.RevokeTogether(ctx, q.Application, d.Reference, d.End.By, q.Reason, q.Why))
}

// DoSettle does a job that ends the requests for a revocation, which two officers have decided on. Done again it changes nothing.
func (a *Acts) DoSettle(ctx context.Context, j store.LeasedJob) error {
	_, q, err := a.ofJob(ctx, settleKind, j)
	if err != nil {
		return err
	}
	return giveUp(a.Statuses.Settle(ctx, q.Application))
}

// ofJob returns the decision that a job does. One that was not confirmed is done by no job, whoever has put it down.
func (a *Acts) ofJob(ctx context.Context, kind string, j store.LeasedJob) (d store.Decision, q asked, err error) {
	if d, err = a.Store.Decision(ctx, j.Key); err != nil {
		return d, q, fmt.Errorf("decision: %w", err)
	}
	if d.Kind != kind || d.End == nil || d.End.Outcome != store.Confirmed {
		return d, q, fmt.Errorf("%w: decision %s was not confirmed", jobs.ErrGiveUp, d.Reference)
	}
	q, err = parse(kind, d.Asked)
	return d, q, err
}

// giveUp has a job given up whose refusal lasts.
func giveUp(err error) error {
	switch fault.CodeOf(err) {
	case refusal.ApplicationState, refusal.NotFound:
		return fmt.Errorf("%w: %w", jobs.ErrGiveUp, err)
	}
	return err
}
