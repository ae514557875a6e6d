package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// CertificatesOf implements store.Statuses.
func (s *Store) CertificatesOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error) {
	return all(ctx, s.pool, scanApplication,
		applicationColumns+`WHERE citizen_number = $1 AND serial IS NOT NULL ORDER BY created_at DESC, place DESC LIMIT $2`, citizenNumber, limit)
}

// stopped refuses a person's certificate that was suspended or revoked here. The person's lock is had, which each change of an application takes.
func stopped(ctx context.Context, tx pgx.Tx, citizenNumber, serial string) error {
	state, err := one(ctx, tx, scanValue[string],
		`SELECT state FROM application WHERE citizen_number = $1 AND serial = $2 AND state IN ('suspended', 'revoked') ORDER BY state LIMIT 1`, citizenNumber, serial)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return record.StoppedAs(application.State(state))
}

// NoteStatus implements store.Statuses.
func (s *Store) NoteStatus(ctx context.Context, p store.PublishedStatus) error {
	_, err := s.exec(ctx,
		`INSERT INTO published_status (reference, version, status, at) VALUES ($1, $2, $3, $4)
		 ON CONFLICT (reference) DO UPDATE SET version = excluded.version, status = excluded.status, at = excluded.at
		 WHERE excluded.version >= published_status.version`,
		p.Reference, p.Version, p.Status, millis(p.At))
	return err
}

// PublishedStatus implements store.Statuses.
func (s *Store) PublishedStatus(ctx context.Context, reference string) (store.PublishedStatus, error) {
	return one(ctx, s.pool, func(row scanner) (p store.PublishedStatus, err error) {
		var at int64
		err = row.Scan(&p.Reference, &p.Version, &p.Status, &at)
		p.At = instant(at)
		return p, err
	}, `SELECT reference, version, status, at FROM published_status WHERE reference = $1`, reference)
}

// BeginTry implements store.Statuses. The subjects are locked in their order, so that no two tries wait for each other.
func (s *Store) BeginTry(ctx context.Context, t store.Try) error {
	subjects := slices.SortedFunc(slices.Values(t.Subjects), func(a, b store.TrySubject) int { return bytes.Compare(a.Subject[:], b.Subject[:]) })
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, subject := range subjects {
			if err := lock(ctx, tx, int64(binary.BigEndian.Uint64(subject.Subject[:8]))); err != nil {
				return err
			}
			n, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM word_try WHERE subject = $1 AND at > $2`,
				subject.Subject[:], millis(t.At.Add(-subject.Limit.Window)))
			if err != nil {
				return err
			}
			if n >= subject.Limit.Count {
				return fault.Errorf(refusal.WordWait, "%d tries in %v", n, subject.Limit.Window)
			}
			if _, err := exec(ctx, tx, `INSERT INTO word_try (id, subject, at) VALUES ($1, $2, $3)`, t.ID, subject.Subject[:], millis(t.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetTry implements store.Statuses.
func (s *Store) ForgetTry(ctx context.Context, id string) error {
	_, err := s.exec(ctx, `DELETE FROM word_try WHERE id = $1`, id)
	return err
}
