package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// owner returns the session that a challenge belongs to, if it is the one given.
func owner(ctx context.Context, tx *sql.Tx, c store.Challenge, id store.Hash, at time.Time, idle time.Duration) (store.Session, error) {
	if c.Session != id {
		return store.Session{}, fault.New(refusal.CodeElsewhere, nil)
	}
	person, err := session(ctx, tx, id, at, idle)
	if errors.Is(err, store.ErrNotFound) {
		person, err = holder(ctx, tx, c, at)
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && person.CitizenNumber != c.CitizenNumber {
		return store.Session{}, fault.New(fault.LoginRequired, nil)
	}
	return person, err
}

// holder returns as whom a browser's key to an application does an act, while the key lives.
func holder(ctx context.Context, tx *sql.Tx, c store.Challenge, at time.Time) (store.Session, error) {
	if c.Kind != store.Approval {
		return store.Session{}, store.ErrNotFound
	}
	a, err := scanApplication(tx.QueryRowContext(ctx, applicationColumns+`WHERE reference =
		(SELECT application FROM application_key WHERE hash = ? AND use = 'browser' AND expires_at > ?)`, c.Session[:], millis(at)))
	if err != nil {
		return store.Session{}, err
	}
	person, ok := c.Holder(a)
	if !ok {
		return store.Session{}, store.ErrNotFound
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

// state returns the number and the kind of a person's newest act on E-Onay, 0 and "" where there is none.
func state(ctx context.Context, tx *sql.Tx, citizenNumber string) (number int, kind store.Kind, err error) {
	row := tx.QueryRowContext(ctx,
		`SELECT number, kind FROM act WHERE citizen_number = ? AND number IS NOT NULL ORDER BY number DESC LIMIT 1`, citizenNumber)
	err = row.Scan(&number, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return number, kind, err
}

// recordAct makes a receipt an act of the person: on E-Onay that of this number, and of other kinds one without a number.
func recordAct(ctx context.Context, tx *sql.Tx, number int, r store.Receipt, c store.Challenge, e store.Evidence) error {
	of := &number
	if !c.Kind.IsConsent() {
		of = nil
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at, acr, amr)
		 SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, acr, amr FROM receipt WHERE number = ?`,
		r.Reference, r.CitizenNumber, of, r.Name, c.Kind, c.TextVersion, c.Document, r.Signature,
		millis(e.SigningTime), millis(e.VerifiedAt), millis(e.RecordedAt), millis(r.ReceivedAt), r.Number); err != nil {
		return err
	}
	if err := keepItems(ctx, tx, `INSERT INTO act_evidence (reference, kind, number, url, sha256) VALUES (?, ?, ?, ?, ?)`, r.Reference, e); err != nil {
		return err
	}
	kind := record.EntryOf(c.Kind)
	sum, err := digestWith(ctx, tx, kind, r.Reference, record.Items(e))
	if err != nil {
		return err
	}
	return link(ctx, tx, record.Link{Kind: kind, Reference: r.Reference, Digest: sum})
}

const actColumns = `SELECT reference, citizen_number, name, kind, text_version, coalesce(received_at, recorded_at), recorded_at, coalesce(acr, ''), coalesce(amr, '') FROM act `

// Act implements store.Store.
func (s *Store) Act(ctx context.Context, reference string) (store.Act, error) {
	return scanAct(s.read.QueryRowContext(ctx, actColumns+`WHERE reference = ?`, reference))
}

// NewestAct implements store.Store.
func (s *Store) NewestAct(ctx context.Context, citizenNumber string) (store.Act, error) {
	return scanAct(s.read.QueryRowContext(ctx,
		actColumns+`WHERE citizen_number = ? AND number IS NOT NULL ORDER BY number DESC LIMIT 1`, citizenNumber))
}

func scanAct(row scanner) (store.Act, error) {
	var (
		a                  store.Act
		received, recorded int64
	)
	if err := row.Scan(&a.Reference, &a.CitizenNumber, &a.Name, &a.Kind, &a.TextVersion, &received, &recorded, &a.ACR, &a.AMR); err != nil {
		return store.Act{}, found(err)
	}
	a.ReceivedAt, a.RecordedAt = instant(received), instant(recorded)
	return a, nil
}

// Evidence implements store.Store. Its two reads agree because evidence never changes.
func (s *Store) Evidence(ctx context.Context, reference string) (store.Evidence, error) {
	return evidence(ctx, s.read, reference)
}

// actItems are the items of an act's evidence.
const actItems = `SELECT kind, number, der, url FROM evidence WHERE reference = ?1
	UNION ALL SELECT 'signer', number, der, NULL FROM evidence_signer WHERE reference = ?1 ORDER BY 1, 2`

func evidence(ctx context.Context, q querier, reference string) (store.Evidence, error) {
	var (
		e                           store.Evidence
		signing, verified, recorded int64
	)
	row := q.QueryRowContext(ctx,
		`SELECT document, signature, signing_time, verified_at, recorded_at FROM act WHERE reference = ?`, reference)
	if err := row.Scan(&e.Document, &e.Signature, &signing, &verified, &recorded); err != nil {
		return store.Evidence{}, found(err)
	}
	e.SigningTime, e.VerifiedAt, e.RecordedAt = instant(signing), instant(verified), instant(recorded)
	list, err := all(ctx, q, scanItem, actItems, reference)
	if err != nil {
		return store.Evidence{}, err
	}
	record.Fill(&e, list)
	return e, nil
}

func scanItem(row scanner) (one record.Item, err error) {
	err = row.Scan(&one.Kind, &one.Number, &one.DER, &one.URL)
	return one, err
}
