package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var orderPayments = []test{
	{"a payment of an order, until it is refunded", orderPaymentLife},
	{"payments of an order refused", orderPaymentsRefused},
	{"a payment and its order, both or neither", orderPaymentWhole},
	{"an order named as an application is", sameReference},
	{"one order, two payments", raceTwoOrderPayments},
}

// owingOrder is an order whose fee is due.
func owingOrder(t *testing.T, s store.Store, reference string) order.Order {
	t.Helper()
	return acted(t, s, ordered(t, s, reference, now), order.Accept)
}

// acted is an order after an officer's event.
func acted(t *testing.T, s store.Store, o order.Order, e order.Event) order.Order {
	t.Helper()
	o, c, err := o.Apply(order.Change{Event: e, Who: officer, At: now.Add(time.Minute), Note: "DK-1"})
	must(t, err)
	must(t, s.ChangeOrder(t.Context(), o, c))
	return o
}

func newOrderPayment(reference string, o order.Order) store.Payment {
	at := now.Add(time.Hour)
	return store.Payment{Reference: reference, Order: o.Reference, Sum: o.Fee, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
}

// startedFor is a payment of an order's fee that is kept.
func startedFor(t *testing.T, s store.Store, reference string, o order.Order) store.Payment {
	t.Helper()
	p := newOrderPayment(reference, o)
	must(t, s.StartPayment(t.Context(), p, daily))
	return p
}

// takes is the change by which an order takes a payment's money, applied.
func takes(t *testing.T, o order.Order, p store.Payment) (order.Order, order.Change) {
	t.Helper()
	o, c, err := o.Apply(order.Change{Event: order.Pay, At: p.ChangedAt, Note: p.Reference})
	must(t, err)
	return o, c
}

func orderPaymentLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	o := owingOrder(t, s, "A")
	first := startedFor(t, s, "P", o)
	wantPayment(t, s, first)
	paid := next(first, store.PaymentPaid, "N1")
	after, c := takes(t, o, paid)
	must(t, s.CompleteOrderPayment(ctx, paid, after, c))
	wantPayment(t, s, paid)
	if got, err := s.Order(ctx, "A"); err != nil || !reflect.DeepEqual(got, after) {
		t.Errorf("the order is %+v, want %+v: %v", got, after, err)
	}
	if history, err := s.OrderHistory(ctx, "A"); err != nil || !reflect.DeepEqual(history[len(history)-1], c) {
		t.Errorf("its history is %+v: %v", history, err)
	}
	refunding := next(paid, store.PaymentRefunding, "N1")
	must(t, s.ChangePayment(ctx, refunding))
	history, err := s.PaymentHistory(ctx, "P")
	must(t, err)
	if want := []store.Payment{first, paid, refunding}; !reflect.DeepEqual(history, want) {
		t.Errorf("got %+v, want %+v", history, want)
	}
	list, err := s.PaymentsOfOrder(ctx, "A", 9)
	must(t, err)
	if want := []store.Payment{refunding}; !reflect.DeepEqual(list, want) {
		t.Errorf("of the order: %+v, want %+v", list, want)
	}
}

func orderPaymentsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	o, a := owingOrder(t, s, "A"), owing(t, s, "C", ayse)
	for what, change := range map[string]func(*store.Payment){
		"another sum":             func(p *store.Payment) { p.Sum++ },
		"of no order":             func(p *store.Payment) { p.Order = "X" },
		"of one that owes none":   func(p *store.Payment) { p.Order = ordered(t, s, "B", now).Reference },
		"of an application too":   func(p *store.Payment) { p.Application, p.Sum = a.Reference, a.Fee },
		"of nothing":              func(p *store.Payment) { p.Order = "" },
		"of an application's sum": func(p *store.Payment) { p.Order, p.Sum = a.Reference, a.Fee },
	} {
		p := newOrderPayment("P", o)
		change(&p)
		if err := s.StartPayment(ctx, p, daily); err == nil {
			t.Errorf("%s: it was kept", what)
		}
	}
	first := startedFor(t, s, "P", o)
	another := next(first, store.PaymentFailed, "")
	another.Order = owingOrder(t, s, "D").Reference
	wantCode(t, s.ChangePayment(ctx, another), refusal.PaymentChanged)
	another.Order, another.Application = "", a.Reference
	wantCode(t, s.ChangePayment(ctx, another), refusal.PaymentChanged)
	startedFor(t, s, "P2", o)
	startedFor(t, s, "P3", o)
	wantCode(t, s.StartPayment(ctx, newOrderPayment("P4", o), daily), refusal.PaymentLimit)
}

