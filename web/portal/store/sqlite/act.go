package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Complete implements store.Store.
func (s *Store) Complete(ctx context.Context, c store.Completion) error {
	if err := checkSize(c.Evidence); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		challenge, err := scanChallenge(tx.QueryRowContext(ctx, challengeColumns+`WHERE reference = ?`, c.Reference))
		if errors.Is(err, store.ErrNotFound) || err == nil && challenge.Kind == store.PIN {
			return protocol.NewError(protocol.CodeActUnknown, nil)
		}
		if err != nil {
			return err
		}
		person, err := owner(ctx, tx, challenge, c.Session, c.ReceivedAt, c.SessionIdle)
		if err != nil {
			return err
		}
		if err := unused(challenge, c.ReceivedAt); err != nil {
			return err
		}
		number, previous, err := state(ctx, tx, challenge.CitizenNumber)
		if err != nil {
			return err
		}
		if !challenge.Kind.After(previous) {
			return protocol.NewError(protocol.CodeActNotPossible, nil)
		}
		return record(ctx, tx, number+1, person, challenge, c.Evidence)
	})
}

// owner returns the session that a challenge belongs to, if it is the one given.
func owner(ctx context.Context, tx *sql.Tx, c store.Challenge, id store.Hash, at time.Time, idle time.Duration) (store.Session, error) {
	if c.Session != id {
		return store.Session{}, protocol.NewError(protocol.CodeCodeElsewhere, nil)
	}
	person, err := session(ctx, tx, id, at, idle)
	if errors.Is(err, store.ErrNotFound) || err == nil && person.CitizenNumber != c.CitizenNumber {
		return store.Session{}, protocol.NewError(protocol.CodeLoginRequired, nil)
	}
	return person, err
}

// unused judges whether a challenge can still be used at a time.
func unused(c store.Challenge, at time.Time) error {
	switch {
	case c.Used:
		return protocol.NewError(protocol.CodeCodeUsed, nil)
	case millis(at) >= millis(c.ExpiresAt):
		return protocol.NewError(protocol.CodeCodeExpired, nil)
	}
	return nil
}

// state returns the number and the kind of a person's newest act, 0 and "" where there is none.
func state(ctx context.Context, tx *sql.Tx, citizenNumber string) (number int, kind store.Kind, err error) {
	row := tx.QueryRowContext(ctx,
		`SELECT number, kind FROM act WHERE citizen_number = ? ORDER BY number DESC LIMIT 1`, citizenNumber)
	err = row.Scan(&number, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return number, kind, err
}

func record(ctx context.Context, tx *sql.Tx, number int, person store.Session, c store.Challenge, e store.Evidence) error {
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Reference, c.CitizenNumber, number, person.Name, c.Kind, c.TextVersion, c.Document, e.Signature,
		millis(e.SigningTime), millis(e.VerifiedAt), millis(e.RecordedAt)); err != nil {
		return err
	}
	for _, part := range parts(&e) {
		for i, der := range *part.items {
			if _, err := tx.ExecContext(ctx,
				`INSERT INTO evidence (reference, kind, number, der) VALUES (?, ?, ?, ?)`,
				c.Reference, part.kind, i+1, der); err != nil {
				return err
			}
		}
	}
	return nil
}

// part is one kind of item of the evidence, under the name it has in the table.
type part struct {
	kind  string
	items *[][]byte
}

func parts(e *store.Evidence) []part {
	return []part{{"certificate", &e.Path}, {"ocsp", &e.OCSP}, {"crl", &e.CRLs}}
}

func checkSize(e store.Evidence) error {
	count, largest := 0, len(e.Signature)
	for _, part := range parts(&e) {
		count += len(*part.items)
		for _, der := range *part.items {
			largest = max(largest, len(der))
		}
	}
	if count > store.MaxItems || largest > store.MaxValue {
		return errors.New("sqlite: the evidence is too large")
	}
	return nil
}

const actColumns = `SELECT reference, citizen_number, name, kind, text_version, recorded_at FROM act `

// Act implements store.Store.
func (s *Store) Act(ctx context.Context, reference string) (store.Act, error) {
	return scanAct(s.read.QueryRowContext(ctx, actColumns+`WHERE reference = ?`, reference))
}

// NewestAct implements store.Store.
func (s *Store) NewestAct(ctx context.Context, citizenNumber string) (store.Act, error) {
	return scanAct(s.read.QueryRowContext(ctx,
		actColumns+`WHERE citizen_number = ? ORDER BY number DESC LIMIT 1`, citizenNumber))
}

func scanAct(row *sql.Row) (store.Act, error) {
	var (
		a        store.Act
		recorded int64
	)
	if err := row.Scan(&a.Reference, &a.CitizenNumber, &a.Name, &a.Kind, &a.TextVersion, &recorded); err != nil {
		return store.Act{}, found(err)
	}
	a.RecordedAt = instant(recorded)
	return a, nil
}

// Evidence implements store.Store. Its two reads agree because evidence never changes.
func (s *Store) Evidence(ctx context.Context, reference string) (store.Evidence, error) {
	var (
		e                           store.Evidence
		signing, verified, recorded int64
	)
	row := s.read.QueryRowContext(ctx,
		`SELECT document, signature, signing_time, verified_at, recorded_at FROM act WHERE reference = ?`, reference)
	if err := row.Scan(&e.Document, &e.Signature, &signing, &verified, &recorded); err != nil {
		return store.Evidence{}, found(err)
	}
	e.SigningTime, e.VerifiedAt, e.RecordedAt = instant(signing), instant(verified), instant(recorded)
	for _, part := range parts(&e) {
		items, err := s.items(ctx, reference, part.kind)
		if err != nil {
			return store.Evidence{}, err
		}
		*part.items = items
	}
	return e, nil
}

func (s *Store) items(ctx context.Context, reference, kind string) (items [][]byte, err error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT der FROM evidence WHERE reference = ? AND kind = ? ORDER BY number`, reference, kind)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var der []byte
		if err := rows.Scan(&der); err != nil {
			return nil, err
		}
		items = append(items, der)
	}
	return items, rows.Err()
}
