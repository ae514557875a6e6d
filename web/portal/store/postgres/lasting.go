package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// LeaseLasting implements store.Lasting. Nothing is written where no act is due.
func (s *Store) LeaseLasting(ctx context.Context, now, leaseEnd time.Time) (l store.LastingLease, err error) {
	err = again(func() error {
		l, err = one(ctx, s.pool, func(row scanner) (l store.LastingLease, err error) {
			err = row.Scan(&l.Reference, &l.Version, &l.Attempt)
			return l, err
		}, `WITH due AS MATERIALIZED (
			  SELECT reference FROM lasting_due WHERE due_at <= $2 ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
			UPDATE lasting_due SET attempts = attempts + 1, due_at = $1 FROM due WHERE lasting_due.reference = due.reference
			RETURNING lasting_due.reference, version, attempts`, millis(leaseEnd), millis(now))
		return err
	})
	return l, err
}

// NewestCopy implements store.Lasting.
func (s *Store) NewestCopy(ctx context.Context, reference string) (store.Copy, error) {
	return one(ctx, s.pool, scanCopy, copyColumns+`WHERE reference = $1 ORDER BY version DESC LIMIT 1`, reference)
}

const copyColumns = `SELECT reference, version, signature, made_at, lasts_until FROM lasting `

func scanCopy(row scanner) (c store.Copy, err error) {
	var made int64
	var lasts *int64
	err = row.Scan(&c.Reference, &c.Version, &c.Signature, &made, &lasts)
	c.MadeAt, c.LastsUntil = instant(made), instantOrZero(lasts)
	return c, err
}

// ofLastingLease matches while the lease is the newest: whoever has it has counted the last attempt since that version.
const ofLastingLease = ` WHERE reference = $1 AND version = $2 AND attempts = $3`

// AddCopy implements store.Lasting.
func (s *Store) AddCopy(ctx context.Context, l store.LastingLease, c store.Copy, due time.Time) error {
	if len(c.Signature) > store.MaxCopy {
		return errors.New("store: the copy is too large")
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, `UPDATE lasting_due SET version = version + 1, lasts_until = $4, due_at = $5, attempts = 0, code = NULL`+ofLastingLease,
			l.Reference, l.Version, l.Attempt, orNull(c.LastsUntil), orNull(due))
		if err != nil || n == 0 {
			return err
		}
		_, err = exec(ctx, tx, `INSERT INTO lasting (reference, version, signature, made_at, lasts_until) VALUES ($1, $2, $3, $4, $5)`,
			l.Reference, l.Version+1, notNull(c.Signature), millis(c.MadeAt), orNull(c.LastsUntil))
		return err
	})
}

// DeferLasting implements store.Lasting.
func (s *Store) DeferLasting(ctx context.Context, l store.LastingLease, again time.Time, code fault.Code) error {
	_, err := s.exec(ctx, `UPDATE lasting_due SET due_at = $4, code = $5`+ofLastingLease, l.Reference, l.Version, l.Attempt, orNull(again), string(code))
	return err
}

// LastingState implements store.Lasting.
func (s *Store) LastingState(ctx context.Context, before, lastsUntil time.Time) (store.LastingState, error) {
	return one(ctx, s.pool, func(row scanner) (out store.LastingState, err error) {
		err = row.Scan(&out.Missing, &out.Fading, &out.Failing)
		return out, err
	}, `SELECT count(*) FILTER (WHERE version = 0), count(*) FILTER (WHERE version > 0), count(*) FILTER (WHERE code IS NOT NULL) FROM lasting_due
		WHERE version = 0 AND (SELECT recorded_at FROM act WHERE act.reference = lasting_due.reference) < $1 OR version > 0 AND lasts_until <= $2`,
		millis(before), millis(lastsUntil))
}
