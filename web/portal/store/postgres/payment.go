package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// StartPayment implements store.Payments. The row of the application, or order, is held, so that it is still due when the payment is there.
func (s *Store) StartPayment(ctx context.Context, p store.Payment, limit store.Limit, jobs ...store.Job) error {
	if err := record.CheckPayment(p, true); err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		owing, of := `application WHERE paid_at IS NULL`, p.Application
		if p.Order != "" {
			owing, of = `goods_order WHERE true`, p.Order
		}
		due, err := all(ctx, tx, scanValue[string], `SELECT reference FROM `+owing+` AND reference = $1 AND state = 'payment_due' AND fee = $2 FOR UPDATE`, of, p.Sum)
		if err == nil && len(due) != 1 {
			err = fault.New(refusal.ApplicationState, nil)
		}
		if err != nil {
			return err
		}
		started, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM payment WHERE (application = $1 OR goods_order = $2) AND started_at > $3`,
			textOrNull(p.Application), textOrNull(p.Order), millis(p.StartedAt.Add(-limit.Window)))
		if err == nil && started >= limit.Count {
			err = fault.New(refusal.PaymentLimit, nil)
		}
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx,
			`INSERT INTO payment (reference, application, goods_order, sum, started_at, version, state, number, received, currency, basis, changed_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			p.Reference, textOrNull(p.Application), textOrNull(p.Order), p.Sum, millis(p.StartedAt), p.Version, string(p.State), textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt)); err != nil {
			return err
		}
		return recordPayment(ctx, tx, p, jobs)
	})
}

// ChangePayment implements store.Payments.
func (s *Store) ChangePayment(ctx context.Context, p store.Payment, jobs ...store.Job) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return changePayment(ctx, tx, p, jobs) })
}

// CompletePayment implements store.Payments.
func (s *Store) CompletePayment(ctx context.Context, p store.Payment, a application.Application, c application.Change, jobs ...store.Job) error {
	form, err := record.ApplicationForm(a, c)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, ownerOf(a)); err != nil {
			return err
		}
		// The application's row comes first, as in StartPayment.
		if _, err := all(ctx, tx, scanValue[string], `SELECT reference FROM application WHERE reference = $1 FOR UPDATE`, a.Reference); err != nil {
			return err
		}
		if err := changePayment(ctx, tx, p, nil); err != nil {
			return err
		}
		return keepChange(ctx, tx, a, c, form, jobs)
	})
}

// CompleteOrderPayment implements store.Payments. The order's row comes first, as in StartPayment.
func (s *Store) CompleteOrderPayment(ctx context.Context, p store.Payment, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := all(ctx, tx, scanValue[string], `SELECT reference FROM goods_order WHERE reference = $1 FOR UPDATE`, o.Reference); err != nil {
			return err
		}
		if err := changePayment(ctx, tx, p, nil); err != nil {
			return err
		}
		return changeOrder(ctx, tx, o, c, jobs)
	})
}

// changePayment keeps the next version of a payment, and what follows.
func changePayment(ctx context.Context, tx pgx.Tx, p store.Payment, jobs []store.Job) error {
	if err := record.CheckPayment(p, false); err != nil {
		return err
	}
	taken, err := one(ctx, tx, scanValue[bool], `SELECT EXISTS (SELECT 1 FROM payment WHERE number = $1 AND reference <> $2)`, textOrNull(p.Number), p.Reference)
	if err == nil && taken {
		err = fault.New(refusal.PaymentChanged, nil)
	}
	if err != nil {
		return err
	}
	n, err := exec(ctx, tx,
		`UPDATE payment SET version = $2, state = $3, number = $4, received = $5, currency = $6, basis = $7, changed_at = $8
		 WHERE reference = $1 AND version = $2 - 1 AND application IS NOT DISTINCT FROM $9 AND goods_order IS NOT DISTINCT FROM $10 AND sum = $11 AND (number IS NULL OR number IS NOT DISTINCT FROM $4)`,
		p.Reference, p.Version, string(p.State), textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt), textOrNull(p.Application), textOrNull(p.Order), p.Sum)
	if err == nil && n != 1 {
		err = fault.New(refusal.PaymentChanged, nil)
	}
	if err != nil {
		return err
	}
	return recordPayment(ctx, tx, p, jobs)
}

