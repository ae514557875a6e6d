// Package payments has people pay fees at a provider, of applications and of orders, and sends money back that is not due.
//
// Money and what it is paid for agree. A payment becomes paid in the transaction in which its application, or order, takes the money, or not
// at all. What a provider says twice, late or after somebody else has said it changes nothing. Money that came for another sum, or for what
// is not due or not any more, goes back by itself. What a provider has not told is asked of it (job "payment"), and a refund is asked for once:
// its state is looked up before it is asked for again (job "refund"). What is paid for is a Debt.
//
// No card number and no person's name is in a payment, a job or the log: a payment is known by its reference.
package payments

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that payments need, as store.Store has it.
type Store interface {
	store.Payments
	Application(ctx context.Context, reference string) (application.Application, error)
	Order(ctx context.Context, reference string) (order.Order, error)
}

// Provider takes payments on a page of its own. An error of Start, Look or Refund says that nothing is known of what has happened.
type Provider interface {
	// Start returns the page for an order; the same order again has the same page.
	Start(ctx context.Context, o paymentapi.Order) (page string, err error)
	// Look returns what is known of a payment.
	Look(ctx context.Context, reference string) (paymentapi.Report, error)
	// Refund sends a payment's money back. Whatever has the same key is sent once.
	Refund(ctx context.Context, reference, key string, sum int64, currency string) (paymentapi.Report, error)
}

// Options is what an Engine is made of. All are required but Provider and WakeJobs.
type Options struct {
	Store    Store
	Progress *progress.Engine
	// Provider is nil where people pay by other ways, which the desk notes.
	Provider Provider
	// ReturnURL and NoticeURL are the portal's addresses for the person who comes back and for the provider's notices. The
	// reference of the payment is appended to the first.
	ReturnURL, NoticeURL string
	// OrderJobs returns the jobs that follow from a change of an order, as progress.Options.Effects does for applications.
	OrderJobs func(before, after order.Order, c order.Change) []store.Job
	WakeJobs  func()
	Log       *slog.Logger
	Now       func() time.Time
}

// Engine is safe for concurrent use; several processes may have one on the same store.
type Engine struct{ Options }

const (
	// pageLifetime is how long the provider's page takes a payment, and reuse how long a person who comes again gets the same one.
	pageLifetime = 30 * time.Minute
	reuse        = 20 * time.Minute
	// lookAfter is when the provider is asked for what it has not told, and lookFor when it is asked for the last time.
	lookAfter = 2 * time.Minute
	lookFor   = 24 * time.Hour
	refundFor = 30 * 24 * time.Hour

	maxTries    = 5
	maxPayments = 100 // of one fee that are looked at
)

// perDay bounds how many payments of a fee are started.
var perDay = store.Limit{Count: 10, Window: 24 * time.Hour}

// New returns an engine.
func New(o Options) *Engine {
	if o.WakeJobs == nil {
		o.WakeJobs = func() {}
	}
	return &Engine{o}
}

// Takes reports whether people can pay here.
func (e *Engine) Takes() bool { return e.Provider != nil }

// Start returns where the person is sent who pays a fee: the provider's page, or, where a payment that was begun before has been made
// meanwhile, the page of what became of it. Refusals: refusal.ApplicationState if nothing is due, refusal.PaymentLimit, refusal.PaymentAway.
func (e *Engine) Start(ctx context.Context, d Debt, language string) (string, error) {
	if e.Provider == nil || !d.Due {
		return "", fault.Errorf(refusal.ApplicationState, "%s: no payment is due", d.name())
	}
	p, err := e.open(ctx, d)
	if err != nil {
		return "", err
	}
	if p.State != store.PaymentStarted {
		return e.ReturnURL + p.Reference, nil
	}
	page, err := e.Provider.Start(ctx, paymentapi.Order{
		Reference: p.Reference, Sum: p.Sum, Currency: paymentapi.TRY, ReturnURL: e.ReturnURL + p.Reference, NoticeURL: e.NoticeURL,
		Language: language, LifetimeSeconds: int(pageLifetime / time.Second),
	})
	if err != nil {
		return "", fault.New(refusal.PaymentAway, err)
	}
	return page, nil
}

// open returns the payment that is under way, as the provider knows it now, or a new one: so that a person who comes again pays once.
func (e *Engine) open(ctx context.Context, d Debt) (store.Payment, error) {
	now := e.Now()
	list, err := e.paymentsOf(ctx, d, 1)
	if err != nil {
		return store.Payment{}, err
	}
	if len(list) == 1 && list[0].State == store.PaymentStarted && now.Sub(list[0].StartedAt) < reuse {
		p, err := e.Look(ctx, list[0].Reference)
		if err != nil || p.State != store.PaymentFailed {
			return p, err
		}
	}
	p := store.Payment{
		Reference: reference.New(), Application: d.Application, Order: d.Order, Sum: d.Sum, StartedAt: now, Version: 1, State: store.PaymentStarted,
		ChangedAt: now,
	}
	look := store.Job{
		Key: lookPrefix + p.Reference, Kind: LookJob, Application: d.Application, DueAt: now.Add(lookAfter), ExpiresAt: now.Add(lookFor + 24*time.Hour),
	}
	if err := e.Store.StartPayment(ctx, p, perDay, look); err != nil {
		return store.Payment{}, fmt.Errorf("start payment: %w", err)
	}
	e.note(p)
	return p, nil
}

// Look asks the provider what has become of a payment whose end is not known, and returns it as it is then. Refusals: refusal.NotFound,
// refusal.PaymentAway.
func (e *Engine) Look(ctx context.Context, ref string) (store.Payment, error) {
	p, err := e.load(ctx, ref)
	if err != nil || p.State != store.PaymentStarted || e.Provider == nil {
		return p, err
	}
	r, err := e.Provider.Look(ctx, ref)
	if err != nil {
		return p, fault.New(refusal.PaymentAway, err)
	}
	return e.Settle(ctx, r, "look")
}

func (e *Engine) load(ctx context.Context, ref string) (store.Payment, error) {
	p, err := e.Store.Payment(ctx, ref)
	if errors.Is(err, store.ErrNotFound) {
		return store.Payment{}, fault.Errorf(refusal.NotFound, "there is no such payment")
	}
	if err != nil {
		return store.Payment{}, fmt.Errorf("payment: %w", err)
	}
	return p, nil
}

// Jobs of payments: LookJob asks what became of one, RefundJob sends the money of a fee's payments back.
const (
	LookJob    = "payment"
	RefundJob  = "refund"
	lookPrefix = LookJob + "/"
)

// DoLook does a job that asks what became of a payment. What is still open is asked for again, until it has been for a day: then it has failed.
func (e *Engine) DoLook(ctx context.Context, j store.LeasedJob) error {
	p, err := e.Look(ctx, strings.TrimPrefix(j.Key, lookPrefix))
	if err != nil || p.State != store.PaymentStarted {
		return err
	}
	if e.Now().Before(p.StartedAt.Add(lookFor)) {
		return fmt.Errorf("payment %s: nothing has become of it yet", p.Reference)
	}
	_, err = e.change(ctx, next(p, store.PaymentFailed, paymentapi.Report{}, "never", e.Now()))
	return err
}

// note logs a payment that has changed.
func (e *Engine) note(p store.Payment) {
	kind, of := "application", p.Application
	if p.Order != "" {
		kind, of = "order", p.Order
	}
	e.Log.Info("payment", "reference", p.Reference, kind, of, "state", p.State, "basis", p.Basis, "version", p.Version)
}
