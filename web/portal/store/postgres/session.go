package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// CreateSession implements store.Store.
func (s *Store) CreateSession(ctx context.Context, session store.Session) error {
	_, err := s.exec(ctx,
		`INSERT INTO session (id, citizen_number, name, authenticated_at, acr, amr, device, card_login, created_at, seen_at, expires_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		session.ID[:], session.CitizenNumber, session.Name, orNull(session.AuthenticatedAt), session.ACR, session.AMR, session.Device, textOrNull(session.CardLogin),
		millis(session.CreatedAt), millis(session.SeenAt), millis(session.ExpiresAt))
	return err
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	return session(ctx, s.pool, id, now, idle)
}

const sessionColumns = `SELECT id, citizen_number, name, authenticated_at, acr, amr, device, coalesce(card_login, ''), created_at, seen_at, expires_at FROM session `

func session(ctx context.Context, q querier, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	return one(ctx, q, scanSession, sessionColumns+sessionLives, id[:], millis(now), millis(now.Add(-idle)))
}

const sessionLives = `WHERE id = $1 AND expires_at > $2 AND seen_at > $3`

func askSession(b *pgx.Batch, id store.Hash, now time.Time, idle time.Duration) *answer[store.Session] {
	return ask(b, scanSession, sessionColumns+sessionLives, id[:], millis(now), millis(now.Add(-idle)))
}

func scanSession(row scanner) (result store.Session, err error) {
	var (
		id                     []byte
		created, seen, expires int64
		authenticated          *int64
	)
	err = row.Scan(&id, &result.CitizenNumber, &result.Name, &authenticated, &result.ACR, &result.AMR, &result.Device, &result.CardLogin, &created, &seen, &expires)
	copy(result.ID[:], id)
	result.AuthenticatedAt = instantOrZero(authenticated)
	result.CreatedAt, result.SeenAt, result.ExpiresAt = instant(created), instant(seen), instant(expires)
	return result, err
}

// TouchSession implements store.Store.
func (s *Store) TouchSession(ctx context.Context, id store.Hash, seen time.Time) error {
	_, err := s.exec(ctx, `UPDATE session SET seen_at = $1 WHERE id = $2 AND seen_at < $1`, millis(seen), id[:])
	return err
}

// DeleteSession implements store.Store.
func (s *Store) DeleteSession(ctx context.Context, id store.Hash) error {
	_, err := s.exec(ctx, `DELETE FROM session WHERE id = $1`, id[:])
	return err
}