// orderPaymentWhole has either half refused: nothing of the other is kept then. Jobs come with what is kept.
func orderPaymentWhole(t *testing.T, s store.Store) {
	ctx := t.Context()
	o := owingOrder(t, s, "A")
	first := startedFor(t, s, "P", o)
	paid := next(first, store.PaymentPaid, "N1")
	after, c := takes(t, o, paid)
	late := paid
	late.Version++
	job := store.Job{Key: "refund/order/A", Kind: "refund", Payload: []byte("A"), DueAt: now, ExpiresAt: now.Add(time.Hour)}
	wantCode(t, s.CompleteOrderPayment(ctx, late, after, c, job), refusal.PaymentChanged)
	if got, err := s.Order(ctx, "A"); err != nil || got.State != order.PaymentDue {
		t.Errorf("the order is in %s without the money: %v", got.State, err)
	}
	cancelled := acted(t, s, o, order.Cancel)
	wantCode(t, s.CompleteOrderPayment(ctx, paid, after, c, job), refusal.ApplicationChanged)
	wantPayment(t, s, first)
	wantCode(t, s.StartPayment(ctx, newOrderPayment("P2", o), daily, job), refusal.ApplicationState)
	wantCode(t, s.ChangeOrder(ctx, cancelled, c, job), refusal.ApplicationChanged)
	_, err := s.LeaseJob(ctx, "refund", now, now.Add(time.Minute))
	wantNotFound(t, err) // what was refused has put nothing down
	other := ordered(t, s, "B", now)
	other, change, err := other.Apply(order.Change{Event: order.Accept, Who: officer, At: now})
	must(t, err)
	must(t, s.ChangeOrder(ctx, other, change, job))
	leased, err := s.LeaseJob(ctx, "refund", now, now.Add(time.Minute))
	must(t, err)
	if leased.Key != job.Key || string(leased.Payload) != "A" {
		t.Errorf("put down was %+v", leased)
	}
}

// sameReference has somebody name their order as an application is named: neither has the other's payments.
func sameReference(t *testing.T, s store.Store) {
	a, o := owing(t, s, "A", ayse), owingOrder(t, s, "A")
	ofApplication, ofOrder := started(t, s, "P1", a), startedFor(t, s, "P2", o)
	list, err := s.PaymentsOf(t.Context(), "A", 9)
	must(t, err)
	if want := []store.Payment{ofApplication}; !reflect.DeepEqual(list, want) {
		t.Errorf("of the application: %+v, want %+v", list, want)
	}
	list, err = s.PaymentsOfOrder(t.Context(), "A", 9)
	must(t, err)
	if want := []store.Payment{ofOrder}; !reflect.DeepEqual(list, want) {
		t.Errorf("of the order: %+v, want %+v", list, want)
	}
	if got := stored(t, s, "A"); got.State != application.PaymentDue {
		t.Errorf("the application is in %s", got.State)
	}
}

func raceTwoOrderPayments(t *testing.T, s store.Store) {
	o := owingOrder(t, s, "A")
	both := []store.Payment{next(startedFor(t, s, "P1", o), store.PaymentPaid, "N1"), next(startedFor(t, s, "P2", o), store.PaymentPaid, "N2")}
	errs := atOnce(2, func(i int) error {
		after, c := takes(t, o, both[i])
		return s.CompleteOrderPayment(t.Context(), both[i], after, c)
	})
	oneWins(t, errs, refusal.ApplicationChanged)
	for i, err := range errs {
		want := store.PaymentPaid
		if err != nil {
			want = store.PaymentStarted
		}
		if got, err := s.Payment(t.Context(), both[i].Reference); err != nil || got.State != want {
			t.Errorf("%s is %s, want %s: %v", both[i].Reference, got.State, want, err)
		}
	}
}
