package postgres

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// SendCode implements store.Proofs.
func (s *Store) SendCode(ctx context.Context, c store.OneTimeCode, m store.Message, rules store.Sending) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, c.CitizenNumber); err != nil {
			return err
		}
		if err := loggedIn(ctx, tx, c.Session, c.CitizenNumber, millis(c.IssuedAt)); err != nil {
			return err
		}
		before, err := standing(ctx, tx, c.Session, c.CitizenNumber)
		if err != nil {
			return err
		}
		if code := before.Code; !code.IssuedAt.IsZero() && !code.Confirmed && c.IssuedAt.Sub(code.IssuedAt) < rules.Pause {
			return nil
		}
		sent, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM outbox WHERE citizen_number = $1 AND created_at > $2 AND kind = $3`,
			c.CitizenNumber, millis(c.IssuedAt.Add(-rules.Limit.Window)), string(store.CodeMessage))
		if err != nil {
			return err
		}
		if sent >= rules.Limit.Count {
			return fault.New(refusal.CodeLimit, nil)
		}
		if _, err := exec(ctx, tx,
			`INSERT INTO one_time_code (session, citizen_number, code, issued_at, expires_at, confirmed) VALUES ($1, $2, $3, $4, $5, 0)
			 ON CONFLICT (session) DO UPDATE SET citizen_number = excluded.citizen_number, code = excluded.code, issued_at = excluded.issued_at,
			   expires_at = excluded.expires_at, confirmed = 0`,
			c.Session[:], c.CitizenNumber, c.Code[:], millis(c.IssuedAt), millis(c.ExpiresAt)); err != nil {
			return err
		}
		return post(ctx, tx, c.CitizenNumber, store.CodeMessage, m, c.IssuedAt)
	})
}

// ConfirmCode implements store.Proofs.
func (s *Store) ConfirmCode(ctx context.Context, t store.TypedCode) error {
	var wrong error // committed with the failure
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		wrong = nil
		person, err := session(ctx, tx, t.Session, t.At, t.SessionIdle)
		if err == nil {
			if err := lockPerson(ctx, tx, person.CitizenNumber); err != nil {
				return err
			}
			person, err = session(ctx, tx, t.Session, t.At, t.SessionIdle)
		}
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
		_, err = exec(ctx, tx, `UPDATE one_time_code SET confirmed = 1, expires_at = $1 WHERE session = $2`, millis(t.Until), t.Session[:])
		return err
	})
	if err != nil {
		return err
	}
	return wrong
}

// fail keeps a failure of a person.
func fail(ctx context.Context, tx pgx.Tx, citizenNumber string, at time.Time) error {
	_, err := exec(ctx, tx, `INSERT INTO failure (citizen_number, at) VALUES ($1, $2)`, citizenNumber, millis(at))
	return err
}

// Standing implements store.Proofs.
func (s *Store) Standing(ctx context.Context, session store.Hash, citizenNumber string) (store.Standing, error) {
	return standing(ctx, s.pool, session, citizenNumber)
}

func standing(ctx context.Context, q querier, session store.Hash, citizenNumber string) (result store.Standing, err error) {
	result.Code, err = one(ctx, q, func(row scanner) (store.OneTimeCode, error) {
		var (
			code            []byte
			issued, expires int64
			confirmed       bool
		)
		if err := row.Scan(&code, &issued, &expires, &confirmed); err != nil {
			return store.OneTimeCode{}, err
		}
		return store.OneTimeCode{Session: session, CitizenNumber: citizenNumber, Code: store.Hash(code),
			IssuedAt: instant(issued), ExpiresAt: instant(expires), Confirmed: confirmed}, nil
	}, `SELECT code, issued_at, expires_at, confirmed = 1 FROM one_time_code WHERE session = $1 AND citizen_number = $2`, session[:], citizenNumber)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Standing{}, err
	}
	result.Failures, err = failures(ctx, q, citizenNumber, store.MaxFailures)
	return result, err
}

// failures returns the times of a person's newest failures, the newest first.
func failures(ctx context.Context, q querier, citizenNumber string, limit int) ([]time.Time, error) {
	return all(ctx, q, func(row scanner) (time.Time, error) {
		at, err := scanValue[int64](row)
		return instant(at), err
	}, `SELECT at FROM failure WHERE citizen_number = $1 ORDER BY at DESC LIMIT $2`, citizenNumber, limit)
}

// Contact implements store.Proofs.
func (s *Store) Contact(ctx context.Context, citizenNumber string) ([]byte, error) {
	return one(ctx, s.pool, scanValue[[]byte], `SELECT address FROM contact WHERE citizen_number = $1`, citizenNumber)
}
