package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// StartPayment implements store.Payments.
func (s *Store) StartPayment(ctx context.Context, p store.Payment, limit store.Limit, jobs ...store.Job) error {
	if err := record.CheckPayment(p, true); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		due, err := count(ctx, tx, `SELECT (SELECT count(*) FROM application WHERE reference = ?1 AND state = 'payment_due' AND fee = ?3 AND paid_at IS NULL)
			+ (SELECT count(*) FROM goods_order WHERE reference = ?2 AND state = 'payment_due' AND fee = ?3)`, textOrNull(p.Application), textOrNull(p.Order), p.Sum)
		if err == nil && due != 1 {
			err = fault.New(refusal.ApplicationState, nil)
		}
		if err != nil {
			return err
		}
		started, err := count(ctx, tx, `SELECT count(*) FROM payment WHERE (application = ? OR goods_order = ?) AND started_at > ?`,
			textOrNull(p.Application), textOrNull(p.Order), millis(p.StartedAt.Add(-limit.Window)))
		if err == nil && started >= limit.Count {
			err = fault.New(refusal.PaymentLimit, nil)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO payment (reference, application, goods_order, sum, started_at, version, state, number, received, currency, basis, changed_at)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.Reference, textOrNull(p.Application), textOrNull(p.Order), p.Sum, millis(p.StartedAt), p.Version, p.State, textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt)); err != nil {
			return err
		}
		return recordPayment(ctx, tx, p, jobs)
	})
}

// ChangePayment implements store.Payments.
func (s *Store) ChangePayment(ctx context.Context, p store.Payment, jobs ...store.Job) error {
	return s.transact(ctx, func(tx *sql.Tx) error { return changePayment(ctx, tx, p, jobs) })
}

// CompletePayment implements store.Payments.
func (s *Store) CompletePayment(ctx context.Context, p store.Payment, a application.Application, c application.Change, jobs ...store.Job) error {
	form, err := record.ApplicationForm(a, c)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if err := changePayment(ctx, tx, p, nil); err != nil {
			return err
		}
		return keepChange(ctx, tx, a, c, form, jobs)
	})
}

// CompleteOrderPayment implements store.Payments.
func (s *Store) CompleteOrderPayment(ctx context.Context, p store.Payment, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if err := changePayment(ctx, tx, p, nil); err != nil {
			return err
		}
		return changeOrder(ctx, tx, o, c, jobs)
	})
}

// changePayment keeps the next version of a payment, and what follows.
func changePayment(ctx context.Context, tx *sql.Tx, p store.Payment, jobs []store.Job) error {
	if err := record.CheckPayment(p, false); err != nil {
		return err
	}
	taken, err := count(ctx, tx, `SELECT count(*) FROM payment WHERE number = ? AND reference <> ?`, textOrNull(p.Number), p.Reference)
	if err == nil && taken > 0 {
		err = fault.New(refusal.PaymentChanged, nil)
	}
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx,
		`UPDATE payment SET version = ?2, state = ?3, number = ?4, received = ?5, currency = ?6, basis = ?7, changed_at = ?8
		 WHERE reference = ?1 AND version = ?2 - 1 AND application IS ?9 AND goods_order IS ?10 AND sum = ?11 AND (number IS NULL OR number IS ?4)`,
		p.Reference, p.Version, p.State, textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt), textOrNull(p.Application), textOrNull(p.Order), p.Sum)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil {
		return err
	} else if n != 1 {
		return fault.New(refusal.PaymentChanged, nil)
	}
	return recordPayment(ctx, tx, p, jobs)
}

// recordPayment adds a version of a payment, what follows from it, and its entry.
func recordPayment(ctx context.Context, tx *sql.Tx, p store.Payment, jobs []store.Job) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO payment_change (reference, version, state, number, received, currency, basis, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.Reference, p.Version, p.State, textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt)); err != nil {
		return err
	}
	if err := putJobs(ctx, tx, jobs); err != nil {
		return err
	}
	return enter(ctx, tx, entryPayment, fmt.Sprintf("%s/%d", p.Reference, p.Version), false)
}

const paymentColumns = `SELECT reference, coalesce(application, ''), coalesce(goods_order, ''), sum, started_at, version, state, coalesce(number, ''), received, currency, basis, changed_at FROM payment `

func scanPayment(row scanner) (p store.Payment, err error) {
	var started, changed int64
	if err := row.Scan(&p.Reference, &p.Application, &p.Order, &p.Sum, &started, &p.Version, &p.State, &p.Number, &p.Received, &p.Currency, &p.Basis, &changed); err != nil {
		return store.Payment{}, found(err)
	}
	p.StartedAt, p.ChangedAt = instant(started), instant(changed)
	return p, nil
}

// Payment implements store.Payments.
func (s *Store) Payment(ctx context.Context, reference string) (store.Payment, error) {
	return scanPayment(s.read.QueryRowContext(ctx, paymentColumns+`WHERE reference = ?`, reference))
}

