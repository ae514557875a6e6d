package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

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
	return s.transact(ctx, func(tx *sql.Tx) error {
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM goods_order WHERE reference = ?)`, o.Reference).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fault.New(refusal.ApplicationChanged, nil)
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO goods_order (reference, version, kind, state, form, fee, created_at, changed_at) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?6)`,
			o.Reference, o.Kind, o.State, form, o.Fee, millis(o.CreatedAt)); err != nil {
			return err
		}
		return keepOrderChange(ctx, tx, o.Reference, order.Change{Event: order.Create, At: o.CreatedAt, To: o.State, Version: 1})
	})
}

// ChangeOrder implements store.Orders.
func (s *Store) ChangeOrder(ctx context.Context, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.transact(ctx, func(tx *sql.Tx) error { return changeOrder(ctx, tx, o, c, jobs) })
}

// changeOrder keeps the next version of an order, and what follows.
func changeOrder(ctx context.Context, tx *sql.Tx, o order.Order, c order.Change, jobs []store.Job) error {
	changed, err := tx.ExecContext(ctx, `UPDATE goods_order SET version = ?, state = ?, changed_at = ? WHERE reference = ? AND version = ?`,
		o.Version, o.State, millis(c.At), o.Reference, o.Version-1)
	if err != nil {
		return err
	}
	if n, err := changed.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fault.New(refusal.ApplicationChanged, nil)
	}
	if err := keepOrderChange(ctx, tx, o.Reference, c); err != nil {
		return err
	}
	return putJobs(ctx, tx, jobs)
}

func keepOrderChange(ctx context.Context, tx *sql.Tx, reference string, c order.Change) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO goods_order_change (reference, version, event, who, at, note, to_state) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		reference, c.Version, c.Event, textOrNull(c.Who), millis(c.At), c.Note, c.To)
	return err
}

const orderColumns = `SELECT reference, version, kind, state, coalesce(form, '{}'), fee, created_at, changed_at FROM goods_order `

func scanOrder(row scanner) (o order.Order, err error) {
	var form string
	var created, changed int64
	if err := row.Scan(&o.Reference, &o.Version, &o.Kind, &o.State, &form, &o.Fee, &created, &changed); err != nil {
		return order.Order{}, found(err)
	}
	if err := json.Unmarshal([]byte(form), &o.Form); err != nil {
		return order.Order{}, fmt.Errorf("sqlite: form of order %s: %w", o.Reference, err)
	}
	o.CreatedAt, o.ChangedAt = instant(created), instant(changed)
	return o, nil
}

// Order implements store.Orders.
func (s *Store) Order(ctx context.Context, reference string) (order.Order, error) {
	return scanOrder(s.read.QueryRowContext(ctx, orderColumns+`WHERE reference = ?`, reference))
}

// OrderHistory implements store.Orders.
func (s *Store) OrderHistory(ctx context.Context, reference string) ([]order.Change, error) {
	return all(ctx, s.read, func(row scanner) (c order.Change, err error) {
		var at int64
		err = row.Scan(&c.Event, &c.Who, &at, &c.Note, &c.To, &c.Version)
		c.At = instant(at)
		return c, err
	}, `SELECT event, coalesce(who, ''), at, note, to_state, version FROM goods_order_change WHERE reference = ? ORDER BY version`, reference)
}

// ordersIn and ordersToErase find orders by an index.
const (
	ordersIn      = orderColumns + `WHERE state = ? ORDER BY changed_at, reference LIMIT ?`
	ordersToErase = `SELECT reference FROM goods_order INDEXED BY goods_order_erasable
		WHERE state IN ('sent', 'opened', 'cancelled') AND form IS NOT NULL AND changed_at < ? ORDER BY changed_at LIMIT ?`
)

// OrdersIn implements store.Orders.
func (s *Store) OrdersIn(ctx context.Context, state order.State, limit int) ([]order.Order, error) {
	return all(ctx, s.read, scanOrder, ordersIn, state, limit)
}

// CountOrders implements store.Orders.
func (s *Store) CountOrders(ctx context.Context) (map[order.State]int, error) {
	counts := map[order.State]int{}
	_, err := all(ctx, s.read, func(row scanner) (none struct{}, err error) {
		var state order.State
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, `SELECT state, count(*) FROM goods_order GROUP BY state`)
	return counts, err
}

// EraseOrders implements store.Orders.
func (s *Store) EraseOrders(ctx context.Context, endedBefore time.Time, limit int) (n int, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		erased, err := tx.ExecContext(ctx, `UPDATE goods_order SET form = NULL WHERE reference IN (`+ordersToErase+`)`, millis(endedBefore), limit)
		if err != nil {
			return err
		}
		rows, err := erased.RowsAffected()
		n = int(rows)
		return err
	})
	return n, err
}
