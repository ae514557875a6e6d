package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

const certificatesOf = applicationColumns + `WHERE citizen_number = ? AND serial IS NOT NULL ORDER BY created_at DESC, rowid DESC LIMIT ?`

// CertificatesOf implements store.Statuses.
func (s *Store) CertificatesOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error) {
	return all(ctx, s.read, scanApplication, certificatesOf, citizenNumber, limit)
}

// stopped refuses a person's certificate that was suspended or revoked here.
func stopped(ctx context.Context, tx *sql.Tx, citizenNumber, serial string) error {
	var state application.State
	err := tx.QueryRowContext(ctx, `SELECT state FROM application WHERE citizen_number = ? AND serial = ? AND state IN ('suspended', 'revoked') ORDER BY state LIMIT 1`,
		citizenNumber, serial).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return record.StoppedAs(state)
}

// NoteStatus implements store.Statuses.
func (s *Store) NoteStatus(ctx context.Context, p store.PublishedStatus) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO published_status (reference, version, status, at) VALUES (?, ?, ?, ?)
			 ON CONFLICT (reference) DO UPDATE SET version = excluded.version, status = excluded.status, at = excluded.at
			 WHERE excluded.version >= published_status.version`,
			p.Reference, p.Version, p.Status, millis(p.At))
		return err
	})
}

// PublishedStatus implements store.Statuses.
func (s *Store) PublishedStatus(ctx context.Context, reference string) (p store.PublishedStatus, err error) {
	var at int64
	row := s.read.QueryRowContext(ctx, `SELECT reference, version, status, at FROM published_status WHERE reference = ?`, reference)
	if err := row.Scan(&p.Reference, &p.Version, &p.Status, &at); err != nil {
		return store.PublishedStatus{}, found(err)
	}
	p.At = instant(at)
	return p, nil
}

// BeginTry implements store.Statuses.
func (s *Store) BeginTry(ctx context.Context, t store.Try) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, one := range t.Subjects {
			var n int
			row := tx.QueryRowContext(ctx, `SELECT count(*) FROM word_try WHERE subject = ? AND at > ?`, one.Subject[:], millis(t.At.Add(-one.Limit.Window)))
			if err := row.Scan(&n); err != nil {
				return err
			}
			if n >= one.Limit.Count {
				return fault.Errorf(refusal.WordWait, "%d tries in %v", n, one.Limit.Window)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO word_try (id, subject, at) VALUES (?, ?, ?)`, t.ID, one.Subject[:], millis(t.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetTry implements store.Statuses.
func (s *Store) ForgetTry(ctx context.Context, id string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM word_try WHERE id = ?`, id)
		return err
	})
}
