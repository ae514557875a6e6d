package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Receive implements store.Receipts.
func (s *Store) Receive(ctx context.Context, a store.Arrival) (r store.Receipt, err error) {
	if len(a.Signature) > store.MaxValue {
		return store.Receipt{}, errors.New("store: the signature is too large")
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		challenge, err := lockedChallenge(ctx, tx, a.Reference)
		if err == nil && challenge.Kind == store.PIN {
			err = fault.New(refusal.ActUnknown, nil)
		}
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
		number, err := one(ctx, tx, scanValue[int64],
			`INSERT INTO receipt (reference, citizen_number, name, signature, received_at, due_at, acr, amr) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number`,
			a.Reference, challenge.CitizenNumber, person.Name, notNull(a.Signature), millis(a.ReceivedAt), millis(a.DueAt), person.ACR, person.AMR)
		if err != nil {
			return err
		}
		r, err = receipt(ctx, tx, number)
		return err
	})
	if err != nil {
		return store.Receipt{}, err
	}
	return r, nil
}

// lockedChallenge returns a challenge, as it is once its person's lock is had; refusal.ActUnknown where there is none.
func lockedChallenge(ctx context.Context, tx pgx.Tx, reference string) (store.Challenge, error) {
	citizenNumber, err := one(ctx, tx, scanValue[string], `SELECT citizen_number FROM challenge WHERE reference = $1`, reference)
	if err == nil {
		err = lockPerson(ctx, tx, citizenNumber)
	}
	var c store.Challenge
	if err == nil {
		c, err = challenge(ctx, tx, reference)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = fault.New(refusal.ActUnknown, nil)
	}
	return c, err
}

// mayReceive judges whether a signature for a challenge may be received at a time.
func mayReceive(ctx context.Context, tx pgx.Tx, c store.Challenge, at time.Time) error {
	refused, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM receipt WHERE reference = $1 AND code IS NOT NULL`, c.Reference)
	if err != nil {
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
func nonePending(ctx context.Context, tx pgx.Tx, citizenNumber string) error {
	pending, err := one(ctx, tx, scanValue[bool], `SELECT EXISTS (SELECT 1 FROM receipt WHERE citizen_number = $1 AND code IS NULL)`, citizenNumber)
	if err == nil && pending {
		err = fault.New(refusal.SignaturePending, nil)
	}
	return err
}

const receiptColumns = `SELECT number, reference, citizen_number, name, (SELECT kind FROM challenge WHERE challenge.reference = receipt.reference),
	signature, received_at, coalesce(acr, ''), coalesce(amr, ''), code, refused_at FROM receipt `

func receipt(ctx context.Context, q querier, number int64) (store.Receipt, error) {
	return one(ctx, q, scanReceipt, receiptColumns+`WHERE number = $1`, number)
}

func scanReceipt(row scanner) (r store.Receipt, err error) {
	var (
		received int64
		code     *string
		refused  *int64
	)
	err = row.Scan(&r.Number, &r.Reference, &r.CitizenNumber, &r.Name, &r.Kind, &r.Signature, &received, &r.ACR, &r.AMR, &code, &refused)
	if code != nil {
		r.Code = fault.Code(*code)
	}
	r.ReceivedAt, r.RefusedAt = instant(received), instantOrZero(refused)
	return r, err
}

// TakeDue implements store.Receipts. Receipts that somebody else has locked are being taken, or are no longer open.
func (s *Store) TakeDue(ctx context.Context, now, until time.Time, limit int) (due []store.Receipt, err error) {
	some, err := one(ctx, s.pool, scanValue[bool], `SELECT EXISTS (SELECT 1 FROM receipt WHERE code IS NULL AND due_at <= $1)`, millis(now))
	if err != nil || !some {
		return nil, err
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		due, err = all(ctx, tx, scanReceipt,
			receiptColumns+`WHERE code IS NULL AND due_at <= $1 ORDER BY due_at, number LIMIT $2 FOR NO KEY UPDATE OF receipt SKIP LOCKED`, millis(now), limit)
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, `UPDATE receipt SET due_at = $1 WHERE number = ANY ($2)`, millis(until), numbersOf(due))
		return err
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

func numbersOf(receipts []store.Receipt) []int64 {
	numbers := []int64{}
	for _, r := range receipts {
		numbers = append(numbers, r.Number)
	}
	return numbers
}

// Postpone implements store.Receipts.
func (s *Store) Postpone(ctx context.Context, due time.Time, numbers ...int64) error {
	_, err := s.exec(ctx, `UPDATE receipt SET due_at = $1 WHERE number = ANY ($2) AND code IS NULL`, millis(due), append([]int64{}, numbers...))
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
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := completable(ctx, tx, c)
		if err != nil {
			return err
		}
		challenge, err := challenge(ctx, tx, r.Reference)
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
		if _, err := exec(ctx, tx, `DELETE FROM receipt WHERE number = $1`, r.Number); err != nil {
			return err
		}
		if err := enter(ctx, tx, record.EntryOf(challenge.Kind), r.Reference); err != nil || c.Move == nil {
			return err
		}
		return keepChange(ctx, tx, c.Move.Application, c.Move.Change, form, c.Move.Jobs)
	})
}

// completable returns the receipt of a completion, if it is open, once its person's lock is had.
func completable(ctx context.Context, tx pgx.Tx, c store.Completion) (store.Receipt, error) {
	r, err := lockedReceipt(ctx, tx, c.Receipt)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && r.Reference != c.Reference:
		code := refusal.ActUnknown
		if _, err := act(ctx, tx, c.Reference); err == nil {
			code = refusal.CodeUsed
		} else if !errors.Is(err, store.ErrNotFound) {
			return store.Receipt{}, err
		}
		return store.Receipt{}, fault.New(code, nil)
	case err != nil:
		return store.Receipt{}, err
	case !r.Open():
		return store.Receipt{}, fault.New(r.Code, nil)
	}
	return r, nil
}

// lockedReceipt returns a receipt, as it is once its person's lock is had.
func lockedReceipt(ctx context.Context, tx pgx.Tx, number int64) (store.Receipt, error) {
	citizenNumber, err := one(ctx, tx, scanValue[string], `SELECT citizen_number FROM receipt WHERE number = $1`, number)
	if err == nil {
		err = lockPerson(ctx, tx, citizenNumber)
	}
	if err != nil {
		return store.Receipt{}, err
	}
	return receipt(ctx, tx, number)
}

// Refuse implements store.Receipts.
func (s *Store) Refuse(ctx context.Context, number int64, code fault.Code, at time.Time) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := lockedReceipt(ctx, tx, number); err != nil {
			return err
		}
		n, err := exec(ctx, tx, `UPDATE receipt SET code = $1, refused_at = $2 WHERE number = $3 AND code IS NULL`, string(code), millis(at), number)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return enter(ctx, tx, record.Refusal, fmt.Sprint(number))
	})
}

// NewestReceipt implements store.Receipts.
func (s *Store) NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error) {
	return one(ctx, s.pool, scanReceipt, receiptColumns+`WHERE citizen_number = $1 ORDER BY number DESC LIMIT 1`, citizenNumber)
}
