package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// paidDatabase has an application whose fee was paid by its second payment, and an order whose fee was paid.
func paidDatabase(t *testing.T) string {
	t.Helper()
	ctx, at, path := t.Context(), time.UnixMilli(1000), filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	a := application.New(application.Seal, application.PaidByPerson, 500)
	a.Reference, a.CitizenNumber, a.Name = "A", "10000000146", "AYŞE"
	must(t, s.CreateApplication(ctx, a, application.Change{Event: application.Create, By: application.Person, Who: a.CitizenNumber, At: at}))
	limit := store.Limit{Count: 3, Window: time.Hour}
	first := store.Payment{Reference: "P", Application: "A", Sum: 500, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
	second := first
	second.Reference = "Q"
	must(t, s.StartPayment(ctx, first, limit))
	must(t, s.StartPayment(ctx, second, limit))
	first.Version, first.State, first.Basis = 2, store.PaymentFailed, "look"
	must(t, s.ChangePayment(ctx, first))
	second.Version, second.State, second.Number, second.Received, second.Currency, second.Basis = 2, store.PaymentPaid, "N", 500, "TRY", "notice"
	next, c, err := a.Apply(application.Change{Event: application.Pay, By: application.Provider, At: at.Add(time.Second), Basis: "Q"}, application.Rules{})
	must(t, err)
	must(t, s.CompletePayment(ctx, second, next, c))
	o := order.Order{Reference: "G", Kind: order.Reader, State: order.PaymentDue, Version: 1, Fee: 300, Form: application.Form{}, CreatedAt: at, ChangedAt: at}
	must(t, s.CreateOrder(ctx, o))
	third := store.Payment{Reference: "R", Order: "G", Sum: 300, StartedAt: at, Version: 1, State: store.PaymentStarted, ChangedAt: at}
	must(t, s.StartPayment(ctx, third, limit))
	third.Version, third.State, third.Number, third.Received, third.Currency, third.Basis = 2, store.PaymentPaid, "M", 300, "TRY", "notice"
	after, taken, err := o.Apply(order.Change{Event: order.Pay, At: at.Add(time.Second), Note: "R"})
	must(t, err)
	must(t, s.CompleteOrderPayment(ctx, third, after, taken))
	o.Reference = "H"
	must(t, s.CreateOrder(ctx, o))
	head(t, s)
	must(t, s.Close())
	return path
}

// TestAuditFindsPayments changes each column of payments, and puts money where it is not.
func TestAuditFindsPayments(t *testing.T) {
	whole := paidDatabase(t)
	if findings, proven := audit(t, whole); len(findings) > 0 || len(proven) != 8 {
		t.Fatalf("found %+v, proven %q", findings, proven)
	}
	auditEachColumn(t, whole, "payment", "payment_change")
	for name, test := range map[string]struct {
		statements []string
		kind, what string
	}{
		"a version removed":        {[]string{`DELETE FROM payment_change WHERE reference = 'P' AND version = 2`}, "payment", record.PaymentVersionMissing},
		"a payment removed":        {[]string{`DELETE FROM payment_change WHERE reference = 'P'`, `DELETE FROM payment WHERE reference = 'P'`}, "payment", "is missing"},
		"paid beside its versions": {[]string{`UPDATE payment SET state = 'refunded' WHERE reference = 'Q'`}, "payment", record.PaymentOther},
		"a second one paid":        {[]string{`UPDATE payment SET state = 'paid' WHERE reference = 'P'`}, "payment", record.TakenTwice},
		"another's money taken":    {[]string{`UPDATE application_change SET basis = 'P' WHERE event = 'pay'`}, "application", record.TakenWithout},
		"an order's not taken":     {[]string{`UPDATE goods_order_change SET who = '11111111110' WHERE event = 'pay'`}, "payment", record.PaidForNothing},
		"an order's for another":   {[]string{`UPDATE goods_order_change SET note = 'Q' WHERE event = 'pay'`}, "order", record.TakenWithout},
		"an order's second one":    {[]string{`UPDATE payment SET goods_order = 'G', application = NULL, state = 'paid' WHERE reference = 'P'`}, "payment", record.TakenTwice},
		"money of another order":   {[]string{`UPDATE payment SET goods_order = 'H' WHERE reference = 'R'`}, "payment", "is not as it was"},
		"money of something else":  {[]string{`UPDATE payment SET goods_order = NULL, application = 'A' WHERE reference = 'R'`}, "payment", "is not as it was"},
		"money that was not taken": {[]string{`UPDATE application_change SET event = 'save_form' WHERE event = 'pay'`}, "payment", record.PaidForNothing},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, whole)
			tamper(t, path, test.statements...)
			findings, _ := audit(t, path)
			if !slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == test.kind && strings.Contains(f.What, test.what) }) {
				t.Errorf("found %+v, want %s %s", findings, test.kind, test.what)
			}
		})
	}
}

