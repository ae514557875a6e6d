package challenges

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"

	"github.com/e-onay/e-onay/web/postgres"
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
	pool, err := postgres.Open(ctx, options(connection, plain))
	if err != nil {
		return fail(err)
	}
	defer pool.Close()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	if version, err = postgresSchema.Version(ctx, pool); err != nil {
		return fail(err)
	}
	return version, len(migrations), nil
}
