package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Measure is how much waits in a database, and how large it is.
type Measure struct {
	Bytes        int64     // with the write-ahead log
	Letters      int       // in the outbox that are not sent yet
	OldestLetter time.Time // zero where there are none
	OpenReceipts int
}

// Measure counts. It reads indexes alone.
func (s *Store) Measure(ctx context.Context) (m Measure, err error) {
	var oldest sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT count(*), min(created_at), (SELECT count(*) FROM receipt WHERE code IS NULL) FROM outbox WHERE ended_at IS NULL`).
		Scan(&m.Letters, &oldest, &m.OpenReceipts)
	if err != nil {
		return m, fmt.Errorf("sqlite: measure: %w", err)
	}
	if oldest.Valid {
		m.OldestLetter = instant(oldest.Int64)
	}
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			m.Bytes += info.Size()
		}
	}
	return m, nil
}

// hasFailed reports whether an error of a transaction is the database's: a refusal is none, and who asked may have left.
func hasFailed(ctx context.Context, err error) bool {
	_, isRefusal := errors.AsType[*fault.Error](err)
	return err != nil && !isRefusal && !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil
}

// Version returns the version of the schema of the database at path, and the newest that this program knows. It changes nothing;
// fs.ErrNotExist means that there is no database.
func Version(ctx context.Context, path string) (version, newest int, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, 0, err
	}
	if _, err := os.Stat(path); err != nil {
		return 0, len(files), err
	}
	db, err := sql.Open("sqlite", readOnly(path, ""))
	if err != nil {
		return 0, len(files), fmt.Errorf("sqlite: %w", err)
	}
	defer db.Close()
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, len(files), fmt.Errorf("sqlite: %q: %w", path, err)
	}
	return version, len(files), nil
}
