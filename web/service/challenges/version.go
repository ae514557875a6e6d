package challenges

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

// SQLiteVersion returns the version of the database at path, and that of this program. It changes nothing; fs.ErrNotExist means that there is
// no database.
func SQLiteVersion(ctx context.Context, path string) (version, newest int, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, schemaVersion, err
	}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return 0, schemaVersion, fmt.Errorf("challenges: %w", err)
	}
	defer db.Close()
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, schemaVersion, fmt.Errorf("challenges: %q: %w", path, err)
	}
	return version, schemaVersion, nil
}

// PostgresVersion connects as OpenPostgres does, and returns the version of the schema, 0 where there is none, and that of this program. It changes
// nothing.
func PostgresVersion(ctx context.Context, connection string, plain bool) (version, newest int, err error) {
	fail := func(err error) (int, int, error) {
		return 0, len(migrations), fmt.Errorf("challenges: PostgreSQL: %w", err)
	}
	config, err := poolConfig(connection, plain)
	if err != nil {
		return fail(err)
	}
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fail(err)
	}
	defer pool.Close()
	var hasVersion bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass('eonay_rp.version') IS NOT NULL").Scan(&hasVersion); err != nil {
		return fail(err)
	}
	if !hasVersion {
		return 0, len(migrations), nil
	}
	if err := pool.QueryRow(ctx, "SELECT number FROM eonay_rp.version").Scan(&version); err != nil {
		return fail(err)
	}
	return version, len(migrations), nil
}
