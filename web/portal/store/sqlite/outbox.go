package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// post puts a message to a person in the outbox.
func post(ctx context.Context, tx *sql.Tx, citizenNumber string, kind store.MessageKind, m store.Message, at time.Time) error {
	if len(m.Sealed) > store.MaxValue {
		return errors.New("sqlite: the message is too large")
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO outbox (id, citizen_number, kind, message, created_at, expires_at, due_at, attempts, sent) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		rand.Text(), citizenNumber, kind, notNull(m.Sealed), millis(at), millis(m.ExpiresAt), millis(at))
	return err
}

const dueMessage = `SELECT id FROM outbox WHERE kind = ?1 AND ended_at IS NULL AND due_at <= ?2 ORDER BY due_at, rowid LIMIT 1`

var messageStatements = jobStatements{
	due: dueMessage,
	lease: `UPDATE outbox SET attempts = attempts + 1, due_at = ?3 WHERE id = (` + dueMessage + `)
		RETURNING id, '', message, created_at, expires_at, attempts`,
	done:   `UPDATE outbox SET message = NULL, ended_at = ?3, sent = 1 WHERE id = ?1 AND attempts = ?2 AND ended_at IS NULL`,
	giveUp: `UPDATE outbox SET message = NULL, ended_at = ?3 WHERE id = ?1 AND attempts = ?2 AND ended_at IS NULL`,
	again:  `UPDATE outbox SET due_at = ?3 WHERE id = ?1 AND attempts = ?2 AND ended_at IS NULL`,
}
