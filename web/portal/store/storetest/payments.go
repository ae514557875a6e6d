package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var payments = []test{
	{"a payment, until it is refunded", paymentLife},
	{"payments refused", paymentsRefused},
	{"a payment and its application, both or neither", paymentWhole},
	{"payments of one application", paymentLists},
	{"one payment, many answers", racePayment},
	{"one application, two payments", raceTwoPayments},
}

const fee = 125_000

var daily = store.Limit{Count: 3, Window: 24 * time.Hour}

// owing is an application whose fee is due.
func owing(t *testing.T, s store.Store, reference, citizenNumber string) application.Application {
	t.Helper()
	a := application.New(application.NES, application.PaidByPerson, fee)
	a.Reference, a.CitizenNumber, a.Name = reference, citizenNumber, "AYŞE YILMAZ"
	must(t, s.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: citizenNumber, At: now}))
	return walk(t, s, stored(t, s, reference), path[:4]...)
}

// started is a payment of an application's fee that is kept.
func started(t *testing.T, s store.Store, reference string, a application.Application) store.Payment {
	t.Helper()
	p := newPayment(reference, a)
	must(t, s.StartPayment(t.Context(), p, daily))
	return p
}

func newPayment(reference string, a application.Application) store.Payment {
	at := now.Add(time.Hour)
	return store.Payment{Reference: reference, Application: a.Reference, Sum: a.Fee, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
}

// next is the next version of a payment, a minute later.
func next(p store.Payment, state store.PaymentState, number string) store.Payment {
	p.Version, p.State, p.Number, p.ChangedAt = p.Version+1, state, number, p.ChangedAt.Add(time.Minute)
	p.Received, p.Currency, p.Basis = p.Sum, "TRY", "notice"
	return p
}

// paidBy is the change by which an application takes a payment's money, applied.
func paidBy(t *testing.T, a application.Application, p store.Payment) (application.Application, application.Change) {
	t.Helper()
	a, c, err := a.Apply(application.Change{Event: application.Pay, By: application.Provider, At: p.ChangedAt, Basis: p.Reference}, rules)
	must(t, err)
	return a, c
}

func wantPayment(t *testing.T, s store.Store, want store.Payment) {
	t.Helper()
	got, err := s.Payment(t.Context(), want.Reference)
	must(t, err)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func paymentLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := owing(t, s, "A", ayse)
	_, err := s.Payment(ctx, "P")
	wantNotFound(t, err)
	first := started(t, s, "P", a)
	wantPayment(t, s, first)
	paid := next(first, store.PaymentPaid, "N1")
	after, c := paidBy(t, a, paid)
	must(t, s.CompletePayment(ctx, paid, after, c))
	wantPayment(t, s, paid)
	got := stored(t, s, "A")
	if got.State != application.InProduction || !got.PaidAt.Equal(paid.ChangedAt) {
		t.Errorf("the application is in %s, paid at %s", got.State, got.PaidAt)
	}
	refunding := next(paid, store.PaymentRefunding, "N1")
	refunded := next(refunding, store.PaymentRefunded, "N1")
	must(t, s.ChangePayment(ctx, refunding))
	must(t, s.ChangePayment(ctx, refunded))
	history, err := s.PaymentHistory(ctx, "P")
	must(t, err)
	if want := []store.Payment{first, paid, refunding, refunded}; !reflect.DeepEqual(history, want) {
		t.Errorf("got %+v, want %+v", history, want)
	}
}

func paymentsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, other := owing(t, s, "A", ayse), owing(t, s, "B", mehmet)
	for what, change := range map[string]func(*store.Payment){
		"another sum":            func(p *store.Payment) { p.Sum++ },
		"of no application":      func(p *store.Payment) { p.Application = "C" },
		"of one that owes none":  func(p *store.Payment) { p.Application = applied(t, s, "D", "00000000005").Reference },
		"of one that is no sum":  func(p *store.Payment) { p.Sum = 0 },
		"that begins later":      func(p *store.Payment) { p.Version = 2 },
		"that is paid already":   func(p *store.Payment) { p.State = store.PaymentPaid },
		"with an entry's name":   func(p *store.Payment) { p.Reference = "P/1" },
		"with endless words":     func(p *store.Payment) { p.Basis = string(make([]byte, 1000)) },
		"of less than no money":  func(p *store.Payment) { p.Received = -1 },
		"of a payment's name":    func(p *store.Payment) { p.Reference = "Q" },
		"of an empty payment":    func(p *store.Payment) { *p = store.Payment{} },
		"with an empty name":     func(p *store.Payment) { p.Reference = "" },
		"of a sum below nothing": func(p *store.Payment) { p.Sum = -a.Fee },
	} {
		if what == "of a payment's name" {
			started(t, s, "Q", other)
		}
		p := newPayment("P", a)
		change(&p)
		if err := s.StartPayment(ctx, p, daily); err == nil {
			t.Errorf("%s: it was kept", what)
		}
	}
	first := started(t, s, "P", a)
	numbered := next(first, store.PaymentRefunding, "N1")
	must(t, s.ChangePayment(ctx, numbered))
	for what, p := range map[string]store.Payment{
		"the same version":    numbered,
		"a version too far":   func() store.Payment { p := next(numbered, store.PaymentRefunded, "N1"); p.Version++; return p }(),
		"another number":      next(numbered, store.PaymentRefunded, "N2"),
		"no number any more":  next(numbered, store.PaymentRefunded, ""),
		"another application": func() store.Payment { p := next(numbered, store.PaymentRefunded, "N1"); p.Application = "B"; return p }(),
		"another sum":         func() store.Payment { p := next(numbered, store.PaymentRefunded, "N1"); p.Sum++; return p }(),
		"one that is unknown": next(newPayment("X", a), store.PaymentPaid, "N3"),
	} {
		err := s.ChangePayment(ctx, p)
		if fault.CodeOf(err) != refusal.PaymentChanged {
			t.Errorf("%s: %v", what, err)
		}
	}
	q, err := s.Payment(ctx, "Q")
	must(t, err)
	wantCode(t, s.ChangePayment(ctx, next(q, store.PaymentPaid, "N1")), refusal.PaymentChanged) // another payment has the number
	wantPayment(t, s, numbered)
	started(t, s, "P2", a)
	started(t, s, "P3", a)
	wantCode(t, s.StartPayment(ctx, newPayment("P4", a), daily), refusal.PaymentLimit)
	later := newPayment("P4", a)
	later.StartedAt = later.StartedAt.Add(daily.Window)
	must(t, s.StartPayment(ctx, later, daily))
}

