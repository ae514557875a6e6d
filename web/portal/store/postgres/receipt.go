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
		challenge, person, err := mayReceive(ctx, tx, a)
		if err != nil {
			return err
		}
		r, err = one(ctx, tx, scanReceipt,
			`INSERT INTO receipt (reference, citizen_number, name, signature, received_at, due_at, acr, amr) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING `+receiptValues,
			a.Reference, challenge.CitizenNumber, person.Name, notNull(a.Signature), millis(a.ReceivedAt), millis(a.DueAt), person.ACR, person.AMR)
		return err
	})
	if err != nil {
		return store.Receipt{}, err
	}
	return r, nil
}

// lockedChallenge returns a challenge, as it is once its person's lock is had; refusal.ActUnknown where there is none.
func lockedChallenge(ctx context.Context, tx pgx.Tx, reference string) (store.Challenge, error) {
	_, err := lockPersonOf(ctx, tx, `challenge WHERE reference = $1`, reference)
	var c store.Challenge
	if err == nil {
		c, err = challenge(ctx, tx, reference)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = fault.New(refusal.ActUnknown, nil)
	}
	return c, err
}

// mayReceive locks the person of a challenge, judges whether a signature may be received, and returns the challenge and the session that it arrived in, all
// in one trip.
func mayReceive(ctx context.Context, tx pgx.Tx, a store.Arrival) (c store.Challenge, person store.Session, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(`+personKey+`) FROM challenge WHERE reference = $1`, a.Reference)
	issued := ask(b, scanChallenge, challengeColumns+`WHERE reference = $1`, a.Reference)
	in := askSession(b, a.Session, a.ReceivedAt, a.SessionIdle)
	refused := ask(b, scanValue[int], `SELECT count(*) FROM receipt WHERE reference = $1 AND code IS NOT NULL`, a.Reference)
	const ofChallenge = `(SELECT citizen_number FROM challenge WHERE reference = $1)`
	pending, previous := askPending(b, ofChallenge, a.Reference), askState(b, ofChallenge, a.Reference)
	if err := send(ctx, tx, b); err != nil {
		return c, person, err
	}
	c, person = issued.value, in.value
	if !issued.found || c.Kind == store.PIN {
		return c, person, fault.New(refusal.ActUnknown, nil)
	}
	err = owns(c, a.Session, in)
	if fault.CodeOf(err) == fault.LoginRequired && c.Kind == store.Approval {
		person, err = holder(ctx, tx, c, a.ReceivedAt)
	}
	if err != nil {
		return c, person, err
	}
	if c.Used || refused.value >= store.MaxRefused {
		return c, person, fault.New(refusal.CodeUsed, nil)
	}
	if pending.value {
		return c, person, fault.New(refusal.SignaturePending, nil)
	}
	if err := unused(c, a.ReceivedAt); err != nil {
		return c, person, err
	}
	if !c.Kind.After(previous.value.kind) {
		return c, person, fault.New(refusal.ActNotPossible, nil)
	}
	return c, person, nil
}

// askPending asks whether a person has an open receipt.
func askPending(b *pgx.Batch, citizenNumber string, argument any) *answer[bool] {
	return ask(b, scanValue[bool], `SELECT EXISTS (SELECT 1 FROM receipt WHERE citizen_number = `+citizenNumber+` AND code IS NULL)`, argument)
}

const (
	receiptValues = `number, reference, citizen_number, name, (SELECT kind FROM challenge WHERE challenge.reference = receipt.reference),
		signature, received_at, coalesce(acr, ''), coalesce(amr, ''), code, refused_at`
	receiptColumns = `SELECT ` + receiptValues + ` FROM receipt `
)

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
	if c.Move == nil {
		return s.observed(ctx, func() error { return s.completeTogether(ctx, c) })
	}
	form, err := record.ApplicationForm(c.Move.Application, c.Move.Change)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if a := c.Move.Application; a.CitizenNumber == "" { // others who change it lock it, and not its signer
			if err := lockPerson(ctx, tx, ownerOf(a)); err != nil {
				return err
			}
		}
		if err := completeOne(ctx, tx, c); err != nil {
			return err
		}
		return keepChange(ctx, tx, c.Move.Application, c.Move.Change, form, c.Move.Jobs)
	})
}

// lockedReceipt returns a receipt, as it is once its person's lock is had.
func lockedReceipt(ctx context.Context, tx pgx.Tx, number int64) (store.Receipt, error) {
	if _, err := lockPersonOf(ctx, tx, `receipt WHERE number = $1`, number); err != nil {
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
