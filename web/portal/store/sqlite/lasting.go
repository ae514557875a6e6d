package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// orNull is a time as a row has it, NULL for the zero time.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return millis(t)
}

// LeaseLasting implements store.Lasting. The write lock is taken only where an act is due.
func (s *Store) LeaseLasting(ctx context.Context, now, leaseEnd time.Time) (l store.LastingLease, err error) {
	const due = `SELECT reference FROM lasting_due WHERE due_at <= ? ORDER BY due_at LIMIT 1`
	if err := s.read.QueryRowContext(ctx, due, millis(now)).Scan(&l.Reference); err != nil {
		return store.LastingLease{}, found(err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx,
			`UPDATE lasting_due SET attempts = attempts + 1, due_at = ? WHERE reference = (`+due+`) RETURNING reference, version, attempts`,
			millis(leaseEnd), millis(now)).Scan(&l.Reference, &l.Version, &l.Attempt)
	})
	if err != nil {
		return store.LastingLease{}, found(err)
	}
	return l, nil
}

// NewestCopy implements store.Lasting.
func (s *Store) NewestCopy(ctx context.Context, reference string) (store.Copy, error) {
	return scanCopy(s.read.QueryRowContext(ctx, copyColumns+`WHERE reference = ? ORDER BY version DESC LIMIT 1`, reference))
}

const copyColumns = `SELECT reference, version, signature, made_at, lasts_until FROM lasting `

func scanCopy(row scanner) (c store.Copy, err error) {
	var made int64
	var lasts sql.NullInt64
	if err := row.Scan(&c.Reference, &c.Version, &c.Signature, &made, &lasts); err != nil {
		return store.Copy{}, found(err)
	}
	c.MadeAt = instant(made)
	if lasts.Valid {
		c.LastsUntil = instant(lasts.Int64)
	}
	return c, nil
}

// ofLastingLease matches while the lease is the newest: whoever has it has counted the last attempt since that version.
const ofLastingLease = ` WHERE reference = ? AND version = ? AND attempts = ?`

// AddCopy implements store.Lasting.
func (s *Store) AddCopy(ctx context.Context, l store.LastingLease, c store.Copy, due time.Time) error {
	if len(c.Signature) > store.MaxCopy {
		return errors.New("sqlite: the copy is too large")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		leased, err := tx.ExecContext(ctx, `UPDATE lasting_due SET version = ?, lasts_until = ?, due_at = ?, attempts = 0, code = NULL`+ofLastingLease,
			l.Version+1, orNull(c.LastsUntil), orNull(due), l.Reference, l.Version, l.Attempt)
		if err != nil {
			return err
		}
		if n, err := leased.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO lasting (reference, version, signature, made_at, lasts_until) VALUES (?, ?, ?, ?, ?)`,
			l.Reference, l.Version+1, notNull(c.Signature), millis(c.MadeAt), orNull(c.LastsUntil))
		return err
	})
}

// DeferLasting implements store.Lasting.
func (s *Store) DeferLasting(ctx context.Context, l store.LastingLease, again time.Time, code fault.Code) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE lasting_due SET due_at = ?, code = ?`+ofLastingLease,
			orNull(again), string(code), l.Reference, l.Version, l.Attempt)
		return err
	})
}

// LastingState implements store.Lasting.
func (s *Store) LastingState(ctx context.Context, before, lastsUntil time.Time) (store.LastingState, error) {
	return lastingState(ctx, s.read, before, lastsUntil)
}

func lastingState(ctx context.Context, q querier, before, lastsUntil time.Time) (out store.LastingState, err error) {
	const counted = `SELECT coalesce(sum(d.version = 0), 0), coalesce(sum(d.version > 0), 0), coalesce(sum(d.code IS NOT NULL), 0) FROM lasting_due d
		WHERE d.version = 0 AND (SELECT recorded_at FROM act WHERE act.reference = d.reference) < ?1 OR d.version > 0 AND d.lasts_until <= ?2`
	err = q.QueryRowContext(ctx, counted, millis(before), millis(lastsUntil)).Scan(&out.Missing, &out.Fading, &out.Failing)
	return out, err
}

// hasCopies reports whether a database is of a version that has copies.
func (s source) hasCopies(ctx context.Context) (bool, error) {
	there, err := hasTable(ctx, s.db, "lasting")
	return there, wrapped(err)
}

// NextCopy implements record.Source. A database from before copies has none.
func (s source) NextCopy(ctx context.Context, after store.Copy) (store.Copy, error) {
	has, err := s.hasCopies(ctx)
	if err == nil && !has {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Copy{}, err
	}
	c, err := scanCopy(s.db.QueryRowContext(ctx, copyColumns+`WHERE (reference, version) > (?, ?) ORDER BY reference, version LIMIT 1`, after.Reference, after.Version))
	return c, wrapped(err)
}

// MissingCopies implements record.Source.
func (s source) MissingCopies(ctx context.Context, do func(reference string)) error {
	if has, err := s.hasCopies(ctx); err != nil || !has {
		return err
	}
	return each(ctx, s.db, do,
		`SELECT reference FROM lasting_due WHERE version <> (SELECT coalesce(max(version), 0) FROM lasting WHERE lasting.reference = lasting_due.reference)
		 UNION ALL SELECT reference FROM act WHERE NOT EXISTS (SELECT 1 FROM lasting_due WHERE lasting_due.reference = act.reference)`)
}
