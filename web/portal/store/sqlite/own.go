package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// The lists of a person, each found by an index.
const (
	byArrival  = `ORDER BY coalesce(received_at, recorded_at) DESC, coalesce(number, 0) DESC, act.reference`
	sessionsOf = sessionColumns + `WHERE citizen_number = ? AND ` + sessionLives + ` ORDER BY created_at DESC, id LIMIT ?`
	actsOf     = actColumns + `WHERE citizen_number = ? ` + byArrival + ` LIMIT ?`
	copiesOf   = `SELECT lasting.reference, version, NULL, made_at, lasts_until FROM act JOIN lasting ON lasting.reference = act.reference
		WHERE citizen_number = ? AND version = (SELECT max(version) FROM lasting AS newest WHERE newest.reference = act.reference)
		` + byArrival + ` LIMIT ?`
	receiptsOf   = receiptColumns + `WHERE citizen_number = ? ORDER BY number DESC LIMIT ?`
	loginsOf     = loginColumns + `WHERE citizen_number = ? ORDER BY received_at DESC, reference LIMIT ?`
	challengesOf = challengeColumns + `WHERE citizen_number = ? ORDER BY issued_at DESC, reference LIMIT ?`
	messagesOf   = `SELECT kind, created_at, ended_at, sent FROM outbox WHERE citizen_number = ? ORDER BY created_at DESC, id LIMIT ?`
)

// SessionsOf implements store.Own.
func (s *Store) SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]store.Session, error) {
	return all(ctx, s.read, scanSession, sessionsOf, citizenNumber, millis(now), millis(now.Add(-idle)), store.MaxItems)
}

// DeleteSessionsOf implements store.Own.
func (s *Store) DeleteSessionsOf(ctx context.Context, citizenNumber string, except store.Hash) (int, error) {
	deleted, err := s.write.exec(ctx, `DELETE FROM session WHERE citizen_number = ? AND id <> ?`, citizenNumber, except[:])
	if err != nil {
		return 0, err
	}
	n, err := deleted.RowsAffected()
	return int(n), err
}

// ActsOf implements store.Own.
func (s *Store) ActsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Act, error) {
	return all(ctx, s.read, scanAct, actsOf, citizenNumber, limit)
}

// CopiesOf implements store.Own.
func (s *Store) CopiesOf(ctx context.Context, citizenNumber string, limit int) ([]store.Copy, error) {
	return all(ctx, s.read, scanCopy, copiesOf, citizenNumber, limit)
}

// ReceiptsOf implements store.Own.
func (s *Store) ReceiptsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Receipt, error) {
	return all(ctx, s.read, scanReceipt, receiptsOf, citizenNumber, limit)
}

// LoginsOf implements store.Own.
func (s *Store) LoginsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Login, error) {
	return all(ctx, s.read, scanLogin, loginsOf, citizenNumber, limit)
}

// TracesOf implements store.Own.
func (s *Store) TracesOf(ctx context.Context, citizenNumber string, limit int) (t store.Traces, err error) {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return store.Traces{}, err
	}
	defer tx.Rollback()
	if t.Challenges, err = all(ctx, tx, scanChallenge, challengesOf, citizenNumber, limit); err != nil {
		return store.Traces{}, err
	}
	for i := range t.Challenges {
		t.Challenges[i].Document = nil
	}
	if t.Messages, err = all(ctx, tx, scanSentMessage, messagesOf, citizenNumber, limit); err != nil {
		return store.Traces{}, err
	}
	t.Failures, err = failures(ctx, tx, citizenNumber, limit)
	return t, err
}

func scanSentMessage(row scanner) (m store.SentMessage, err error) {
	var (
		created int64
		ended   sql.NullInt64
	)
	err = row.Scan(&m.Kind, &created, &ended, &m.Sent)
	m.CreatedAt, m.EndedAt = instant(created), instantOrZero(ended)
	return m, err
}

// erasures are the statements of Erase; each has the citizen number.
var erasures = []string{
	`DELETE FROM session WHERE citizen_number = ?`,
	`DELETE FROM one_time_code WHERE citizen_number = ?`,
	`DELETE FROM challenge WHERE citizen_number = ? AND used = 0 AND received = 0`,
	`DELETE FROM contact WHERE citizen_number = ?`,
	`DELETE FROM draft_form WHERE reference IN (SELECT reference FROM application WHERE citizen_number = ?)`,
	`UPDATE machine SET platform = '', protection = '' WHERE citizen_number = ?`,
}

// Erase implements store.Own.
func (s *Store) Erase(ctx context.Context, e store.Erasure) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, statement := range erasures {
			if _, err := tx.ExecContext(ctx, statement, e.CitizenNumber); err != nil {
				return err
			}
		}
		if e.Notice == nil {
			return nil
		}
		return post(ctx, tx, e.CitizenNumber, store.NoticeMessage, *e.Notice, e.At)
	})
}
