package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// pay keeps an application and an order whose fees were paid.
func pay(t *testing.T, s store.Store) {
	t.Helper()
	ctx, at := t.Context(), time.Now()
	a := application.New(application.Seal, application.PaidByPerson, 500)
	a.Reference, a.CitizenNumber, a.Name = "PAID", "11111111110", "MEHMET"
	must(t, s.CreateApplication(ctx, a, application.Change{Event: application.Create, By: application.Person, Who: a.CitizenNumber, At: at}))
	p := store.Payment{Reference: "P", Application: a.Reference, Sum: 500, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
	must(t, s.StartPayment(ctx, p, store.Limit{Count: 1, Window: time.Hour}))
	p.Version, p.State, p.Number, p.Received, p.Currency, p.Basis = 2, store.PaymentPaid, "N", 500, "TRY", "notice"
	next, c, err := a.Apply(application.Change{Event: application.Pay, By: application.Provider, At: at.Add(time.Second), Basis: "P"}, application.Rules{})
	must(t, err)
	must(t, s.CompletePayment(ctx, p, next, c))
	o := order.Order{Reference: "PAID", Kind: order.Reader, State: order.PaymentDue, Version: 1, Fee: 300, Form: application.Form{}, CreatedAt: at, ChangedAt: at}
	must(t, s.CreateOrder(ctx, o))
	p = store.Payment{Reference: "R", Order: o.Reference, Sum: 300, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
	must(t, s.StartPayment(ctx, p, store.Limit{Count: 1, Window: time.Hour}))
	p.Version, p.State, p.Number, p.Received, p.Currency, p.Basis = 2, store.PaymentPaid, "K", 300, "TRY", "notice"
	after, taken, err := o.Apply(order.Change{Event: order.Pay, At: at.Add(time.Second), Note: "R"})
	must(t, err)
	must(t, s.CompleteOrderPayment(ctx, p, after, taken))
}

// TestAuditFindsPayments puts money where it is not.
func TestAuditFindsPayments(t *testing.T) {
	owner, role := served(t)
	pay(t, open(t, role))
	if found, _ := audit(t, role); len(found) > 0 {
		t.Fatalf("of a whole record: %v", found)
	}
	db := raw(t, owner)
	_, err := db.Exec(context.WithoutCancel(t.Context()), "SET session_replication_role = replica")
	must(t, err)
	for _, change := range []struct{ statement, kind, what string }{
		{`INSERT INTO payment (reference, application, sum, started_at, version, state, number, received, currency, basis, changed_at)
		  SELECT 'Q', application, sum, started_at, 1, 'paid', 'M', 500, 'TRY', '', changed_at FROM payment WHERE reference = 'P'`, record.Payment, record.TakenTwice},
		{`UPDATE payment SET received = 400 WHERE reference = 'P'`, record.Payment, record.PaymentOther},
		{`UPDATE payment_change SET received = 400 WHERE version = 2 AND reference = 'P'`, record.Payment, "is not as it was"},
		{`UPDATE application_change SET basis = 'X' WHERE event = 'pay'`, record.Application, record.TakenWithout},
		{`DELETE FROM payment_change WHERE version = 1`, record.Payment, record.PaymentVersionMissing},
		{`UPDATE goods_order_change SET note = 'X' WHERE event = 'pay'`, record.Order, record.TakenWithout},
		{`UPDATE goods_order_change SET who = '11111111110' WHERE event = 'pay'`, record.Payment, record.PaidForNothing},
		{`UPDATE application_change SET by_actor = 'authority' WHERE event = 'pay'`, record.Payment, record.PaidForNothing},
	} {
		_, err := db.Exec(t.Context(), change.statement)
		must(t, err)
		found, _ := audit(t, role)
		if !slices.ContainsFunc(found, func(f record.Finding) bool { return f.Kind == change.kind && strings.Contains(f.What, change.what) }) {
			t.Errorf("%s: found %v", change.statement, found)
		}
	}
}
