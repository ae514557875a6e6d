package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// A batch is statements that go to the server in one trip, each with a view of its own, in their order. One that fails ends those after it.

// send sends a batch, and hands out what it returns.
func send(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	ctx, cancel := limited(ctx, tx)
	defer cancel()
	return tx.SendBatch(ctx, b).Close()
}

// answer is what came of a query for at most one row, once its batch was sent.
type answer[T any] struct {
	value T
	found bool
}

// ask adds a query to a batch.
func ask[T any](b *pgx.Batch, scan func(scanner) (T, error), query string, args ...any) *answer[T] {
	a := &answer[T]{}
	b.Queue(query, args...).QueryRow(func(row pgx.Row) error {
		value, err := scan(row)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		a.value, a.found = value, err == nil
		return err
	})
	return a
}
