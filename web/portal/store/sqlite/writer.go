package sqlite

import (
	"context"
	"database/sql"
)

// writer is the one connection that writes.
type writer struct {
	db *sql.DB
	// turn holds one value while something is written. Who waits for it goes in the order of arrival: database/sql gives its
	// connection to any of those who wait, and with many of them some wait four times as long.
	turn chan struct{}
	// wrote holds a value once something may have been written, until the checkpointer takes it.
	wrote chan struct{}
}

func newWriter(path string) (writer, error) {
	db, err := open(address(path, "immediate"))
	if err != nil {
		return writer{}, err
	}
	db.SetMaxOpenConns(1)
	return writer{db, make(chan struct{}, 1), make(chan struct{}, 1)}, nil
}

// take waits for the writer's turn, which the caller gives back with leave.
func (w writer) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w writer) leave() {
	select {
	case w.wrote <- struct{}{}:
	default:
	}
	w.giveBack()
}

// giveBack is leave where nothing was written.
func (w writer) giveBack() { <-w.turn }

// exec runs one statement, which is a transaction of its own.
func (w writer) exec(ctx context.Context, statement string, arguments ...any) (sql.Result, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	defer w.leave()
	return w.db.ExecContext(ctx, statement, arguments...)
}

// scan is exec for a statement that returns a row; store.ErrNotFound if it returns none.
func (w writer) scan(ctx context.Context, into []any, statement string, arguments ...any) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.leave()
	return found(w.db.QueryRowContext(ctx, statement, arguments...).Scan(into...))
}

// transact runs f in a transaction that holds the database's write lock from its beginning.
func (w writer) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.leave()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
