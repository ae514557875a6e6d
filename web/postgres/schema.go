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
	for {
		if isNewest, err := s.Step(ctx, tx); err != nil || isNewest {
			return err
		}
	}
}

// Step is Migrate for a schema that programs use meanwhile: it goes one version further, so that one transaction locks the tables of one migration. A new
// schema is made whole.
func (s *Schema) Step(ctx context.Context, tx pgx.Tx) (isNewest bool, err error) {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", s.Lock); err != nil {
		return false, err
	}
	var hasSchema bool
	if err := tx.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", s.Name).Scan(&hasSchema); err != nil {
		return false, err
	}
	if !hasSchema { // an administrator may have made it, for a role that may not
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+s.Name); err != nil {
			return false, err
		}
	}
	version, err := s.Version(ctx, tx)
	if err != nil {
		return false, err
	}
	newest := len(s.Migrations)
	next := version + 1
	switch {
	case version > newest:
		return false, fmt.Errorf("the database has version %d, this program knows %d", version, newest)
	case version == newest:
		return true, nil
	case version == 0:
		next = newest
	}
	for _, statements := range s.statements(version, next) {
		if _, err := tx.Exec(ctx, statements); err != nil {
			return false, err
		}
	}
	return next == newest, nil
}

// Statements are what makes the newest version in a schema that is empty.
func (s *Schema) Statements() []string { return s.statements(0, len(s.Migrations)) }

// statements are what brings the schema, which is there, from a version to another.
func (s *Schema) statements(from, to int) (list []string) {
	if from == 0 {
		list = append(list, `CREATE TABLE IF NOT EXISTS `+s.Name+`.version (id integer PRIMARY KEY CHECK (id = 1), number integer NOT NULL CHECK (number >= 0));
			INSERT INTO `+s.Name+`.version (id, number) VALUES (1, 0) ON CONFLICT DO NOTHING`)
	}
	list = append(list, s.Migrations[from:to]...)
	return append(list, fmt.Sprintf("UPDATE %s.version SET number = %d", s.Name, to))
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
