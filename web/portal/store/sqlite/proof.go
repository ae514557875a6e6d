package sqlite

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// SendCode implements store.Proofs.
func (s *Store) SendCode(ctx context.Context, c store.OneTimeCode, m store.Message, rules store.Sending) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		var owner string
		row := tx.QueryRowContext(ctx, `SELECT citizen_number FROM session WHERE id = ? AND expires_at > ?`, c.Session[:], millis(c.IssuedAt))
		if err := row.Scan(&owner); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if owner == "" || owner != c.CitizenNumber {
			return fault.New(fault.LoginRequired, nil)
		}
		before, err := standing(ctx, tx, c.Session, c.CitizenNumber)
		if err != nil {
			return err
		}
		if code := before.Code; !code.IssuedAt.IsZero() && !code.Confirmed && c.IssuedAt.Sub(code.IssuedAt) < rules.Pause {
			return nil
		}
		var sent int
		row = tx.QueryRowContext(ctx,
			`SELECT count(*) FROM outbox WHERE citizen_number = ? AND created_at > ? AND kind = ?`,
			c.CitizenNumber, millis(c.IssuedAt.Add(-rules.Limit.Window)), store.CodeMessage)
		if err := row.Scan(&sent); err != nil {
			return err
		}
		if sent >= rules.Limit.Count {
			return fault.New(refusal.CodeLimit, nil)
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT OR REPLACE INTO one_time_code (session, citizen_number, code, issued_at, expires_at, confirmed) VALUES (?, ?, ?, ?, ?, 0)`,
			c.Session[:], c.CitizenNumber, c.Code[:], millis(c.IssuedAt), millis(c.ExpiresAt)); err != nil {
			return err
		}
		return post(ctx, tx, c.CitizenNumber, store.CodeMessage, m, c.IssuedAt)
	})
}

// ConfirmCode implements store.Proofs.
func (s *Store) ConfirmCode(ctx context.Context, t store.TypedCode) (err error) {
	var wrong error // committed with the failure
	err = s.transact(ctx, func(tx *sql.Tx) error {
		person, err := session(ctx, tx, t.Session, t.At, t.SessionIdle)
		if errors.Is(err, store.ErrNotFound) {
			return fault.New(fault.LoginRequired, nil)
		}
		if err != nil {
			return err
		}
		standing, err := standing(ctx, tx, t.Session, person.CitizenNumber)
		if err != nil {
			return err
		}
		code := standing.Code
		switch until := t.Waiting.Until(standing.Failures); {
		case t.At.Before(until):
			return fault.Errorf(refusal.PUKWait, "until %v", until)
		case code.IssuedAt.IsZero() || code.Confirmed || !t.At.Before(code.ExpiresAt):
			return fault.New(refusal.OneTimeCodeOver, nil)
		case subtle.ConstantTimeCompare(code.Code[:], t.Code[:]) != 1:
			wrong = fault.New(refusal.OneTimeCodeWrong, nil)
			return fail(ctx, tx, person.CitizenNumber, t.At)
		}
		_, err = tx.ExecContext(ctx, `UPDATE one_time_code SET confirmed = 1, expires_at = ? WHERE session = ?`, millis(t.Until), t.Session[:])
		return err
	})
	return errors.Join(err, wrong)
}

// fail keeps a failure of a person.
func fail(ctx context.Context, tx *sql.Tx, citizenNumber string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO failure (citizen_number, at) VALUES (?, ?)`, citizenNumber, millis(at))
	return err
}

// Standing implements store.Proofs.
func (s *Store) Standing(ctx context.Context, session store.Hash, citizenNumber string) (store.Standing, error) {
	return standing(ctx, s.read, session, citizenNumber)
}

func standing(ctx context.Context, q querier, session store.Hash, citizenNumber string) (result store.Standing, err error) {
	var (
		code            []byte
		issued, expires int64
	)
	row := q.QueryRowContext(ctx,
		`SELECT code, issued_at, expires_at, confirmed FROM one_time_code WHERE session = ? AND citizen_number = ?`, session[:], citizenNumber)
	switch err := row.Scan(&code, &issued, &expires, &result.Code.Confirmed); {
	case err == nil:
		c := &result.Code
		c.Session, c.CitizenNumber, c.Code = session, citizenNumber, store.Hash(code)
		c.IssuedAt, c.ExpiresAt = instant(issued), instant(expires)
	case !errors.Is(err, sql.ErrNoRows):
		return store.Standing{}, err
	}
	result.Failures, err = failures(ctx, q, citizenNumber, store.MaxFailures)
	return result, err
}

// failures returns the times of a person's newest failures, the newest first.
func failures(ctx context.Context, q querier, citizenNumber string, limit int) ([]time.Time, error) {
	return all(ctx, q, func(row scanner) (time.Time, error) {
		var at int64
		err := row.Scan(&at)
		return instant(at), err
	}, `SELECT at FROM failure WHERE citizen_number = ? ORDER BY at DESC LIMIT ?`, citizenNumber, limit)
}

// Contact implements store.Proofs.
func (s *Store) Contact(ctx context.Context, citizenNumber string) (address []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT address FROM contact WHERE citizen_number = ?`, citizenNumber).Scan(&address)
	return address, found(err)
}