// paymentWhole has either half refused: nothing of the other is kept then.
func paymentWhole(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := owing(t, s, "A", ayse)
	first := started(t, s, "P", a)
	paid := next(first, store.PaymentPaid, "N1")
	after, c := paidBy(t, a, paid)
	late := paid
	late.Version++
	job := store.Job{Key: "refund/P", Kind: "refund", Application: "A", DueAt: now, ExpiresAt: now.Add(time.Hour)}
	wantCode(t, s.CompletePayment(ctx, late, after, c, job), refusal.PaymentChanged)
	wantCode(t, s.ChangePayment(ctx, late, job), refusal.PaymentChanged)
	if got := stored(t, s, "A"); got.State != application.PaymentDue {
		t.Errorf("the application is in %s without the money", got.State)
	}
	cancelled, err := change(t, s, a, changeOf(application.Cancel, application.Person, ayse, now.Add(time.Hour)))
	must(t, err)
	wantCode(t, s.CompletePayment(ctx, paid, after, c, job), refusal.ApplicationChanged)
	wantPayment(t, s, first)
	if got := stored(t, s, "A"); got.Version != cancelled.Version {
		t.Errorf("the application has version %d", got.Version)
	}
	wantCode(t, s.StartPayment(ctx, newPayment("P2", a), daily, job), refusal.ApplicationState)
	_, err = s.LeaseJob(ctx, "refund", now, now.Add(time.Minute))
	wantNotFound(t, err) // what was refused has put nothing down
	must(t, s.ChangePayment(ctx, next(first, store.PaymentRefunding, "N1"), job))
	leased, err := s.LeaseJob(ctx, "refund", now, now.Add(time.Minute))
	must(t, err)
	if leased.Key != job.Key || leased.Application != "A" {
		t.Errorf("put down was %+v", leased)
	}
}

func paymentLists(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, b := owing(t, s, "A", ayse), owing(t, s, "B", mehmet)
	first := started(t, s, "P1", a)
	second := newPayment("P2", a)
	second.StartedAt = second.StartedAt.Add(time.Minute)
	must(t, s.StartPayment(ctx, second, daily))
	started(t, s, "P3", b)
	must(t, s.ChangePayment(ctx, next(first, store.PaymentFailed, "")))
	for limit, want := range map[int][]string{10: {"P2", "P1"}, 1: {"P2"}} {
		list, err := s.PaymentsOf(ctx, "A", limit)
		must(t, err)
		var got []string
		for _, p := range list {
			got = append(got, p.Reference)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at most %d: %q", limit, got)
		}
	}
	counts, err := s.CountPayments(ctx)
	must(t, err)
	if want := map[store.PaymentState]int{store.PaymentStarted: 2, store.PaymentFailed: 1}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counted %v", counts)
	}
}

func racePayment(t *testing.T, s store.Store) {
	a := owing(t, s, "A", ayse)
	paid := next(started(t, s, "P", a), store.PaymentPaid, "N1")
	after, c := paidBy(t, a, paid)
	oneWins(t, atOnce(16, func(int) error { return s.CompletePayment(t.Context(), paid, after, c) }), refusal.PaymentChanged)
	if got := stored(t, s, "A"); got.Version != a.Version+1 {
		t.Errorf("the application has version %d, want %d", got.Version, a.Version+1)
	}
}

func raceTwoPayments(t *testing.T, s store.Store) {
	a := owing(t, s, "A", ayse)
	both := []store.Payment{next(started(t, s, "P1", a), store.PaymentPaid, "N1"), next(started(t, s, "P2", a), store.PaymentPaid, "N2")}
	errs := atOnce(2, func(i int) error {
		after, c := paidBy(t, a, both[i])
		return s.CompletePayment(t.Context(), both[i], after, c)
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
