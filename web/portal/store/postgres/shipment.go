package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// LeaseShipment implements store.Shipments. Nothing is written where no shipment is due.
func (s *Store) LeaseShipment(ctx context.Context, now, leaseEnd time.Time) (l store.ShipmentLease, err error) {
	err = again(func() error {
		l, err = one(ctx, s.pool, func(row scanner) (l store.ShipmentLease, err error) {
			var sent, until int64
			err = row.Scan(&l.Reference, &l.Number, &sent, &l.Attempt, &until)
			l.SentAt, l.Until = instant(sent), instant(until)
			return l, err
		}, `WITH due AS MATERIALIZED (
			  SELECT reference FROM shipment_due WHERE due_at <= $2 ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
			UPDATE shipment_due SET attempts = attempts + 1, due_at = $1 FROM due WHERE shipment_due.reference = due.reference
			RETURNING shipment_due.reference, shipment, sent_at, attempts, due_at`, millis(leaseEnd), millis(now))
		return err
	})
	return l, err
}

// KeepShipmentEvents implements store.Shipments. The row of the lease keeps others away.
func (s *Store) KeepShipmentEvents(ctx context.Context, l store.ShipmentLease, events []application.ShipmentEvent, at, again time.Time, p application.CarrierProblem) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx,
			`UPDATE shipment_due SET due_at = $1, code = $2, attempts = CASE WHEN $2::text IS NULL THEN 0 ELSE attempts END
			 WHERE reference = $3 AND shipment = $4 AND due_at = $5`, millis(again), textOrNull(p), l.Reference, l.Number, millis(l.Until))
		if err != nil || n == 0 {
			return err
		}
		for _, e := range events {
			if _, err := exec(ctx, tx,
				`INSERT INTO shipment_state (shipment, id, reference, state, location, at, told_at)
				 SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::bigint
				 WHERE (SELECT count(*) FROM shipment_state WHERE shipment = $1::text) < $8 ON CONFLICT DO NOTHING`,
				l.Number, e.ID, l.Reference, string(e.State), e.Place, millis(e.At), millis(at), store.MaxShipmentEvents); err != nil {
				return err
			}
		}
		return nil
	})
}

// ShipmentEvents implements store.Shipments.
func (s *Store) ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error) {
	return all(ctx, s.pool, func(row scanner) (e application.ShipmentEvent, err error) {
		var at int64
		err = row.Scan(&e.Number, &e.ID, &e.State, &e.Place, &at)
		e.At = instant(at)
		return e, err
	}, `SELECT shipment, id, state, location, at FROM shipment_state WHERE reference = $1 ORDER BY at, shipment, id`, reference)
}

// ShipmentProblem implements store.Shipments.
func (s *Store) ShipmentProblem(ctx context.Context, reference string) (application.CarrierProblem, error) {
	p, err := one(ctx, s.pool, scanValue[application.CarrierProblem], `SELECT coalesce(code, '') FROM shipment_due WHERE reference = $1`, reference)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return p, err
}

// shipmentFree refuses a carrier's number that another application has, and for a new shipment one that any has ever had.
func shipmentFree(ctx context.Context, tx pgx.Tx, a application.Application, c application.Change) error {
	taken, err := one(ctx, tx, scanValue[bool],
		`SELECT EXISTS (SELECT 1 FROM application WHERE shipment = $1::text AND reference <> $2)
		 OR $3 = 'dispatch' AND EXISTS (SELECT 1 FROM application_change WHERE event = 'dispatch' AND basis = $1::text)`,
		textOrNull(a.Shipment), a.Reference, string(c.Event))
	if err == nil && taken {
		err = fault.New(refusal.ApplicationState, nil)
	}
	return err
}

// followShipment has the shipment of an application that is with the courier asked about, and no other.
func followShipment(ctx context.Context, tx pgx.Tx, a application.Application, c application.Change) error {
	if _, err := exec(ctx, tx, `DELETE FROM shipment_due WHERE reference = $1`, a.Reference); err != nil {
		return err
	}
	if a.State != application.WithCourier || a.Shipment == "" {
		return nil
	}
	_, err := exec(ctx, tx, `INSERT INTO shipment_due (reference, shipment, sent_at, due_at) VALUES ($1, $2, $3, $3)`, a.Reference, a.Shipment, millis(c.At))
	return err
}