// PaymentsOf implements store.Payments.
func (s *Store) PaymentsOf(ctx context.Context, reference string, limit int) ([]store.Payment, error) {
	return all(ctx, s.read, scanPayment, paymentColumns+`WHERE application = ? ORDER BY started_at DESC, reference LIMIT ?`, reference, limit)
}

// PaymentsOfOrder implements store.Payments.
func (s *Store) PaymentsOfOrder(ctx context.Context, reference string, limit int) ([]store.Payment, error) {
	return all(ctx, s.read, scanPayment, paymentColumns+`WHERE goods_order = ? ORDER BY started_at DESC, reference LIMIT ?`, reference, limit)
}

// PaymentHistory implements store.Payments.
func (s *Store) PaymentHistory(ctx context.Context, reference string) ([]store.Payment, error) {
	return all(ctx, s.read, scanPayment, `SELECT p.reference, coalesce(application, ''), coalesce(goods_order, ''), sum, started_at, c.version, c.state, coalesce(c.number, ''), c.received, c.currency, c.basis, c.at
		FROM payment_change c JOIN payment p ON p.reference = c.reference WHERE c.reference = ? ORDER BY c.version`, reference)
}

// CountPayments implements store.Payments.
func (s *Store) CountPayments(ctx context.Context) (map[store.PaymentState]int, error) {
	counts := map[store.PaymentState]int{}
	_, err := all(ctx, s.read, func(row scanner) (none struct{}, err error) {
		var state store.PaymentState
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, `SELECT state, count(*) FROM payment GROUP BY state`)
	return counts, err
}

// paymentFault is a query for the references of what is not as it must be, and the kind of what has them.
type paymentFault struct{ references, kind, what string }

var paymentFaults = []paymentFault{
	{`SELECT reference FROM payment WHERE (version, version) IS NOT
	  (SELECT count(*), max(version) FROM payment_change c WHERE c.reference = payment.reference)`, entryPayment, record.PaymentVersionMissing},
	{`SELECT p.reference FROM payment p JOIN payment_change c USING (reference, version)
	  WHERE (p.state, p.number, p.received, p.currency, p.basis, p.changed_at) IS NOT (c.state, c.number, c.received, c.currency, c.basis, c.at)`, entryPayment, record.PaymentOther},
	{`SELECT reference FROM payment p WHERE state = 'paid' AND application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM application_change c
	  WHERE c.reference = p.application AND c.event = 'pay' AND c.by_actor = 'provider' AND c.basis = p.reference)`, entryPayment, record.PaidForNothing},
	{`SELECT reference FROM payment p WHERE state = 'paid' AND EXISTS (SELECT 1 FROM payment o
	  WHERE o.application = p.application AND o.state = 'paid' AND o.reference <> p.reference)`, entryPayment, record.TakenTwice},
	{`SELECT c.reference FROM application_change c WHERE c.event = 'pay' AND c.by_actor = 'provider' AND NOT EXISTS (SELECT 1 FROM payment_change p JOIN payment USING (reference)
	  WHERE p.reference = c.basis AND application = c.reference AND p.state = 'paid' AND p.received = sum)`, entryApplication, record.TakenWithout},
}

// orderPaymentFaults are likewise of payments of orders.
var orderPaymentFaults = []paymentFault{
	{`SELECT reference FROM payment p WHERE state = 'paid' AND goods_order IS NOT NULL AND NOT EXISTS (SELECT 1 FROM goods_order_change c
	  WHERE c.reference = p.goods_order AND c.event = 'pay' AND c.who IS NULL AND c.note = p.reference)`, entryPayment, record.PaidForNothing},
	{`SELECT reference FROM payment p WHERE state = 'paid' AND EXISTS (SELECT 1 FROM payment o
	  WHERE o.goods_order = p.goods_order AND o.state = 'paid' AND o.reference <> p.reference)`, entryPayment, record.TakenTwice},
	{`SELECT c.reference FROM goods_order_change c WHERE c.event = 'pay' AND c.who IS NULL AND NOT EXISTS (SELECT 1 FROM payment_change p JOIN payment USING (reference)
	  WHERE p.reference = c.note AND goods_order = c.reference AND p.state = 'paid' AND p.received = sum)`, record.Order, record.TakenWithout},
}

// PaymentFaults implements record.Source. A database from before payments has none, and one from before those of orders none of these.
func (s source) PaymentFaults(ctx context.Context, do func(kind, reference, what string)) error {
	there, err := hasTable(ctx, s.db, "payment")
	if err != nil || !there {
		return wrapped(err)
	}
	ofOrders, err := count(ctx, s.db, `SELECT count(*) FROM pragma_table_info('payment') WHERE name = 'goods_order'`)
	if err != nil {
		return wrapped(err)
	}
	faults := paymentFaults
	if ofOrders > 0 {
		faults = slices.Concat(faults, orderPaymentFaults)
	}
	for _, fault := range faults {
		if err := each(ctx, s.db, func(reference string) { do(fault.kind, reference, fault.what) }, fault.references); err != nil {
			return wrapped(err)
		}
	}
	return nil
}
