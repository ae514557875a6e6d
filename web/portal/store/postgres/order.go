package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// CreateOrder implements store.Orders.
func (s *Store) CreateOrder(ctx context.Context, o order.Order) error {
	form, err := record.OrderForm(o)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx,
			`INSERT INTO goods_order (reference, version, kind, state, form, fee, created_at, changed_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING`,
			o.Reference, string(o.Kind), string(o.State), form, o.Fee, millis(o.CreatedAt))
		if err == nil && n == 0 {
			err = fault.New(refusal.ApplicationChanged, nil)
		}
		if err != nil {
			return err
		}
		return keepOrderChange(ctx, tx, o.Reference, order.Change{Event: order.Create, At: o.CreatedAt, To: o.State, Version: 1})
	})
}

// ChangeOrder implements store.Orders. The order's row keeps others away.
func (s *Store) ChangeOrder(ctx context.Context, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return changeOrder(ctx, tx, o, c, jobs) })
}

// changeOrder keeps the next version of an order, and what follows.
func changeOrder(ctx context.Context, tx pgx.Tx, o order.Order, c order.Change, jobs []store.Job) error {
	n, err := exec(ctx, tx, `UPDATE goods_order SET version = $1, state = $2, changed_at = $3 WHERE reference = $4 AND version = $1 - 1`,
		o.Version, string(o.State), millis(c.At), o.Reference)
	if err == nil && n == 0 {
		err = fault.New(refusal.ApplicationChanged, nil)
	}
	if err != nil {
		return err
	}
	if err := keepOrderChange(ctx, tx, o.Reference, c); err != nil {
		return err
	}
	return putJobs(ctx, tx, jobs)
}

func keepOrderChange(ctx context.Context, tx pgx.Tx, reference string, c order.Change) error {
	_, err := exec(ctx, tx, `INSERT INTO goods_order_change (reference, version, event, who, at, note, to_state) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		reference, c.Version, string(c.Event), textOrNull(c.Who), millis(c.At), c.Note, string(c.To))
	return err
}

const orderColumns = `SELECT reference, version, kind, state, coalesce(form, '{}'), fee, created_at, changed_at FROM goods_order `

func scanOrder(row scanner) (o order.Order, err error) {
	var form string
	var created, changed int64
	if err := row.Scan(&o.Reference, &o.Version, &o.Kind, &o.State, &form, &o.Fee, &created, &changed); err != nil {
		return order.Order{}, err
	}
	if err := json.Unmarshal([]byte(form), &o.Form); err != nil {
		return order.Order{}, fmt.Errorf("store: form of order %s: %w", o.Reference, err)
	}
	o.CreatedAt, o.ChangedAt = instant(created), instant(changed)
	return o, nil
}

// Order implements store.Orders.
func (s *Store) Order(ctx context.Context, reference string) (order.Order, error) {
	return one(ctx, s.pool, scanOrder, orderColumns+`WHERE reference = $1`, reference)
}

// OrderHistory implements store.Orders.
func (s *Store) OrderHistory(ctx context.Context, reference string) ([]order.Change, error) {
	return all(ctx, s.pool, func(row scanner) (c order.Change, err error) {
		var at int64
		err = row.Scan(&c.Event, &c.Who, &at, &c.Note, &c.To, &c.Version)
		c.At = instant(at)
		return c, err
	}, `SELECT event, coalesce(who, ''), at, note, to_state, version FROM goods_order_change WHERE reference = $1 ORDER BY version`, reference)
}

// OrdersIn implements store.Orders.
func (s *Store) OrdersIn(ctx context.Context, state order.State, limit int) ([]order.Order, error) {
	return all(ctx, s.pool, scanOrder, orderColumns+`WHERE state = $1 ORDER BY changed_at, reference LIMIT $2`, string(state), limit)
}

// CountOrders implements store.Orders.
func (s *Store) CountOrders(ctx context.Context) (map[order.State]int, error) {
	counts := map[order.State]int{}
	_, err := all(ctx, s.pool, func(row scanner) (none struct{}, err error) {
		var state order.State
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, `SELECT state, count(*) FROM goods_order GROUP BY state`)
	return counts, err
}

// EraseOrders implements store.Orders.
func (s *Store) EraseOrders(ctx context.Context, endedBefore time.Time, limit int) (int, error) {
	n, err := s.exec(ctx, `UPDATE goods_order SET form = NULL WHERE reference IN (SELECT reference FROM goods_order
		WHERE state IN ('sent', 'opened', 'cancelled') AND form IS NOT NULL AND changed_at < $1 ORDER BY changed_at LIMIT $2)`, millis(endedBefore), limit)
	return int(n), err
}
