package postgres

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// UsedChallenges implements store.Store.
func (s *Store) UsedChallenges() relyingparty.UsedChallenges { return usedChallenges{s} }

type usedChallenges struct{ store *Store }

// Use implements relyingparty.UsedChallenges. The primary key decides, as it does for the service's challenges.
func (u usedChallenges) Use(ctx context.Context, digest string, until time.Time) error {
	n, err := u.store.exec(ctx, `INSERT INTO used_login_challenge (digest, keep_until) VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest, millis(until))
	if err == nil && n == 0 {
		err = relyingparty.ErrChallengeUsed
	}
	return err
}
