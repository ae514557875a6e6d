package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// CreateSession implements store.Store.
func (s *Store) CreateSession(ctx context.Context, session store.Session) error {
	_, err := s.write.ExecContext(ctx,
		`INSERT INTO session (id, citizen_number, name, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		session.ID[:], session.CitizenNumber, session.Name,
		millis(session.CreatedAt), millis(session.SeenAt), millis(session.ExpiresAt))
	return err
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	return session(ctx, s.read, id, now, idle)
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func session(ctx context.Context, q querier, id store.Hash, now time.Time, idle time.Duration) (store.Session, error) {
	result := store.Session{ID: id}
	var created, seen, expires int64
	row := q.QueryRowContext(ctx,
		`SELECT citizen_number, name, created_at, seen_at, expires_at FROM session
		 WHERE id = ? AND expires_at > ? AND seen_at > ?`,
		id[:], millis(now), millis(now.Add(-idle)))
	if err := row.Scan(&result.CitizenNumber, &result.Name, &created, &seen, &expires); err != nil {
		return store.Session{}, found(err)
	}
	result.CreatedAt, result.SeenAt, result.ExpiresAt = instant(created), instant(seen), instant(expires)
	return result, nil
}

// TouchSession implements store.Store.
func (s *Store) TouchSession(ctx context.Context, id store.Hash, seen time.Time) error {
	_, err := s.write.ExecContext(ctx, `UPDATE session SET seen_at = max(seen_at, ?) WHERE id = ?`, millis(seen), id[:])
	return err
}

// DeleteSession implements store.Store.
func (s *Store) DeleteSession(ctx context.Context, id store.Hash) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM session WHERE id = ?`, id[:])
	return err
}

// Purge implements store.Store.
func (s *Store) Purge(ctx context.Context, before time.Time) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"session", "login_challenge"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE expires_at < ?`, millis(before)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx,
			`DELETE FROM challenge WHERE expires_at < ? AND reference NOT IN (SELECT reference FROM act)
			 AND reference NOT IN (SELECT reference FROM puk_release)`, millis(before))
		return err
	})
}
