package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Measure counts. It reads indexes alone.
func (s *Store) Measure(ctx context.Context) (m record.Measure, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM receipt WHERE code IS NULL`).Scan(&m.OpenReceipts); err != nil {
		return m, fmt.Errorf("sqlite: measure: %w", err)
	}
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			m.Bytes += info.Size()
		}
	}
	return m, nil
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
