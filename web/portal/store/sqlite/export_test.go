package sqlite

import (
	"context"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// LoginChallengesOf is LoginChallenges with another bound.
func LoginChallengesOf(s *Store, max int) relyingparty.Challenges { return loginChallenges{s, max} }

// Pragma returns a setting of the writing connection.
func (s *Store) Pragma(ctx context.Context, name string) (value string) {
	if err := s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
		return err.Error()
	}
	return value
}
