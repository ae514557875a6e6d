package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// PutApplicationKey implements store.ApplicationKeys.
func (s *Store) PutApplicationKey(ctx context.Context, k store.ApplicationKey) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if k.Use == store.LinkKey {
			if _, err := tx.ExecContext(ctx, `DELETE FROM application_key WHERE application = ? AND use = 'link'`, k.Application); err != nil {
				return err
			}
		}
		return putApplicationKey(ctx, tx, k)
	})
}

func putApplicationKey(ctx context.Context, tx *sql.Tx, k store.ApplicationKey) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO application_key (hash, application, use, expires_at) VALUES (?, ?, ?, ?)`,
		k.Hash[:], k.Application, k.Use, millis(k.ExpiresAt))
	return err
}

// OpenApplicationLink implements store.ApplicationKeys.
func (s *Store) OpenApplicationLink(ctx context.Context, link store.Hash, browser store.ApplicationKey, now time.Time) (reference string, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `DELETE FROM application_key WHERE hash = ? AND use = 'link' AND expires_at > ? RETURNING application`, link[:], millis(now))
		if err := row.Scan(&browser.Application); err != nil {
			return found(err)
		}
		return putApplicationKey(ctx, tx, browser)
	})
	return browser.Application, err
}

// ApplicationByKey implements store.ApplicationKeys.
func (s *Store) ApplicationByKey(ctx context.Context, browser store.Hash, now time.Time) (string, error) {
	reference, err := scanText(s.read.QueryRowContext(ctx, `SELECT application FROM application_key WHERE hash = ? AND use = 'browser' AND expires_at > ?`,
		browser[:], millis(now)))
	return reference, found(err)
}

// DeleteApplicationKey implements store.ApplicationKeys.
func (s *Store) DeleteApplicationKey(ctx context.Context, browser store.Hash) error {
	_, err := s.write.exec(ctx, `DELETE FROM application_key WHERE hash = ? AND use = 'browser'`, browser[:])
	return err
}

const unpaidApplications = `SELECT reference FROM application INDEXED BY application_unpaid
	WHERE citizen_number = '' AND paid_at IS NULL AND state IN ('payment_due', 'draft', 'awaiting_approval') AND state_since < ?
	ORDER BY state_since LIMIT ?`

// UnpaidApplications implements store.ApplicationKeys.
func (s *Store) UnpaidApplications(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return all(ctx, s.read, scanText, unpaidApplications, millis(before), limit)
}
