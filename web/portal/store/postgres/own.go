package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// SessionsOf implements store.Own.
func (s *Store) SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]store.Session, error) {
	return all(ctx, s.pool, scanSession, sessionColumns+`WHERE citizen_number = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY created_at DESC, id LIMIT $4`,
		citizenNumber, millis(now), millis(now.Add(-idle)), store.MaxItems)
}

// DeleteSessionsOf implements store.Own.
func (s *Store) DeleteSessionsOf(ctx context.Context, citizenNumber string, except store.Hash) (int, error) {
	n, err := s.exec(ctx, `DELETE FROM session WHERE citizen_number = $1 AND id <> $2`, citizenNumber, except[:])
	return int(n), err
}

const byArrival = `ORDER BY coalesce(received_at, recorded_at) DESC, coalesce(number, 0) DESC, act.reference`

// ActsOf implements store.Own.
func (s *Store) ActsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Act, error) {
	return all(ctx, s.pool, scanAct, actColumns+`WHERE citizen_number = $1 `+byArrival+` LIMIT $2`, citizenNumber, limit)
}

// CopiesOf implements store.Own.
func (s *Store) CopiesOf(ctx context.Context, citizenNumber string, limit int) ([]store.Copy, error) {
	return all(ctx, s.pool, scanCopy,
		`SELECT lasting.reference, version, NULL::bytea, made_at, lasts_until FROM act JOIN lasting ON lasting.reference = act.reference
		 WHERE citizen_number = $1 AND version = (SELECT max(version) FROM lasting AS newest WHERE newest.reference = act.reference)
		 `+byArrival+` LIMIT $2`, citizenNumber, limit)
}

// ReceiptsOf implements store.Own.
func (s *Store) ReceiptsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Receipt, error) {
	return all(ctx, s.pool, scanReceipt, receiptColumns+`WHERE citizen_number = $1 ORDER BY number DESC LIMIT $2`, citizenNumber, limit)
}

// LoginsOf implements store.Own.
func (s *Store) LoginsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Login, error) {
	return all(ctx, s.pool, scanLogin, loginColumns+`WHERE citizen_number = $1 ORDER BY received_at DESC, reference LIMIT $2`, citizenNumber, limit)
}

// TracesOf implements store.Own. Its lists are of one moment.
func (s *Store) TracesOf(ctx context.Context, citizenNumber string, limit int) (t store.Traces, err error) {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.pool, snapshot, func(tx pgx.Tx) (err error) {
		t.Challenges, err = all(ctx, tx, scanChallenge, challengeColumns+`WHERE citizen_number = $1 ORDER BY issued_at DESC, reference LIMIT $2`, citizenNumber, limit)
		if err != nil {
			return err
		}
		for i := range t.Challenges {
			t.Challenges[i].Document = nil
		}
		t.Messages, err = all(ctx, tx, scanSentMessage,
			`SELECT kind, created_at, ended_at, sent = 1 FROM outbox WHERE citizen_number = $1 ORDER BY created_at DESC, id LIMIT $2`, citizenNumber, limit)
		if err != nil {
			return err
		}
		t.Failures, err = failures(ctx, tx, citizenNumber, limit)
		return err
	})
	if err != nil {
		return store.Traces{}, err
	}
	return t, nil
}

func scanSentMessage(row scanner) (m store.SentMessage, err error) {
	var (
		created int64
		ended   *int64
	)
	err = row.Scan(&m.Kind, &created, &ended, &m.Sent)
	m.CreatedAt, m.EndedAt = instant(created), instantOrZero(ended)
	return m, err
}

// erasures are the statements of Erase; each has the citizen number.
var erasures = []string{
	`DELETE FROM session WHERE citizen_number = $1`,
	`DELETE FROM one_time_code WHERE citizen_number = $1`,
	`DELETE FROM challenge WHERE citizen_number = $1 AND used = 0 AND received = 0`,
	`DELETE FROM contact WHERE citizen_number = $1`,
	`DELETE FROM draft_form WHERE reference IN (SELECT reference FROM application WHERE citizen_number = $1)`,
	`UPDATE machine SET platform = '', protection = '' WHERE citizen_number = $1`,
}

// Erase implements store.Own.
func (s *Store) Erase(ctx context.Context, e store.Erasure) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, e.CitizenNumber); err != nil {
			return err
		}
		for _, statement := range erasures {
			if _, err := exec(ctx, tx, statement, e.CitizenNumber); err != nil {
				return err
			}
		}
		if e.Notice == nil {
			return nil
		}
		return post(ctx, tx, e.CitizenNumber, store.NoticeMessage, *e.Notice, e.At)
	})
}
