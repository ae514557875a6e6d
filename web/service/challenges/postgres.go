package challenges

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/e-onay/e-onay/web/postgres"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Postgres is a Store in a PostgreSQL database, which processes on several machines may share. A commit is on the server's disk when it
// returns, and on that of a synchronous standby where the server has one. After the server was away the next call connects again.
type Postgres struct{ pool *pgxpool.Pool }

var _ Store = (*Postgres)(nil)

const (
	// queryTimeout is for one statement, with the wait for a connection; the server itself ends the statement after the same time.
	queryTimeout = 5 * time.Second
	// migrateTimeout is for all that is done when the database is opened.
	migrateTimeout = 30 * time.Second
	// purgeRows is how many rows one statement of the purge deletes, so that none takes long.
	purgeRows = 5000
)

// postgresSchema is changed under the advisory lock "eonay-rp" in ASCII.
var postgresSchema = postgres.Schema{Name: "eonay_rp", Lock: 0x656f6e61792d7270, Migrations: migrations}

// migrations bring the schema from each version to the next, from version 0, an empty database. One that has been released is never
// changed. Names have their schema, so that no other of search_path counts.
var migrations = []string{`
CREATE TABLE eonay_rp.secret (
  id    integer PRIMARY KEY CHECK (id = 1),
  value bytea   NOT NULL CHECK (octet_length(value) = 32)
);
CREATE TABLE eonay_rp.used_challenge (
  digest     text COLLATE "C" PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  keep_until timestamptz      NOT NULL CHECK (isfinite(keep_until))
);
CREATE INDEX used_challenge_keep_until ON eonay_rp.used_challenge (keep_until);
CREATE TABLE eonay_rp.probe (
  id integer     PRIMARY KEY CHECK (id = 1),
  at timestamptz NOT NULL
);`}

// OpenPostgres connects to a database by libpq's connection string and makes the schema eonay_rp in it if there is none. What the string
// leaves out comes from libpq's environment variables and files. A database of a newer program is refused. So is a connection beyond
// this machine without TLS that verifies the server, unless plain is true. No error has the password.
func OpenPostgres(ctx context.Context, connection string, plain bool) (*Postgres, error) {
	pool, err := postgres.Open(ctx, options(connection, plain))
	if err != nil {
		return nil, fmt.Errorf("challenges: PostgreSQL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	// Read committed: each statement sees what was committed before it, and so what was done before the lock was had.
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return postgresSchema.Migrate(ctx, tx) }); err != nil {
		pool.Close()
		return nil, fmt.Errorf("challenges: PostgreSQL: %w", err)
	}
	return &Postgres{pool}, nil
}

func options(connection string, plain bool) postgres.Options {
	return postgres.Options{Connection: connection, Plain: plain, Program: "eonay-rp", Timeout: queryTimeout}
}

// exec runs one statement as a transaction of its own and returns how many rows it has changed.
func (s *Postgres) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	done, err := s.pool.Exec(ctx, statement, args...)
	if err != nil {
		return 0, fmt.Errorf("challenges: PostgreSQL: %w", err)
	}
	return done.RowsAffected(), nil
}

// Use implements relyingparty.UsedChallenges.
//
// The primary key decides. Of several transactions that insert one digest the first keeps its place in the index, the others wait until it
// ends: if it commits they insert nothing, if it is rolled back (or its connection or the server dies) one of them takes its place. That
// holds in read committed, which the connection asks for; a stricter isolation would give some of them an error in place of the answer.
//
// The statement is not repeated after an error: where the answer to a commit was lost the challenge may be used, and the login is refused.
func (s *Postgres) Use(ctx context.Context, digest string, until time.Time) error {
	n, err := s.exec(ctx,
		"INSERT INTO eonay_rp.used_challenge (digest, keep_until) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING", digest, until)
	if err != nil {
		return err
	}
	if n == 0 {
		return relyingparty.ErrChallengeUsed
	}
	return nil
}

// Secret implements Store. As in Use, of several processes one inserts, and the others read its row, by a statement that begins after
// that was committed.
func (s *Postgres) Secret(ctx context.Context) (secret []byte, err error) {
	fresh := make([]byte, SecretSize)
	_, _ = rand.Read(fresh) // never fails
	if _, err := s.exec(ctx, "INSERT INTO eonay_rp.secret (id, value) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", fresh); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	if err := s.pool.QueryRow(ctx, "SELECT value FROM eonay_rp.secret").Scan(&secret); err != nil {
		return nil, fmt.Errorf("challenges: PostgreSQL: %w", err)
	}
	return secret, nil
}

// Ping implements Store. A standby, or a server whose disk is full, cannot commit.
func (s *Postgres) Ping(ctx context.Context) error {
	_, err := s.exec(ctx, "INSERT INTO eonay_rp.probe (id, at) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET at = excluded.at")
	return err
}

// Purge implements Store. The server's clock counts too: one process whose clock is ahead must not forget for all. What another process is
// deleting is left to it.
func (s *Postgres) Purge(ctx context.Context, before time.Time) error {
	for {
		n, err := s.exec(ctx, `
			WITH over AS (
			  SELECT digest FROM eonay_rp.used_challenge WHERE keep_until < LEAST($1, now())
			  ORDER BY keep_until LIMIT $2 FOR UPDATE SKIP LOCKED)
			DELETE FROM eonay_rp.used_challenge AS used USING over WHERE used.digest = over.digest`, before, purgeRows)
		if err != nil || n < purgeRows {
			return err
		}
	}
}

// Close implements Store. It waits for the calls under way.
func (s *Postgres) Close() error {
	s.pool.Close()
	return nil
}
