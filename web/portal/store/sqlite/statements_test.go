package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"
)

// countingConnector counts how often its connections parse a statement.
type countingConnector struct {
	driver.Connector
	parsed *int
}

type countingConnection struct {
	full
	parsed *int
}

func (c countingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConnection{conn.(full), c.parsed}, nil
}

func (c countingConnection) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	*c.parsed++
	return c.full.PrepareContext(ctx, text)
}

func openCounting(t *testing.T) (db *sql.DB, parsed *int) {
	t.Helper()
	base, err := sqlite.NewConnector(address(filepath.Join(t.TempDir(), "x.db"), "immediate"))
	if err != nil {
		t.Fatal(err)
	}
	parsed = new(int)
	db = sql.OpenDB(keeping{countingConnector{base, parsed}})
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db, parsed
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

// TestStatementsAreParsedOnce also covers what comes between: an error, rows that were left early, and a table that has changed.
func TestStatementsAreParsedOnce(t *testing.T) {
	db, parsed := openCounting(t)
	mustExec(t, db, `CREATE TABLE thing (number INTEGER PRIMARY KEY, name TEXT) STRICT`)
	*parsed = 0
	const insert, choose = `INSERT INTO thing VALUES (?, ?)`, `SELECT number FROM thing WHERE number >= ? ORDER BY number`
	for i := range 20 {
		mustExec(t, db, insert, i, fmt.Sprint(i))
		if _, err := db.ExecContext(t.Context(), insert, i, "again"); err == nil {
			t.Fatal("one number twice")
		}
		var first int
		if err := db.QueryRowContext(t.Context(), choose, i).Scan(&first); err != nil || first != i {
			t.Fatalf("number %d, %v, want %d", first, err, i)
		}
	}
	if *parsed != 2 {
		t.Errorf("parsed %d times, want 2", *parsed)
	}
	mustExec(t, db, `ALTER TABLE thing ADD COLUMN more TEXT`)
	var first int
	if err := db.QueryRowContext(t.Context(), choose, 7).Scan(&first); err != nil || first != 7 {
		t.Errorf("after the table has changed: %d, %v", first, err)
	}
}

// TestStatementWhileItsRowsAreOpen runs a statement inside its own rows.
func TestStatementWhileItsRowsAreOpen(t *testing.T) {
	db, _ := openCounting(t)
	mustExec(t, db, `CREATE TABLE thing (number INTEGER PRIMARY KEY) STRICT`)
	mustExec(t, db, `INSERT INTO thing VALUES (1), (2), (3)`)
	const choose = `SELECT number FROM thing WHERE number > ? ORDER BY number`
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(t.Context(), choose, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var seen []string
	for rows.Next() {
		var outer, inner int
		if err := rows.Scan(&outer); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRowContext(t.Context(), choose, 1).Scan(&inner); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprint(outer, inner))
	}
	if got := strings.Join(seen, ", "); got != "1 2, 2 2, 3 2" || rows.Err() != nil {
		t.Errorf("%q, %v", got, rows.Err())
	}
}

// TestKeptStatementsAreBounded runs more statements than a connection keeps.
func TestKeptStatementsAreBounded(t *testing.T) {
	db, parsed := openCounting(t)
	for i := range 2 * maxStatements {
		mustExec(t, db, fmt.Sprintf(`SELECT %d`, i))
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error {
		if n := len(c.(*connection).parsed); n != maxStatements {
			t.Errorf("%d are kept, want %d", n, maxStatements)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	*parsed = 0
	if _, err := conn.ExecContext(t.Context(), `SELECT 1`+strings.Repeat(" ", maxStatementLength)); err != nil || *parsed != 0 {
		t.Errorf("a long statement: %v, parsed %d times to be kept", err, *parsed)
	}
}
