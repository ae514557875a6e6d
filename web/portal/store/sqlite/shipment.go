package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// LeaseShipment implements store.Shipments. The write lock is taken only where a shipment is due.
func (s *Store) LeaseShipment(ctx context.Context, now, leaseEnd time.Time) (l store.ShipmentLease, err error) {
	const due = `SELECT reference FROM shipment_due WHERE due_at <= ? ORDER BY due_at LIMIT 1`
	if err := s.read.QueryRowContext(ctx, due, millis(now)).Scan(&l.Reference); err != nil {
		return store.ShipmentLease{}, found(err)
	}
	var sent, until int64
	err = s.transact(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx,
			`UPDATE shipment_due SET attempts = attempts + 1, due_at = ? WHERE reference = (`+due+`) RETURNING reference, shipment, sent_at, attempts, due_at`,
			millis(leaseEnd), millis(now)).Scan(&l.Reference, &l.Number, &sent, &l.Attempt, &until)
	})
	if err != nil {
		return store.ShipmentLease{}, found(err)
	}
	l.SentAt, l.Until = instant(sent), instant(until)
	return l, nil
}

// KeepShipmentEvents implements store.Shipments.
func (s *Store) KeepShipmentEvents(ctx context.Context, l store.ShipmentLease, events []application.ShipmentEvent, at, again time.Time, p application.CarrierProblem) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		leased, err := tx.ExecContext(ctx,
			`UPDATE shipment_due SET due_at = ?, code = ?, attempts = iif(? = '', 0, attempts) WHERE reference = ? AND shipment = ? AND due_at = ?`,
			millis(again), textOrNull(p), string(p), l.Reference, l.Number, millis(l.Until))
		if err != nil {
			return err
		}
		if n, err := leased.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for _, e := range events {
			if _, err := tx.ExecContext(ctx,
				`INSERT INTO shipment_state (shipment, id, reference, state, location, at, told_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
				 WHERE NOT EXISTS (SELECT 1 FROM shipment_state WHERE shipment = ?1 AND id = ?2)
				 AND (SELECT count(*) FROM shipment_state WHERE shipment = ?1) < ?8`,
				l.Number, e.ID, l.Reference, e.State, e.Place, millis(e.At), millis(at), store.MaxShipmentEvents); err != nil {
				return err
			}
		}
		return nil
	})
}

// ShipmentEvents implements store.Shipments.
func (s *Store) ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error) {
	return all(ctx, s.read, func(row scanner) (e application.ShipmentEvent, err error) {
		var at int64
		err = row.Scan(&e.Number, &e.ID, &e.State, &e.Place, &at)
		e.At = instant(at)
		return e, err
	}, `SELECT shipment, id, state, location, at FROM shipment_state WHERE reference = ? ORDER BY at, shipment, id`, reference)
}

// ShipmentProblem implements store.Shipments.
func (s *Store) ShipmentProblem(ctx context.Context, reference string) (p application.CarrierProblem, err error) {
	err = found(s.read.QueryRowContext(ctx, `SELECT coalesce(code, '') FROM shipment_due WHERE reference = ?`, reference).Scan(&p))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return p, err
}

// shipmentFree refuses a carrier's number that another application has, and for a new shipment one that any has ever had.
func shipmentFree(ctx context.Context, tx *sql.Tx, a application.Application, c application.Change) error {
	var taken bool
	row := tx.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM application WHERE shipment = ?1 AND reference <> ?2)
		 OR ?3 = 'dispatch' AND EXISTS (SELECT 1 FROM application_change WHERE event = 'dispatch' AND basis = ?1)`,
		textOrNull(a.Shipment), a.Reference, c.Event)
	if err := row.Scan(&taken); err != nil {
		return err
	}
	if taken {
		return fault.New(refusal.ApplicationState, nil)
	}
	return nil
}

// followShipment has the shipment of an application that is with the courier asked about, and no other.
func followShipment(ctx context.Context, tx *sql.Tx, a application.Application, c application.Change) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM shipment_due WHERE reference = ?`, a.Reference); err != nil {
		return err
	}
	if a.State != application.WithCourier || a.Shipment == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO shipment_due (reference, shipment, sent_at, due_at) VALUES (?1, ?2, ?3, ?3)`, a.Reference, a.Shipment, millis(c.At))
	return err
}
