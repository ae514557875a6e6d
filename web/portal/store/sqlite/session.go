package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// CreateSession implements store.Store.
func (s *Store) CreateSession(ctx context.Context, session store.Session) error {
	authenticated := sql.NullInt64{Int64: millis(session.AuthenticatedAt), Valid: !session.AuthenticatedAt.IsZero()}
	_, err := s.write.exec(ctx,
		`INSERT INTO session (id, citizen_number, name, authenticated_at, acr, amr, device, card_login, created_at, seen_at, expires_at)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		session.ID[:], session.CitizenNumber, session.Name, authenticated, session.ACR, session.AMR, session.Device,
		sql.NullString{String: session.CardLogin, Valid: session.CardLogin != ""},
		millis(session.CreatedAt), millis(session.SeenAt), millis(session.ExpiresAt))
	return err
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	return session(ctx, s.read, id, now, idle)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const (
	sessionColumns = `SELECT id, citizen_number, name, authenticated_at, acr, amr, device, coalesce(card_login, ''), created_at, seen_at, expires_at FROM session `
	// sessionLives is judged with the time now, and with that before which who was seen last is idle.
	sessionLives = `expires_at > ? AND seen_at > ?`
)

func session(ctx context.Context, q querier, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	return scanSession(q.QueryRowContext(ctx, sessionColumns+`WHERE id = ? AND `+sessionLives, id[:], millis(now), millis(now.Add(-idle))))
}

func scanSession(row scanner) (store.Session, error) {
	var (
		result                 store.Session
		id                     []byte
		created, seen, expires int64
		authenticated          sql.NullInt64
	)
	if err := row.Scan(&id, &result.CitizenNumber, &result.Name, &authenticated, &result.ACR, &result.AMR, &result.Device, &result.CardLogin, &created, &seen, &expires); err != nil {
		return store.Session{}, found(err)
	}
	result.ID, result.AuthenticatedAt = store.Hash(id), instantOrZero(authenticated)
	result.CreatedAt, result.SeenAt, result.ExpiresAt = instant(created), instant(seen), instant(expires)
	return result, nil
}

// TouchSession implements store.Store.
func (s *Store) TouchSession(ctx context.Context, id store.Hash, seen time.Time) error {
	_, err := s.write.exec(ctx, `UPDATE session SET seen_at = max(seen_at, ?) WHERE id = ?`, millis(seen), id[:])
	return err
}

// DeleteSession implements store.Store.
func (s *Store) DeleteSession(ctx context.Context, id store.Hash) error {
	_, err := s.write.exec(ctx, `DELETE FROM session WHERE id = ?`, id[:])
	return err
}
