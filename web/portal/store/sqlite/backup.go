package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// fill counts.
func fill(ctx context.Context, db *sql.DB, c *record.Contents) error {
	for table, n := range map[string]*int{"act": &c.Acts, "receipt": &c.Receipts, "puk_release": &c.Releases, "login": &c.Logins,
		"chain": &c.Entries, "card": &c.Cards,
		"application": &c.Applications} {
		there, err := hasTable(ctx, db, table)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		if *n, err = count(ctx, db, "SELECT count(*) FROM "+table); err != nil {
			return err
		}
	}
	return nil
}

// hasTable reports whether a database has a table: one of an earlier version has fewer.
func hasTable(ctx context.Context, db *sql.DB, table string) (bool, error) {
	n, err := count(ctx, db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '"+table+"'")
	return n > 0, err
}

// Backup copies the database at path to the new file copy, as it is at one moment, while portals go on writing. The copy
// is checked as Check does and on the disk when Backup returns; after an error there is none. A plain copy of the file
// would not do: it lacks what is still in the write-ahead log, and looks whole all the same.
func Backup(ctx context.Context, path, copy string) (record.Contents, error) {
	if _, err := os.Stat(copy); !errors.Is(err, fs.ErrNotExist) {
		return record.Contents{}, fmt.Errorf("sqlite: %q is there already", copy)
	}
	draft, err := os.CreateTemp(filepath.Dir(copy), ".backup-*") // readable by its owner only
	if err != nil {
		return record.Contents{}, fmt.Errorf("sqlite: %w", err)
	}
	defer os.Remove(draft.Name())
	defer draft.Close()
	if err := copyInto(ctx, path, draft.Name()); err != nil {
		return record.Contents{}, fmt.Errorf("sqlite: copy %q: %w", path, err)
	}
	contents, err := Check(ctx, draft.Name())
	if err != nil {
		return record.Contents{}, err
	}
	if err := draft.Sync(); err != nil {
		return record.Contents{}, fmt.Errorf("sqlite: %w", err)
	}
	if err := os.Rename(draft.Name(), copy); err != nil {
		return record.Contents{}, fmt.Errorf("sqlite: %w", err)
	}
	return contents, syncFolder(filepath.Dir(copy))
}

func copyInto(ctx context.Context, path, target string) error {
	db, err := sql.Open("sqlite", readOnly(path, ""))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", target)
	return err
}

// readOnly is the address of a database that is not written to.
func readOnly(path, more string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)" + more}).String()
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// Check proves that a backup is whole: SQLite finds its pages and references in order, its tables, indexes and triggers
// are those of its version, and each act has its certificates. It does not verify signatures and the chain, as Audit does. Nothing else may write to
// the file meanwhile.
func Check(ctx context.Context, path string) (record.Contents, error) {
	c, err := check(ctx, path)
	if err != nil {
		return record.Contents{}, fmt.Errorf("sqlite: check %q: %w", path, err)
	}
	return c, nil
}

// faults are rows that there must be none of.
var faults = []struct{ rows, what string }{
	{"pragma_foreign_key_check", "rows that refer to missing ones"},
	{`act WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.reference = act.reference AND kind = 'certificate')`, "acts without evidence"},
}

func check(ctx context.Context, path string) (c record.Contents, err error) {
	db, err := sql.Open("sqlite", readOnly(path, "&immutable=1"))
	if err != nil {
		return c, err
	}
	defer db.Close()
	var verdict string
	err = db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(verdict)
	}
	if err != nil {
		return c, err
	}
	if err := checkSchema(ctx, db, &c); err != nil {
		return c, err
	}
	for _, fault := range faults {
		n, err := count(ctx, db, "SELECT count(*) FROM "+fault.rows)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d %s", n, fault.what)
		}
		if err != nil {
			return c, err
		}
	}
	return c, fill(ctx, db, &c)
}

func count(ctx context.Context, q querier, query string, args ...any) (n int, err error) {
	err = q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// checkSchema compares all that is defined in a database with what the migrations define up to its version.
func checkSchema(ctx context.Context, db *sql.DB, c *record.Contents) error {
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&c.Version); err != nil {
		return err
	}
	if c.Version == 0 {
		return errors.New("not a portal's database")
	}
	want, err := expectedDefinitions(ctx, c.Version)
	if err != nil {
		return err
	}
	got, err := definitions(ctx, db)
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("not the %d tables, indexes and triggers of version %d", len(want), c.Version)
	}
	return nil
}

// expected are the definitions that the migrations lead to, by version, once they were asked for.
var expected sync.Map

// expectedDefinitions returns what the migrations up to a version make of an empty database.
func expectedDefinitions(ctx context.Context, version int) ([]string, error) {
	if known, found := expected.Load(version); found {
		return known.([]string), nil
	}
	model, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer model.Close()
	model.SetMaxOpenConns(1) // each connection has a memory of its own
	if err := migrate(ctx, model, version); err != nil {
		return nil, err
	}
	list, err := definitions(ctx, model)
	if err == nil {
		expected.Store(version, list)
	}
	return list, err
}

func definitions(ctx context.Context, db *sql.DB) ([]string, error) {
	scan := func(row scanner) (definition string, err error) {
		err = row.Scan(&definition)
		return definition, err
	}
	return all(ctx, db, scan, "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
}
