package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Schema is a program's schema, by the migrations that make it.
type Schema struct {
	Name string
	// Lock is the advisory lock under which processes that start at once change the schema.
	Lock int64
	// Migrations bring the schema from each version to the next, from version 0, an empty one. One that has been released is never changed.
	// Names in them have their schema, so that no other of search_path counts.
	Migrations []string
}

// Querier is a pool or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// Migrate makes the schema, or brings it to the newest version, within a transaction that is read committed: each statement then sees what was
// done before the lock was had. The lock ends with the transaction. A schema of a newer program is refused.
func (s *Schema) Migrate(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", s.Lock); err != nil {
		return err
	}
	var hasSchema bool
	if err := tx.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", s.Name).Scan(&hasSchema); err != nil {
		return err
	}
	if !hasSchema { // an administrator may have made it, for a role that may not
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+s.Name); err != nil {
			return err
		}
	}
	version, err := s.Version(ctx, tx)
	if err != nil {
		return err
	}
	newest := len(s.Migrations)
	if version > newest {
		return fmt.Errorf("the database has version %d, this program knows %d", version, newest)
	}
	if version == newest {
		return nil
	}
	for _, statements := range s.Statements(version) {
		if _, err := tx.Exec(ctx, statements); err != nil {
			return err
		}
	}
	return nil
}

// Statements are what brings the schema, which is there, from a version to the newest.
func (s *Schema) Statements(version int) (list []string) {
	if version == 0 {
		list = append(list, `CREATE TABLE IF NOT EXISTS `+s.Name+`.version (id integer PRIMARY KEY CHECK (id = 1), number integer NOT NULL CHECK (number >= 0));
			INSERT INTO `+s.Name+`.version (id, number) VALUES (1, 0) ON CONFLICT DO NOTHING`)
	}
	list = append(list, s.Migrations[version:]...)
	return append(list, fmt.Sprintf("UPDATE %s.version SET number = %d", s.Name, len(s.Migrations)))
}

// Version returns the version of the schema, 0 where there is none. It changes nothing.
func (s *Schema) Version(ctx context.Context, q Querier) (version int, err error) {
	var hasVersion bool
	if err := q.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", s.Name+".version").Scan(&hasVersion); err != nil || !hasVersion {
		return 0, err
	}
	err = q.QueryRow(ctx, "SELECT number FROM "+s.Name+".version").Scan(&version)
	return version, err
}
