package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// rows reads what record.Copy copies.
type rows struct{ db querier }

// Each implements record.Rows.
func (r rows) Each(ctx context.Context, t *record.Table, do func([]any) error) error {
	found, err := r.db.QueryContext(ctx, t.Select("rowid"))
	if err != nil {
		return err
	}
	defer found.Close()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
		if err := do(values); err != nil {
			return err
		}
	}
	return found.Err()
}

// NewestReceipt implements record.Rows.
func (r rows) NewestReceipt(ctx context.Context) (number int64, err error) {
	err = r.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'receipt'").Scan(&number)
	return number, err
}

// Rows returns the rows of a database that is of this program's version, with all of its record in the chain.
func (a *Audit) Rows(ctx context.Context) (record.Rows, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, wrapped(err)
	}
	version, err := count(ctx, a.db, "PRAGMA user_version")
	if err != nil {
		return nil, wrapped(err)
	}
	if version != len(files) {
		return nil, fmt.Errorf("sqlite: the database has version %d, this program wants %d: start it once on it", version, len(files))
	}
	if n, err := a.Waiting(ctx); err != nil || n > 0 {
		return nil, errors.Join(err, fmt.Errorf("sqlite: %d rows from before the chain are not entered yet: start the portal once on it", n))
	}
	columns, err := all(ctx, a.db, scanText, `SELECT m.name || ' ' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT IN ('unchained', 'probe')`)
	if err == nil {
		err = record.CheckColumns(columns)
	}
	return rows{a.db}, wrapped(err)
}

// target is a new database that is being filled.
type target struct {
	rows
	tx *sql.Tx
}

// Add implements record.Target.
func (t target) Add(ctx context.Context, table *record.Table, values []any) error {
	_, err := t.tx.ExecContext(ctx, table.Insert(func(n int) string { return fmt.Sprintf("?%d", n) }), values...)
	return err
}

// SetNewestReceipt implements record.Target.
func (t target) SetNewestReceipt(ctx context.Context, number int64) error {
	done, err := t.tx.ExecContext(ctx, "UPDATE sqlite_sequence SET seq = ? WHERE name = 'receipt'", number)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 || number == 0 {
		return err
	}
	_, err = t.tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ('receipt', ?)", number)
	return err
}

// Receive makes the database at path, which must not be there, of what another one has. After an error there is none.
func Receive(ctx context.Context, path string, from record.Rows) (c record.Copied, err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("sqlite: %q is there already", path)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".copy-*") // readable by its owner only
	if err != nil {
		return c, wrapped(err)
	}
	defer os.RemoveAll(folder)
	draft := filepath.Join(folder, "portal.db")
	if c, err = fillDraft(ctx, draft, from); err != nil {
		return record.Copied{}, wrapped(err)
	}
	if _, err := Check(ctx, draft); err != nil {
		return record.Copied{}, err
	}
	if err := os.Rename(draft, path); err != nil {
		return record.Copied{}, wrapped(err)
	}
	return c, syncFolder(filepath.Dir(path))
}

// fillDraft makes a database in one transaction: its triggers are away meanwhile.
func fillDraft(ctx context.Context, path string, from record.Rows) (c record.Copied, err error) {
	s, err := Open(ctx, path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.Close()) }() // the last connection takes the write-ahead log into the file
	err = s.transact(ctx, func(tx *sql.Tx) error {
		triggers, err := all(ctx, tx, func(row scanner) (t [2]string, err error) { return t, row.Scan(&t[0], &t[1]) },
			"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
		if err != nil {
			return err
		}
		for _, trigger := range triggers {
			if _, err := tx.ExecContext(ctx, "DROP TRIGGER "+trigger[0]); err != nil {
				return err
			}
		}
		if c, err = record.Copy(ctx, from, target{rows{tx}, tx}); err != nil {
			return err
		}
		for _, trigger := range triggers {
			if _, err := tx.ExecContext(ctx, trigger[1]); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}
