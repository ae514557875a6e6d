package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// Bounds of the statements that a connection keeps. Longer ones are migrations, which run once.
const (
	maxStatements      = 256
	maxStatementLength = 8 << 10 // bytes
)

// open returns a database whose connections keep the statements that they have parsed: parsing them anew each time took a fifth of
// the processor's time of an act.
func open(address string) (*sql.DB, error) {
	base, err := sqlite.NewConnector(address)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeping{base}), nil
}

// keeping makes connections that keep their statements.
type keeping struct{ driver.Connector }

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{full: c.(full), parsed: map[string]statement{}}, nil
}

// full is what the driver's connections can do, and database/sql asks them for.
type full interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's prepared statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// connection is a connection of the driver's with the statements that it has parsed and nobody uses now. database/sql never calls
// it from two goroutines at once.
type connection struct {
	full
	parsed map[string]statement
}

// take returns the statement of a text, which is kept from others until put is called.
func (c *connection) take(ctx context.Context, text string) (statement, error) {
	if s, found := c.parsed[text]; found {
		delete(c.parsed, text)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.(statement), nil
}

// put keeps a statement for the next who takes it.
func (c *connection) put(text string, s statement) error {
	if _, found := c.parsed[text]; found || len(c.parsed) >= maxStatements {
		return s.Close()
	}
	c.parsed[text] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *connection) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(text) > maxStatementLength {
		return c.full.ExecContext(ctx, text, args)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if putErr := c.put(text, s); err == nil {
		err = putErr
	}
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if len(text) > maxStatementLength {
		return c.full.QueryContext(ctx, text, args)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = c.put(text, s) // the query's error is the one that counts
		return nil, err
	}
	return &keptRows{result, func() error { return c.put(text, s) }}, nil
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	for _, s := range c.parsed {
		_ = s.Close() // an error of a statement is that of its last run, which has been reported
	}
	return c.full.Close()
}

// keptRows are those of a statement that is put back when they are closed.
type keptRows struct {
	driver.Rows
	put func() error
}

func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.put == nil {
		return err
	}
	putErr := r.put()
	r.put = nil
	if err != nil {
		return err
	}
	return putErr
}
