package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// PutApplicationKey implements store.ApplicationKeys. The application's row keeps another link away meanwhile.
func (s *Store) PutApplicationKey(ctx context.Context, k store.ApplicationKey) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if k.Use == store.LinkKey {
			if _, err := exec(ctx, tx, `SELECT 1 FROM application WHERE reference = $1 FOR UPDATE`, k.Application); err != nil {
				return err
			}
			if _, err := exec(ctx, tx, `DELETE FROM application_key WHERE application = $1 AND use = 'link'`, k.Application); err != nil {
				return err
			}
		}
		return putApplicationKey(ctx, tx, k)
	})
}

func putApplicationKey(ctx context.Context, tx pgx.Tx, k store.ApplicationKey) error {
	_, err := exec(ctx, tx, `INSERT INTO application_key (hash, application, use, expires_at) VALUES ($1, $2, $3, $4)`,
		k.Hash[:], k.Application, string(k.Use), millis(k.ExpiresAt))
	return err
}

// OpenApplicationLink implements store.ApplicationKeys. Of several at once one deletes the row.
func (s *Store) OpenApplicationLink(ctx context.Context, link store.Hash, browser store.ApplicationKey, now time.Time) (reference string, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		opened, err := one(ctx, tx, scanValue[string],
			`DELETE FROM application_key WHERE hash = $1 AND use = 'link' AND expires_at > $2 RETURNING application`, link[:], millis(now))
		if err != nil {
			return err
		}
		reference, browser.Application = opened, opened
		return putApplicationKey(ctx, tx, browser)
	})
	return reference, err
}

// ApplicationByKey implements store.ApplicationKeys.
func (s *Store) ApplicationByKey(ctx context.Context, browser store.Hash, now time.Time) (string, error) {
	return one(ctx, s.pool, scanValue[string], `SELECT application FROM application_key WHERE hash = $1 AND use = 'browser' AND expires_at > $2`,
		browser[:], millis(now))
}

// DeleteApplicationKey implements store.ApplicationKeys.
func (s *Store) DeleteApplicationKey(ctx context.Context, browser store.Hash) error {
	_, err := s.exec(ctx, `DELETE FROM application_key WHERE hash = $1 AND use = 'browser'`, browser[:])
	return err
}

// UnpaidApplications implements store.ApplicationKeys.
func (s *Store) UnpaidApplications(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return all(ctx, s.pool, scanValue[string], `SELECT reference FROM application
		WHERE citizen_number = '' AND paid_at IS NULL AND state IN ('payment_due', 'draft', 'awaiting_approval') AND state_since < $1
		ORDER BY state_since LIMIT $2`, millis(before), limit)
}
