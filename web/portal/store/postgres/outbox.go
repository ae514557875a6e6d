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

// LeaseMessage implements store.Outbox. What somebody else is leasing is theirs. Nothing is written where no message is due.
func (s *Store) LeaseMessage(ctx context.Context, now, leaseEnd time.Time) (l store.Letter, err error) {
	err = again(func() error {
		l, err = one(ctx, s.pool, func(row scanner) (l store.Letter, err error) {
			var expires int64
			err = row.Scan(&l.ID, &l.Kind, &l.Sealed, &expires, &l.Attempt)
			l.ExpiresAt = instant(expires)
			return l, err
		}, `WITH due AS MATERIALIZED (
			  SELECT id FROM outbox WHERE ended_at IS NULL AND due_at <= $2 ORDER BY due_at, place LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
			UPDATE outbox SET attempts = attempts + 1, due_at = $1 FROM due WHERE outbox.id = due.id
			RETURNING outbox.id, kind, message, expires_at, attempts`, millis(leaseEnd), millis(now))
		return err
	})
	return l, err
}

// Whoever has the lease has counted the last attempt.
const ofLease = ` WHERE id = $1 AND attempts = $2 AND ended_at IS NULL`

// MessageSent implements store.Outbox.
func (s *Store) MessageSent(ctx context.Context, l store.Letter, at time.Time) error {
	_, err := s.exec(ctx, `UPDATE outbox SET message = NULL, ended_at = $3, sent = 1`+ofLease, l.ID, l.Attempt, millis(at))
	return err
}

// MessageFailed implements store.Outbox.
func (s *Store) MessageFailed(ctx context.Context, l store.Letter, at, again time.Time) error {
	if again.IsZero() {
		_, err := s.exec(ctx, `UPDATE outbox SET message = NULL, ended_at = $3`+ofLease, l.ID, l.Attempt, millis(at))
		return err
	}
	_, err := s.exec(ctx, `UPDATE outbox SET due_at = $3`+ofLease, l.ID, l.Attempt, millis(again))
	return err
}
