package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// LoginChallenges keeps the challenges of logins with a card, the newest relyingparty.DefaultMaxChallenges of them.
func (s *Store) LoginChallenges() relyingparty.Challenges {
	return loginChallenges{s, relyingparty.DefaultMaxChallenges}
}

type loginChallenges struct {
	store *Store
	max   int
}

// Put implements relyingparty.Challenges.
func (l loginChallenges) Put(ctx context.Context, session string, c relyingparty.Challenge) error {
	return l.store.transact(ctx, func(tx *sql.Tx) error {
		var number int64
		err := tx.QueryRowContext(ctx,
			`INSERT OR REPLACE INTO login_challenge (session, nonce, expires_at) VALUES (?, ?, ?) RETURNING number`,
			session, c.Nonce, millis(c.Expires)).Scan(&number)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM login_challenge WHERE number <= ?`, number-int64(l.max))
		return err
	})
}

// Take implements relyingparty.Challenges.
func (l loginChallenges) Take(ctx context.Context, session string) (relyingparty.Challenge, error) {
	var c relyingparty.Challenge
	var expires int64
	err := l.store.write.QueryRowContext(ctx,
		`DELETE FROM login_challenge WHERE session = ? RETURNING nonce, expires_at`, session).Scan(&c.Nonce, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return relyingparty.Challenge{}, relyingparty.ErrNoChallenge
	}
	if err != nil {
		return relyingparty.Challenge{}, err
	}
	c.Expires = instant(expires)
	return c, nil
}
