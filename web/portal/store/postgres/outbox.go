package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// post puts a message to a person in the outbox.
func post(ctx context.Context, tx pgx.Tx, citizenNumber string, kind store.MessageKind, m store.Message, at time.Time) error {
	if len(m.Sealed) > store.MaxValue {
		return errors.New("store: the message is too large")
	}
	_, err := exec(ctx, tx,
		`INSERT INTO outbox (id, citizen_number, kind, message, created_at, expires_at, due_at, attempts, sent) VALUES ($1, $2, $3, $4, $5, $6, $5, 0, 0)`,
		rand.Text(), citizenNumber, string(kind), notNull(m.Sealed), millis(at), millis(m.ExpiresAt))
	return err
}

var messageStatements = jobStatements{
	lease: `WITH due AS MATERIALIZED (
		  SELECT id FROM outbox WHERE kind = $1 AND ended_at IS NULL AND due_at <= $2 ORDER BY due_at, place LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
		UPDATE outbox SET attempts = attempts + 1, due_at = $3 FROM due WHERE outbox.id = due.id
		RETURNING outbox.id, '', message, created_at, expires_at, attempts`,
	done:   `UPDATE outbox SET message = NULL, ended_at = $3, sent = 1 WHERE id = $1 AND attempts = $2 AND ended_at IS NULL`,
	giveUp: `UPDATE outbox SET message = NULL, ended_at = $3 WHERE id = $1 AND attempts = $2 AND ended_at IS NULL`,
	again:  `UPDATE outbox SET due_at = $3 WHERE id = $1 AND attempts = $2 AND ended_at IS NULL`,
}
