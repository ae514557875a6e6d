package sqlite

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// UsedChallenges implements store.Store.
func (s *Store) UsedChallenges() relyingparty.UsedChallenges { return usedChallenges{s} }

type usedChallenges struct{ store *Store }

// Use implements relyingparty.UsedChallenges.
func (u usedChallenges) Use(ctx context.Context, digest string, until time.Time) error {
	recorded, err := u.store.write.exec(ctx,
		`INSERT INTO used_login_challenge (digest, keep_until) VALUES (?, ?) ON CONFLICT DO NOTHING`, digest, millis(until))
	if err != nil {
		return err
	}
	n, err := recorded.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return relyingparty.ErrChallengeUsed
	}
	return nil
}
