// Package sqlite is the portal's store in one SQLite file, for a demo or one institution.
//
// The file is in write-ahead mode with full synchronisation: a commit is on the disk when it returns. The log is copied into the file beside the
// writer, and not by a commit.
// One connection writes; its transactions take the write lock when they begin, so that what they read
// cannot change before they write. Other connections only read.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/sqlitefile"
)

// readers is how many connections read at once.
const readers = 4

// Store implements store.Store.
type Store struct {
	write       writer
	checkpoints *checkpointer
	read        *sql.DB
	path        string
	observe     func(took time.Duration, failed bool)
}

var _ store.Store = (*Store)(nil)

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the database at path, creates it if there is none (readable by its owner only), and
// brings its schema up to date. A database of a newer program is refused.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := sqlitefile.Create(ctx, path); err != nil {
		return nil, fmt.Errorf("sqlite: %q: %w", path, err)
	}
	s := &Store{path: path}
	var err error
	s.write, err = newWriter(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := migrate(ctx, s.write.db, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %q: %w", path, err), s.write.db.Close())
	}
	s.read, err = open(address(path, "deferred") + "&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), s.write.db.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers) // else two are kept, and others opened anew again and again
	s.checkpoints, err = startCheckpoints(path, s.write)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), s.read.Close(), s.write.db.Close())
	}
	return s, nil
}

func address(path, lock string) string {
	return sqlitefile.Writing(path, lock, "foreign_keys(1)",
		"wal_autocheckpoint(0)", // the checkpointer does it
		"secure_delete(1)")      // what is overwritten or deleted is zeroed, so that the file does not keep it
}

// migrate runs the numbered migrations that the database has not seen, each in its transaction, up to a version; 0 means
// all of them.
func migrate(ctx context.Context, db *sql.DB, version int) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	newest := len(files)
	if version > newest {
		return fmt.Errorf("version %d, this program knows %d", version, newest)
	}
	if version > 0 {
		files = files[:version]
	}
	for i, name := range files {
		if err := step(ctx, db, i+1, newest, name); err != nil {
			return fmt.Errorf("migration %q: %w", name, err)
		}
	}
	return nil
}

// step brings a database of version number−1 to version number. Other processes may be doing the same.
func step(ctx context.Context, db *sql.DB, number, newest int, name string) error {
	statements, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > newest {
		return fmt.Errorf("the database has version %d, this program knows %d", version, newest)
	}
	if version >= number {
		return nil
	}
	if _, err := tx.ExecContext(ctx, string(statements)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", number)); err != nil {
		return err
	}
	return tx.Commit()
}

// probeSize is about what an act needs with its evidence, CRLs aside.
const probeSize = 64 << 10

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.write.exec(ctx, "INSERT OR REPLACE INTO probe (id, data) VALUES (1, randomblob(?))", probeSize)
	return err
}

// Observe has f told of each writing transaction, how long it took with the wait for its turn, and whether the database has failed it. It is
// called before the store is used.
func (s *Store) Observe(f func(took time.Duration, failed bool)) { s.observe = f }

// Close implements store.Store.
func (s *Store) Close() error {
	return errors.Join(s.checkpoints.stop(), s.read.Close(), s.write.db.Close(), s.checkpoints.closeFile())
}

// transact runs f in a transaction that holds the write lock from its beginning, after those that were asked for before.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) (err error) {
	if began := time.Now(); s.observe != nil {
		defer func() { s.observe(time.Since(began), record.HasFailed(ctx, err)) }()
	}
	return s.write.transact(ctx, f)
}

// found turns the driver's "no rows" into the contract's error.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

func millis(t time.Time) int64       { return t.UnixMilli() }
func instant(millis int64) time.Time { return time.UnixMilli(millis).UTC() }
