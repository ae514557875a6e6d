package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// IssueChallenge implements store.Store.
func (s *Store) IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error {
	if len(c.Document) > store.MaxValue {
		return errors.New("store: the document is too large")
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, c.CitizenNumber); err != nil {
			return err
		}
		if err := mayIssue(ctx, tx, c, limit); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `UPDATE challenge SET expires_at = $1 WHERE session = $2 AND expires_at > $1`, millis(c.IssuedAt), c.Session[:]); err != nil {
			return err
		}
		_, err := exec(ctx, tx,
			`INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at, subject)
			 VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM challenge WHERE session = $2), $3, $4, $5, $6, $7, $8, $9, $10)`,
			c.Reference, c.Session[:], c.CitizenNumber, string(c.Kind), c.Code, c.TextVersion, notNull(c.Document),
			millis(c.IssuedAt), millis(c.ExpiresAt), textOrNull(c.Subject))
		return err
	})
}

func mayIssue(ctx context.Context, tx pgx.Tx, c store.Challenge, limit store.Limit) error {
	proven := true
	err := loggedIn(ctx, tx, c.Session, c.CitizenNumber, millis(c.IssuedAt))
	if fault.CodeOf(err) == fault.LoginRequired && c.Kind == store.Approval {
		proven = false
		_, err = holder(ctx, tx, c, c.IssuedAt)
	}
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	previous, pending := askState(b, `$1`, c.CitizenNumber), askPending(b, `$1`, c.CitizenNumber)
	issued := ask(b, scanValue[int], `SELECT count(*) FROM challenge WHERE session = $1 AND issued_at > $2`, c.Session[:], millis(c.IssuedAt.Add(-limit.Window)))
	if err := send(ctx, tx, b); err != nil {
		return err
	}
	switch {
	case !c.Kind.After(previous.value.kind):
		return fault.New(refusal.ActNotPossible, nil)
	case c.Kind != store.PIN && proven && pending.value: // a number that was only typed tells nothing of its person
		return fault.New(refusal.SignaturePending, nil)
	case issued.value >= limit.Count:
		return fault.New(refusal.CodeLimit, nil)
	}
	return nil
}

// loggedIn refuses unless a session is a person's, and has not ended.
func loggedIn(ctx context.Context, tx pgx.Tx, id store.Hash, citizenNumber string, at int64) error {
	owner, err := one(ctx, tx, scanValue[string], `SELECT citizen_number FROM session WHERE id = $1 AND expires_at > $2`, id[:], at)
	if errors.Is(err, store.ErrNotFound) || err == nil && owner != citizenNumber {
		return fault.New(fault.LoginRequired, nil)
	}
	return err
}

const challengeColumns = `SELECT reference, session, citizen_number, kind, code, text_version, document, issued_at, expires_at,
	used = 1, coalesce(subject, '') FROM challenge `

// Challenge implements store.Store.
func (s *Store) Challenge(ctx context.Context, reference string) (store.Challenge, error) {
	return challenge(ctx, s.pool, reference)
}

func challenge(ctx context.Context, q querier, reference string) (store.Challenge, error) {
	return one(ctx, q, scanChallenge, challengeColumns+`WHERE reference = $1`, reference)
}

// NewestChallenge implements store.Store.
func (s *Store) NewestChallenge(ctx context.Context, session store.Hash, kinds ...store.Kind) (store.Challenge, error) {
	list := []string{}
	for _, kind := range kinds {
		list = append(list, string(kind))
	}
	return one(ctx, s.pool, scanChallenge, challengeColumns+`WHERE session = $1 AND kind = ANY ($2) ORDER BY number DESC LIMIT 1`, session[:], list)
}

func scanChallenge(row scanner) (c store.Challenge, err error) {
	var (
		session         []byte
		issued, expires int64
	)
	err = row.Scan(&c.Reference, &session, &c.CitizenNumber, &c.Kind, &c.Code, &c.TextVersion, &c.Document, &issued, &expires, &c.Used, &c.Subject)
	if err != nil {
		return store.Challenge{}, err
	}
	if c.Session = store.Hash(session); len(c.Document) == 0 {
		c.Document = nil
	}
	c.IssuedAt, c.ExpiresAt = instant(issued), instant(expires)
	return c, nil
}
