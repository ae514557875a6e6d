package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/postgres"
)

// rows reads what record.Copy copies.
type rows struct{ tx unlimited }

// Each implements record.Rows. Each row is read from the connection when its turn comes.
func (r rows) Each(ctx context.Context, t *record.Table, do func([]any) error) error {
	found, err := r.tx.Query(ctx, t.Select("place"))
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		values, err := found.Values()
		if err != nil {
			return err
		}
		if err := do(values); err != nil {
			return err
		}
	}
	return found.Err()
}

// NewestReceipt implements record.Rows.
func (r rows) NewestReceipt(ctx context.Context) (int64, error) {
	return one(ctx, r.tx, scanValue[int64], `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM receipt_number_seq`)
}

// copied are the columns of the tables that are copied.
const copied = `SELECT relname || ' ' || attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
	WHERE relnamespace = 'eonay'::regnamespace AND relkind = 'r' AND relname NOT IN ('version', 'probe') AND attname <> 'place'`

// ofThisVersion refuses a schema that is not of this program's version, column by column.
func ofThisVersion(ctx context.Context, tx unlimited) error {
	s, err := schema(0)
	if err != nil {
		return err
	}
	version, _, err := versions(ctx, s, tx)
	if err != nil {
		return err
	}
	if newest := len(s.Migrations); version != newest {
		return fmt.Errorf("the database has version %d, this program wants %d: web migrate", version, newest)
	}
	columns, err := all(ctx, tx, scanValue[string], copied)
	if err != nil {
		return err
	}
	return record.CheckColumns(columns)
}

// Rows returns the rows of a database that is of this program's version.
func (a *Audit) Rows(ctx context.Context) (record.Rows, error) {
	return rows{a.tx}, wrapped(ofThisVersion(ctx, a.tx))
}

// target is a database that is being filled.
type target struct{ rows }

// Add implements record.Target.
func (t target) Add(ctx context.Context, table *record.Table, values []any) error {
	for i, value := range values {
		if data, ok := value.([]byte); ok {
			values[i] = notNull(data) // SQLite's empty value is nil, which pgx would write as NULL
		}
	}
	_, err := t.tx.Exec(ctx, table.Insert(func(n int) string { return fmt.Sprintf("$%d", n) }), values...)
	return err
}

// SetNewestReceipt implements record.Target.
func (t target) SetNewestReceipt(ctx context.Context, number int64) error {
	if number == 0 {
		return nil
	}
	_, err := exec(ctx, t.tx, `SELECT setval('receipt_number_seq', $1)`, number)
	return err
}

// Receive fills the database, whose schema must be there and hold nothing, with what another one has, in one transaction. The connection's role must own
// the schema: its triggers are switched off meanwhile.
func Receive(ctx context.Context, connection string, plain bool, from record.Rows) (c record.Copied, err error) {
	o := options(connection, plain)
	o.Timeout = 0
	pool, err := postgres.Open(ctx, o)
	if err != nil {
		return c, wrapped(err)
	}
	defer pool.Close()
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		to := unlimited{tx}
		if err := ofThisVersion(ctx, to); err != nil {
			return err
		}
		for _, t := range record.Tables {
			if _, err := tx.Exec(ctx, "LOCK TABLE "+t.Name+"; ALTER TABLE "+t.Name+" DISABLE TRIGGER USER"); err != nil {
				return err
			}
			some, err := one(ctx, to, scanValue[bool], "SELECT EXISTS (SELECT 1 FROM "+t.Name+")")
			if err != nil {
				return err
			}
			if some {
				return errors.New("there are rows in it already: " + t.Name)
			}
		}
		if c, err = record.Copy(ctx, from, target{rows{to}}); err != nil {
			return err
		}
		if _, err := exec(ctx, to, `SELECT setval('failure_number_seq', max(number)) FROM failure HAVING count(*) > 0`); err != nil {
			return err
		}
		for _, t := range record.Tables {
			if _, err := tx.Exec(ctx, "ALTER TABLE "+t.Name+" ENABLE TRIGGER USER"); err != nil {
				return err
			}
		}
		return nil
	})
	return c, wrapped(err)
}
