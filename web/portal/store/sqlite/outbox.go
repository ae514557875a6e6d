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

// LeaseMessage implements store.Outbox. The write lock is taken only where a message is due.
func (s *Store) LeaseMessage(ctx context.Context, now, leaseEnd time.Time) (store.Letter, error) {
	const due = `SELECT id FROM outbox WHERE ended_at IS NULL AND due_at <= ? ORDER BY due_at, rowid LIMIT 1`
	var id string
	if err := s.read.QueryRowContext(ctx, due, millis(now)).Scan(&id); err != nil {
		return store.Letter{}, found(err)
	}
	var (
		l       store.Letter
		expires int64
	)
	err := s.write.scan(ctx, []any{&l.ID, &l.Kind, &l.Sealed, &expires, &l.Attempt},
		`UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = (`+due+`) RETURNING id, kind, message, expires_at, attempts`,
		millis(leaseEnd), millis(now))
	if err != nil {
		return store.Letter{}, err
	}
	l.ExpiresAt = instant(expires)
	return l, nil
}

// Whoever has the lease has counted the last attempt.
const ofLease = ` WHERE id = ? AND attempts = ? AND ended_at IS NULL`

// MessageSent implements store.Outbox.
func (s *Store) MessageSent(ctx context.Context, l store.Letter, at time.Time) error {
	_, err := s.write.exec(ctx, `UPDATE outbox SET message = NULL, ended_at = ?, sent = 1`+ofLease, millis(at), l.ID, l.Attempt)
	return err
}

// MessageFailed implements store.Outbox.
func (s *Store) MessageFailed(ctx context.Context, l store.Letter, at, again time.Time) error {
	if again.IsZero() {
		_, err := s.write.exec(ctx, `UPDATE outbox SET message = NULL, ended_at = ?`+ofLease, millis(at), l.ID, l.Attempt)
		return err
	}
	_, err := s.write.exec(ctx, `UPDATE outbox SET due_at = ?`+ofLease, millis(again), l.ID, l.Attempt)
	return err
}