// recordPayment adds a version of a payment, what follows from it, and its entry.
func recordPayment(ctx context.Context, tx pgx.Tx, p store.Payment, jobs []store.Job) error {
	if _, err := exec(ctx, tx,
		`INSERT INTO payment_change (reference, version, state, number, received, currency, basis, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.Reference, p.Version, string(p.State), textOrNull(p.Number), p.Received, p.Currency, p.Basis, millis(p.ChangedAt)); err != nil {
		return err
	}
	if err := putJobs(ctx, tx, jobs); err != nil {
		return err
	}
	return enter(ctx, tx, record.Payment, fmt.Sprintf("%s/%d", p.Reference, p.Version))
}

const paymentColumns = `SELECT reference, coalesce(application, ''), coalesce(goods_order, ''), sum, started_at, version, state, coalesce(number, ''), received, currency, basis, changed_at FROM payment `

func scanPayment(row scanner) (p store.Payment, err error) {
	var started, changed int64
	if err := row.Scan(&p.Reference, &p.Application, &p.Order, &p.Sum, &started, &p.Version, &p.State, &p.Number, &p.Received, &p.Currency, &p.Basis, &changed); err != nil {
		return store.Payment{}, err
	}
	p.StartedAt, p.ChangedAt = instant(started), instant(changed)
	return p, nil
}

// Payment implements store.Payments.
func (s *Store) Payment(ctx context.Context, reference string) (store.Payment, error) {
	return one(ctx, s.pool, scanPayment, paymentColumns+`WHERE reference = $1`, reference)
}

// PaymentsOf implements store.Payments.
func (s *Store) PaymentsOf(ctx context.Context, reference string, limit int) ([]store.Payment, error) {
	return all(ctx, s.pool, scanPayment, paymentColumns+`WHERE application = $1 ORDER BY started_at DESC, reference LIMIT $2`, reference, limit)
}

// PaymentsOfOrder implements store.Payments.
func (s *Store) PaymentsOfOrder(ctx context.Context, reference string, limit int) ([]store.Payment, error) {
	return all(ctx, s.pool, scanPayment, paymentColumns+`WHERE goods_order = $1 ORDER BY started_at DESC, reference LIMIT $2`, reference, limit)
}

// PaymentHistory implements store.Payments.
func (s *Store) PaymentHistory(ctx context.Context, reference string) ([]store.Payment, error) {
	return all(ctx, s.pool, scanPayment,
		`SELECT p.reference, coalesce(application, ''), coalesce(goods_order, ''), sum, started_at, c.version, c.state, coalesce(c.number, ''), c.received, c.currency, c.basis, c.at
		 FROM payment_change c JOIN payment p ON p.reference = c.reference WHERE c.reference = $1 ORDER BY c.version`, reference)
}

// CountPayments implements store.Payments.
func (s *Store) CountPayments(ctx context.Context) (map[store.PaymentState]int, error) {
	counts := map[store.PaymentState]int{}
	_, err := all(ctx, s.pool, func(row scanner) (none struct{}, err error) {
		var state store.PaymentState
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, `SELECT state, count(*) FROM payment GROUP BY state`)
	return counts, err
}

// paymentFaults are queries for the reference of what is not as it must be, and the kind of what has it.
var paymentFaults = []struct{ references, kind, what string }{
	{`SELECT p.reference FROM payment p LEFT JOIN payment_change c ON c.reference = p.reference GROUP BY p.reference, p.version
	  HAVING count(c.version) <> p.version OR max(c.version) IS DISTINCT FROM p.version`, record.Payment, record.PaymentVersionMissing},
	{`SELECT p.reference FROM payment p JOIN payment_change c USING (reference, version)
	  WHERE (p.state, p.number, p.received, p.currency, p.basis, p.changed_at) IS DISTINCT FROM (c.state, c.number, c.received, c.currency, c.basis, c.at)`,
		record.Payment, record.PaymentOther},
	{`SELECT reference FROM payment p WHERE state = 'paid' AND NOT EXISTS (SELECT 1 FROM application_change c
	  WHERE c.reference = p.application AND c.event = 'pay' AND c.by_actor = 'provider' AND c.basis = p.reference)
	  AND NOT EXISTS (SELECT 1 FROM goods_order_change c
	  WHERE c.reference = p.goods_order AND c.event = 'pay' AND c.who IS NULL AND c.note = p.reference)`, record.Payment, record.PaidForNothing},
	{`SELECT reference FROM payment p WHERE state = 'paid' AND EXISTS (SELECT 1 FROM payment o
	  WHERE (o.application = p.application OR o.goods_order = p.goods_order) AND o.state = 'paid' AND o.reference <> p.reference)`, record.Payment, record.TakenTwice},
	{`SELECT c.reference FROM application_change c WHERE c.event = 'pay' AND c.by_actor = 'provider' AND NOT EXISTS (SELECT 1 FROM payment_change p JOIN payment USING (reference)
	  WHERE p.reference = c.basis AND application = c.reference AND p.state = 'paid' AND p.received = sum)`, record.Application, record.TakenWithout},
	{`SELECT c.reference FROM goods_order_change c WHERE c.event = 'pay' AND c.who IS NULL AND NOT EXISTS (SELECT 1 FROM payment_change p JOIN payment USING (reference)
	  WHERE p.reference = c.note AND goods_order = c.reference AND p.state = 'paid' AND p.received = sum)`, record.Order, record.TakenWithout},
}

// PaymentFaults implements record.Source.
func (s source) PaymentFaults(ctx context.Context, do func(kind, reference, what string)) error {
	for _, fault := range paymentFaults {
		list, err := all(ctx, s.tx, scanValue[string], fault.references)
		if err != nil {
			return wrapped(err)
		}
		for _, reference := range list {
			do(fault.kind, reference, fault.what)
		}
	}
	return nil
}
