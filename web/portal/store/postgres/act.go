package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// owner returns the session that a challenge belongs to, if it is the one given.
func owner(ctx context.Context, tx pgx.Tx, c store.Challenge, id store.Hash, at time.Time, idle time.Duration) (store.Session, error) {
	b := &pgx.Batch{}
	person := askSession(b, id, at, idle)
	if err := send(ctx, tx, b); err != nil {
		return store.Session{}, err
	}
	return person.value, owns(c, id, person)
}

// owns refuses unless a challenge belongs to the session of this ID, and that has not ended.
func owns(c store.Challenge, id store.Hash, person *answer[store.Session]) error {
	if c.Session != id {
		return fault.New(refusal.CodeElsewhere, nil)
	}
	if !person.found || person.value.CitizenNumber != c.CitizenNumber {
		return fault.New(fault.LoginRequired, nil)
	}
	return nil
}

// holder returns as whom a browser's key to an application does an approval, while the key lives.
func holder(ctx context.Context, tx pgx.Tx, c store.Challenge, at time.Time) (store.Session, error) {
	a, err := one(ctx, tx, scanApplication, applicationColumns+`WHERE reference =
		(SELECT application FROM application_key WHERE hash = $1 AND use = 'browser' AND expires_at > $2)`, c.Session[:], millis(at))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Session{}, err
	}
	person, ok := c.Holder(a)
	if !ok {
		return store.Session{}, fault.New(fault.LoginRequired, nil)
	}
	return person, nil
}

// unused judges whether a challenge can still be used at a time.
func unused(c store.Challenge, at time.Time) error {
	switch {
	case c.Used:
		return fault.New(refusal.CodeUsed, nil)
	case millis(at) >= millis(c.ExpiresAt):
		return fault.New(refusal.CodeExpired, nil)
	}
	return nil
}

// state is the number and the kind of a person's newest act on E-Onay, 0 and "" where there is none.
type state struct {
	number int
	kind   store.Kind
}

// askState asks for the state of a person, by an expression of which $1 is the argument.
func askState(b *pgx.Batch, citizenNumber string, argument any) *answer[state] {
	return ask(b, func(row scanner) (s state, err error) {
		err = row.Scan(&s.number, &s.kind)
		return s, err
	}, `SELECT number, kind FROM act WHERE citizen_number = `+citizenNumber+` AND number IS NOT NULL ORDER BY number DESC LIMIT 1`, argument)
}

const actColumns = `SELECT reference, citizen_number, name, kind, text_version, coalesce(received_at, recorded_at), recorded_at, coalesce(acr, ''), coalesce(amr, '') FROM act `

// Act implements store.Store.
func (s *Store) Act(ctx context.Context, reference string) (store.Act, error) {
	return act(ctx, s.pool, reference)
}

func act(ctx context.Context, q querier, reference string) (store.Act, error) {
	return one(ctx, q, scanAct, actColumns+`WHERE reference = $1`, reference)
}

// NewestAct implements store.Store.
func (s *Store) NewestAct(ctx context.Context, citizenNumber string) (store.Act, error) {
	return one(ctx, s.pool, scanAct, actColumns+`WHERE citizen_number = $1 AND number IS NOT NULL ORDER BY number DESC LIMIT 1`, citizenNumber)
}

func scanAct(row scanner) (a store.Act, err error) {
	var received, recorded int64
	err = row.Scan(&a.Reference, &a.CitizenNumber, &a.Name, &a.Kind, &a.TextVersion, &received, &recorded, &a.ACR, &a.AMR)
	a.ReceivedAt, a.RecordedAt = instant(received), instant(recorded)
	return a, err
}

// Evidence implements store.Store. Its two reads agree because evidence never changes.
func (s *Store) Evidence(ctx context.Context, reference string) (store.Evidence, error) {
	return evidence(ctx, s.pool, reference)
}

// actItems are the items of an act's evidence.
const actItems = `SELECT kind, number, der, url FROM evidence WHERE reference = $1
	UNION ALL SELECT 'signer' COLLATE "C", number, der, NULL FROM evidence_signer WHERE reference = $1 ORDER BY 1, 2`

func evidence(ctx context.Context, q querier, reference string) (store.Evidence, error) {
	e, err := one(ctx, q, func(row scanner) (e store.Evidence, err error) {
		var signing, verified, recorded int64
		err = row.Scan(&e.Document, &e.Signature, &signing, &verified, &recorded)
		e.SigningTime, e.VerifiedAt, e.RecordedAt = instant(signing), instant(verified), instant(recorded)
		return e, err
	}, `SELECT document, signature, signing_time, verified_at, recorded_at FROM act WHERE reference = $1`, reference)
	if err != nil {
		return store.Evidence{}, err
	}
	list, err := all(ctx, q, scanItem, actItems, reference)
	if err != nil {
		return store.Evidence{}, err
	}
	record.Fill(&e, list)
	return e, nil
}

func scanItem(row scanner) (item record.Item, err error) {
	err = row.Scan(&item.Kind, &item.Number, &item.DER, &item.URL)
	return item, err
}
