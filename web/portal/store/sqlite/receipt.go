package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Receive implements store.Receipts.
func (s *Store) Receive(ctx context.Context, a store.Arrival) (r store.Receipt, err error) {
	if len(a.Signature) > store.MaxValue {
		return store.Receipt{}, errors.New("sqlite: the signature is too large")
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		challenge, err := signable(ctx, tx, a.Reference)
		if err != nil {
			return err
		}
		person, err := owner(ctx, tx, challenge, a.Session, a.ReceivedAt, a.SessionIdle)
		if err != nil {
			return err
		}
		if err := mayReceive(ctx, tx, challenge, a.ReceivedAt); err != nil {
			return err
		}
		number := int64(0)
		row := tx.QueryRowContext(ctx,
			`INSERT INTO receipt (reference, citizen_number, name, signature, received_at, due_at, acr, amr) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
			a.Reference, challenge.CitizenNumber, person.Name, notNull(a.Signature), millis(a.ReceivedAt), millis(a.DueAt), person.ACR, person.AMR)
		if err := row.Scan(&number); err != nil {
			return err
		}
		r, err = scanReceipt(tx.QueryRowContext(ctx, receiptColumns+`WHERE number = ?`, number))
		return err
	})
	if err != nil {
		return store.Receipt{}, err
	}
	return r, nil
}

// signable returns the challenge of an act that a signature ends.
func signable(ctx context.Context, tx *sql.Tx, reference string) (store.Challenge, error) {
	c, err := scanChallenge(tx.QueryRowContext(ctx, challengeColumns+`WHERE reference = ?`, reference))
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Kind == store.PIN {
		return store.Challenge{}, fault.New(refusal.ActUnknown, nil)
	}
	return c, err
}

// mayReceive judges whether a signature for a challenge may be received at a time.
func mayReceive(ctx context.Context, tx *sql.Tx, c store.Challenge, at time.Time) error {
	var refused int
	row := tx.QueryRowContext(ctx, `SELECT count(*) FROM receipt WHERE reference = ? AND code IS NOT NULL`, c.Reference)
	if err := row.Scan(&refused); err != nil {
		return err
	}
	if c.Used || refused >= store.MaxRefused {
		return fault.New(refusal.CodeUsed, nil)
	}
	if err := nonePending(ctx, tx, c.CitizenNumber); err != nil {
		return err
	}
	if err := unused(c, at); err != nil {
		return err
	}
	_, previous, err := state(ctx, tx, c.CitizenNumber)
	if err == nil && !c.Kind.After(previous) {
		err = fault.New(refusal.ActNotPossible, nil)
	}
	return err
}

// nonePending refuses while a person has an open receipt.
func nonePending(ctx context.Context, tx *sql.Tx, citizenNumber string) error {
	var pending bool
	row := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM receipt WHERE citizen_number = ? AND code IS NULL)`, citizenNumber)
	if err := row.Scan(&pending); err != nil {
		return err
	}
	if pending {
		return fault.New(refusal.SignaturePending, nil)
	}
	return nil
}

const receiptColumns = `SELECT number, reference, citizen_number, name, (SELECT kind FROM challenge WHERE challenge.reference = receipt.reference),
	signature, received_at, coalesce(acr, ''), coalesce(amr, ''), code, refused_at FROM receipt `

func scanReceipt(row scanner) (store.Receipt, error) {
	var (
		r        store.Receipt
		received int64
		code     sql.NullString
		refused  sql.NullInt64
	)
	if err := row.Scan(&r.Number, &r.Reference, &r.CitizenNumber, &r.Name, &r.Kind, &r.Signature, &received, &r.ACR, &r.AMR, &code, &refused); err != nil {
		return store.Receipt{}, found(err)
	}
	r.ReceivedAt, r.Code, r.RefusedAt = instant(received), fault.Code(code.String), instantOrZero(refused)
	return r, nil
}

// TakeDue implements store.Receipts. Where nothing is due, which is usual, it takes no lock.
func (s *Store) TakeDue(ctx context.Context, now, until time.Time, limit int) (due []store.Receipt, err error) {
	var some bool
	row := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM receipt WHERE code IS NULL AND due_at <= ?)`, millis(now))
	if err := row.Scan(&some); err != nil || !some {
		return nil, err
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if due, err = all(ctx, tx, scanReceipt, receiptColumns+`WHERE code IS NULL AND due_at <= ? ORDER BY due_at, number LIMIT ?`, millis(now), limit); err != nil {
			return err
		}
		for _, r := range due {
			if _, err := tx.ExecContext(ctx, `UPDATE receipt SET due_at = ? WHERE number = ?`, millis(until), r.Number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// Postpone implements store.Receipts.
func (s *Store) Postpone(ctx context.Context, due time.Time, numbers ...int64) error {
	list, err := json.Marshal(numbers)
	if err != nil {
		return err
	}
	_, err = s.write.exec(ctx, `UPDATE receipt SET due_at = ? WHERE number IN (SELECT value FROM json_each(?)) AND code IS NULL`,
		millis(due), string(list))
	return err
}

// Complete implements store.Receipts.
func (s *Store) Complete(ctx context.Context, c store.Completion) error {
	if err := record.CheckSize(c.Evidence); err != nil {
		return err
	}
	form := ""
	if c.Move != nil {
		var err error
		if form, err = record.ApplicationForm(c.Move.Application, c.Move.Change); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		r, err := completable(ctx, tx, c)
		if err != nil {
			return err
		}
		challenge, err := signable(ctx, tx, r.Reference)
		if err != nil {
			return err
		}
		if err := c.Check(challenge); err != nil {
			return err
		}
		number, previous, err := state(ctx, tx, r.CitizenNumber)
		if err != nil {
			return err
		}
		if !challenge.Kind.After(previous) {
			return fault.New(refusal.ActNotPossible, nil)
		}
		if err := recordAct(ctx, tx, number+1, r, challenge, c.Evidence); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, `DELETE FROM receipt WHERE number = ?`, r.Number); err != nil || c.Move == nil {
			return err
		}
		return keepChange(ctx, tx, c.Move.Application, c.Move.Change, form, c.Move.Jobs)
	})
}

// completable returns the receipt of a completion, if it is open.
func completable(ctx context.Context, tx *sql.Tx, c store.Completion) (store.Receipt, error) {
	r, err := scanReceipt(tx.QueryRowContext(ctx, receiptColumns+`WHERE number = ? AND reference = ?`, c.Receipt, c.Reference))
	switch {
	case errors.Is(err, store.ErrNotFound):
		code := refusal.ActUnknown
		if _, err := scanAct(tx.QueryRowContext(ctx, actColumns+`WHERE reference = ?`, c.Reference)); err == nil {
			code = refusal.CodeUsed
		}
		return store.Receipt{}, fault.New(code, nil)
	case err != nil:
		return store.Receipt{}, err
	case !r.Open():
		return store.Receipt{}, fault.New(r.Code, nil)
	}
	return r, nil
}

// Refuse implements store.Receipts.
func (s *Store) Refuse(ctx context.Context, number int64, code fault.Code, at time.Time) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE receipt SET code = ?, refused_at = ? WHERE number = ? AND code IS NULL`, code, millis(at), number)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return enter(ctx, tx, entryRefusal, fmt.Sprint(number), false)
	})
}

// NewestReceipt implements store.Receipts.
func (s *Store) NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error) {
	return scanReceipt(s.read.QueryRowContext(ctx, receiptColumns+`WHERE citizen_number = ? ORDER BY number DESC LIMIT 1`, citizenNumber))
}
