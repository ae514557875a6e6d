package sqlite_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// paidDatabase has an application whose fee was paid by its second payment.
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
	head(t, s)
	must(t, s.Close())
	return path
}

// TestAuditFindsPayments changes each column of payments, and puts money where it is not.
func TestAuditFindsPayments(t *testing.T) {
	whole := paidDatabase(t)
	if findings, proven := audit(t, whole); len(findings) > 0 || len(proven) != 6 {
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

// TestPaymentsAreKept changes payments past the program.
func TestPaymentsAreKept(t *testing.T) {
	db := raw(t, paidDatabase(t))
	for _, statement := range []string{
		`UPDATE payment SET state = 'paid'`, `UPDATE payment SET version = 4`, `DELETE FROM payment`, `UPDATE payment SET version = 3, sum = 6`,
		`UPDATE payment SET version = 3, application = 'B'`, `UPDATE payment SET version = 3, number = NULL WHERE reference = 'Q'`, `UPDATE payment SET version = 3, started_at = 2`,
		`REPLACE INTO payment VALUES ('P', 'A', 5, 1, 1, 'paid', 'n', 5, 'TRY', '', 1)`, `INSERT INTO payment VALUES ('X', 'A', 5, 1, 2, 'started', NULL, 0, '', '', 1)`,
		`UPDATE payment_change SET state = 'paid'`, `DELETE FROM payment_change`, `REPLACE INTO payment_change VALUES ('P', 1, 'paid', 'n', 0, '', '', 1)`,
		`INSERT INTO payment_change VALUES ('P', 4, 'paid', 'n', 0, '', '', 1)`, // a gap
	} {
		if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "payment") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