// TestPaymentsFromBeforeOrders brings a database with payments to the version in which orders have some: nothing of them changes, and their
// entries in the chain, which programs of before have made, stay proven.
func TestPaymentsFromBeforeOrders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db := older(t, path, 24)
	for _, statement := range []string{
		`INSERT INTO application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, fee, salt, created_at, changed_at)
		 VALUES ('A', 1, '10000000146', 'AYŞE', 'nes', 'person', 'payment_due', 1, '{}', '', 500, zeroblob(16), 1, 1)`,
		`INSERT INTO payment VALUES ('Q', 'A', 500, 1, 1, 'started', NULL, 0, '', '', 1), ('P', 'A', 500, 2, 1, 'started', NULL, 0, '', '', 2)`,
		`INSERT INTO payment_change VALUES ('Q', 1, 'started', NULL, 0, '', '', 1), ('P', 1, 'started', NULL, 0, '', '', 2)`,
		`UPDATE payment SET version = 2, state = 'failed', basis = 'look', changed_at = 3 WHERE reference = 'P'`,
		`INSERT INTO payment_change VALUES ('P', 2, 'failed', NULL, 0, '', 'look', 3)`,
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	var link store.Link
	for i, row := range [][]any{
		{"Q", "A", int64(500), int64(1), int64(1), "started", nil, int64(0), "", "", int64(1)}, {"P", "A", int64(500), int64(2), int64(1), "started", nil, int64(0), "", "", int64(2)},
		{"P", "A", int64(500), int64(2), int64(2), "failed", nil, int64(0), "", "look", int64(3)},
	} {
		d := record.NewDigest(record.Payment)
		d.Query(len(row))
		must(t, d.Row(row))
		l := record.Link{Number: int64(i + 1), Kind: record.Payment, Reference: fmt.Sprint(row[0], "/", row[4]), Digest: d.Sum()}
		link = l.Next(link)
		_, err := db.Exec(`INSERT INTO chain (number, kind, reference, before, digest, link) VALUES (?, ?, ?, 0, ?, ?)`, l.Number, l.Kind, l.Reference, l.Digest, link[:])
		must(t, err)
	}
	must(t, db.Close())
	wantProven := func(when string) {
		t.Helper()
		findings, proven := audit(t, path)
		if slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == record.Payment }) || len(proven) != 3 {
			t.Errorf("%s: found %+v, proven %q", when, findings, proven)
		}
	}
	wantProven("as it was")
	s := open(t, path)
	list, err := s.PaymentsOf(t.Context(), "A", 9)
	must(t, err)
	at := func(n int64) time.Time { return time.UnixMilli(n).UTC() }
	want := []store.Payment{
		{Reference: "P", Application: "A", Sum: 500, StartedAt: at(2), Version: 2, State: store.PaymentFailed, Basis: "look", ChangedAt: at(3)},
		{Reference: "Q", Application: "A", Sum: 500, StartedAt: at(1), Version: 1, State: store.PaymentStarted, ChangedAt: at(1)},
	}
	if !slices.Equal(list, want) {
		t.Errorf("got %+v, want %+v", list, want)
	}
	if history, err := s.PaymentHistory(t.Context(), "P"); err != nil || len(history) != 2 || history[1] != want[0] {
		t.Errorf("its versions: %+v, %v", history, err)
	}
	must(t, s.Close())
	if _, err := sqlite.Check(t.Context(), path); err != nil {
		t.Error(err)
	}
	wantProven("as it is now")
}

// TestPaymentsAreKept changes payments past the program.
func TestPaymentsAreKept(t *testing.T) {
	db := raw(t, paidDatabase(t))
	for _, statement := range []string{
		`UPDATE payment SET state = 'paid'`, `UPDATE payment SET version = 4`, `DELETE FROM payment`, `UPDATE payment SET version = 3, sum = 6`,
		`UPDATE payment SET version = 3, application = 'B'`, `UPDATE payment SET version = 3, number = NULL WHERE reference = 'Q'`, `UPDATE payment SET version = 3, started_at = 2`,
		`UPDATE payment SET version = 3, application = NULL, goods_order = 'G' WHERE reference = 'Q'`, `UPDATE payment SET version = 3, goods_order = 'G' WHERE reference = 'Q'`,
		`REPLACE INTO payment VALUES ('P', 'A', NULL, 5, 1, 1, 'paid', 'n', 5, 'TRY', '', 1)`, `INSERT INTO payment VALUES ('X', 'A', NULL, 5, 1, 2, 'started', NULL, 0, '', '', 1)`,
		`UPDATE payment_change SET state = 'paid'`, `DELETE FROM payment_change`, `REPLACE INTO payment_change VALUES ('P', 1, 'paid', 'n', 0, '', '', 1)`,
		`INSERT INTO payment_change VALUES ('P', 4, 'paid', 'n', 0, '', '', 1)`, // a gap
	} {
		if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "payment") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
