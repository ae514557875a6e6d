package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// IssueChallenge implements store.Store.
func (s *Store) IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error {
	if len(c.Document) > store.MaxValue {
		return errors.New("sqlite: the document is too large")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if err := mayIssue(ctx, tx, c, limit); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`UPDATE challenge SET expires_at = min(expires_at, ?) WHERE session = ? AND expires_at > ?`,
			millis(c.IssuedAt), c.Session[:], millis(c.IssuedAt)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at, subject)
			 VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM challenge WHERE session = ?), ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Reference, c.Session[:], c.Session[:], c.CitizenNumber, c.Kind, c.Code, c.TextVersion, notNull(c.Document),
			millis(c.IssuedAt), millis(c.ExpiresAt), textOrNull(c.Subject))
		return err
	})
}

func mayIssue(ctx context.Context, tx *sql.Tx, c store.Challenge, limit store.Limit) error {
	proven, err := mayAsk(ctx, tx, c)
	if err != nil {
		return err
	}
	_, previous, err := state(ctx, tx, c.CitizenNumber)
	if err != nil {
		return err
	}
	if !c.Kind.After(previous) {
		return fault.New(refusal.ActNotPossible, nil)
	}
	if c.Kind != store.PIN && proven {
		if err := nonePending(ctx, tx, c.CitizenNumber); err != nil {
			return err
		}
	}
	var issued int
	row := tx.QueryRowContext(ctx, `SELECT count(*) FROM challenge WHERE session = ? AND issued_at > ?`,
		c.Session[:], millis(c.IssuedAt.Add(-limit.Window)))
	if err := row.Scan(&issued); err != nil {
		return err
	}
	if issued >= limit.Count {
		return fault.New(refusal.CodeLimit, nil)
	}
	return nil
}

// mayAsk judges whether a challenge's session, or the key in its place, lives and is its person's. proven reports that it is a session, whose login
// has shown who asks.
func mayAsk(ctx context.Context, tx *sql.Tx, c store.Challenge) (proven bool, err error) {
	owner, err := scanText(tx.QueryRowContext(ctx, `SELECT citizen_number FROM session WHERE id = ? AND expires_at > ?`, c.Session[:], millis(c.IssuedAt)))
	proven = err == nil
	if errors.Is(err, sql.ErrNoRows) {
		var person store.Session
		person, err = holder(ctx, tx, c, c.IssuedAt)
		owner = person.CitizenNumber
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && owner != c.CitizenNumber {
		return false, fault.New(fault.LoginRequired, nil)
	}
	return proven, err
}

const challengeColumns = `SELECT reference, session, citizen_number, kind, code, text_version, document, issued_at, expires_at,
	used, coalesce(subject, '') FROM challenge `

// Challenge implements store.Store.
func (s *Store) Challenge(ctx context.Context, reference string) (store.Challenge, error) {
	return scanChallenge(s.read.QueryRowContext(ctx, challengeColumns+`WHERE reference = ?`, reference))
}

// NewestChallenge implements store.Store.
func (s *Store) NewestChallenge(ctx context.Context, session store.Hash, kinds ...store.Kind) (store.Challenge, error) {
	list, err := json.Marshal(kinds)
	if err != nil {
		return store.Challenge{}, err
	}
	return scanChallenge(s.read.QueryRowContext(ctx,
		challengeColumns+`WHERE session = ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT 1`,
		session[:], string(list)))
}

// notNull is data for a column that has a value, if an empty one.
func notNull(data []byte) []byte { return append([]byte{}, data...) }

func scanChallenge(row scanner) (store.Challenge, error) {
	var (
		c               store.Challenge
		session         []byte
		issued, expires int64
	)
	err := row.Scan(&c.Reference, &session, &c.CitizenNumber, &c.Kind, &c.Code, &c.TextVersion, &c.Document, &issued, &expires, &c.Used, &c.Subject)
	if err != nil {
		return store.Challenge{}, found(err)
	}
	c.Session = store.Hash(session)
	c.IssuedAt, c.ExpiresAt = instant(issued), instant(expires)
	return c, nil
}
