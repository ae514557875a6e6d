package challenges

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/sqlitefile"
)

// SQLite is a Store in one file. A commit is on the disk when it returns.
type SQLite struct{ db *sql.DB }

var _ Store = (*SQLite)(nil)

// schemaVersion is the user_version of a database of this program.
const schemaVersion = 1

const schema = `
CREATE TABLE secret (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  value BLOB    NOT NULL CHECK (length(value) = 32)
) STRICT;
CREATE TABLE used_challenge (
  digest     TEXT    PRIMARY KEY CHECK (length(digest) = 64),
  keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_challenge_keep_until ON used_challenge (keep_until);
CREATE TABLE probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 1;`

// OpenSQLite opens the database at path and creates it if there is none, readable by its owner only. A database of a newer program is
// refused.
func OpenSQLite(ctx context.Context, path string) (*SQLite, error) {
	if err := sqlitefile.Create(ctx, path); err != nil {
		return nil, fmt.Errorf("challenges: %q: %w", path, err)
	}
	db, err := sql.Open("sqlite", sqlitefile.Writing(path, "immediate"))
	if err != nil {
		return nil, fmt.Errorf("challenges: %w", err)
	}
	db.SetMaxOpenConns(1) // every statement writes
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("challenges: %q: %w", path, err), db.Close())
	}
	return &SQLite{db}, nil
}

// migrate makes the schema of a new database. Other processes may be doing the same.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version > schemaVersion:
		return fmt.Errorf("the database has version %d, this program knows %d", version, schemaVersion)
	case version == schemaVersion:
		return nil
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	return tx.Commit()
}

// Use implements relyingparty.UsedChallenges.
func (s *SQLite) Use(ctx context.Context, digest string, until time.Time) error {
	recorded, err := s.db.ExecContext(ctx,
		"INSERT INTO used_challenge (digest, keep_until) VALUES (?, ?) ON CONFLICT DO NOTHING", digest, until.UnixMilli())
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

// Secret implements Store.
func (s *SQLite) Secret(ctx context.Context) (secret []byte, err error) {
	fresh := make([]byte, SecretSize)
	_, _ = rand.Read(fresh) // never fails
	if _, err := s.db.ExecContext(ctx, "INSERT INTO secret (id, value) VALUES (1, ?) ON CONFLICT DO NOTHING", fresh); err != nil {
		return nil, fmt.Errorf("challenges: %w", err)
	}
	if err := s.db.QueryRowContext(ctx, "SELECT value FROM secret").Scan(&secret); err != nil {
		return nil, fmt.Errorf("challenges: %w", err)
	}
	return secret, nil
}

// Ping implements Store.
func (s *SQLite) Ping(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "INSERT OR REPLACE INTO probe (id, at) VALUES (1, ?)", time.Now().UnixMilli())
	return err
}

// Purge implements Store.
func (s *SQLite) Purge(ctx context.Context, before time.Time) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM used_challenge WHERE keep_until < ?", before.UnixMilli())
	return err
}

// Close implements Store.
func (s *SQLite) Close() error { return s.db.Close() }
