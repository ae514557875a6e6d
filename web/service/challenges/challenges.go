// Package challenges keeps what the service must remember of logins: which challenges were used up, and the secret that makes them.
package challenges

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// Store is a database of challenges, which several processes may share. Its methods are for many goroutines at once.
type Store interface {
	relyingparty.UsedChallenges
	// Secret returns the random bytes from which the sites' challenge keys are derived, SecretSize of them. The first call for a database makes
	// them; every later one, in any process, returns the same.
	Secret(ctx context.Context) ([]byte, error)
	// Ping reports whether the database can commit a write.
	Ping(ctx context.Context) error
	// Purge forgets the used challenges that had to be kept until a time before the given one.
	Purge(ctx context.Context, before time.Time) error
	Close() error
}

// SecretSize is the length of the secret, in bytes.
const SecretSize = 32
