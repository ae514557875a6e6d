package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// EraseApplication implements store.Applications. The salt goes with what it has salted: else the digests that stay would tell
// who guesses a form that the guess is right. Of several at once each waits for the row.
func (s *Store) EraseApplication(ctx context.Context, reference string, at time.Time) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		a, err := one(ctx, tx, scanApplication, applicationColumns+`WHERE reference = $1 FOR UPDATE`, reference)
		switch {
		case err != nil:
			return err
		case a.State != application.Rejected && a.State != application.Cancelled:
			return fault.New(refusal.ApplicationState, nil)
		case a.Number() == "": // erased before
			return nil
		}
		if _, err := exec(ctx, tx,
			`UPDATE application SET version = version + 1, citizen_number = NULL, name = NULL, form = NULL, security_word = NULL, way = NULL, basis = NULL,
			 replaces = NULL, salt = NULL, changed_at = $2, erased_at = $2 WHERE reference = $1`, reference, millis(at)); err != nil {
			return err
		}
		if err := deleteDraft(ctx, tx, reference); err != nil {
			return err
		}
		erased := application.Application{Reference: reference, Version: a.Version + 1, State: a.State}
		return recordChange(ctx, tx, erased, application.Change{Event: application.Erase, By: application.Portal, At: at, From: a.State, To: a.State})
	})
}

// ApplicationsToErase implements store.Applications.
func (s *Store) ApplicationsToErase(ctx context.Context, endedBefore time.Time, limit int) ([]string, error) {
	return all(ctx, s.pool, scanValue[string], `SELECT reference FROM application WHERE state IN ('rejected', 'cancelled') AND erased_at IS NULL AND state_since < $1
		ORDER BY state_since LIMIT $2`, millis(endedBefore), limit)
}
