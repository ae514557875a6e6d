package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Release implements store.Releases.
func (s *Store) Release(ctx context.Context, c store.Claim) (puk []byte, err error) {
	if max(len(c.Claim), len(c.Signature), len(c.CardSignature)) > store.MaxValue {
		return nil, errors.New("sqlite: the claim is too large")
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		challenge, err := scanChallenge(tx.QueryRowContext(ctx, challengeColumns+`WHERE reference = ?`, c.Reference))
		if errors.Is(err, store.ErrNotFound) || err == nil && challenge.Kind != store.PIN {
			return fault.New(refusal.ActUnknown, nil)
		}
		if err != nil {
			return err
		}
		person, err := owner(ctx, tx, challenge, c.Session, c.ReceivedAt, c.SessionIdle)
		if err != nil {
			return err
		}
		again, err := answered(ctx, tx, c)
		if err != nil {
			return err
		}
		if !again {
			if err := unused(challenge, c.ReceivedAt); err != nil {
				return err
			}
		}
		if puk, err = cardsPUK(ctx, tx, challenge.CitizenNumber, c); err != nil {
			return err
		}
		if err := stopped(ctx, tx, challenge.CitizenNumber, c.Serial); err != nil {
			return err
		}
		notice, err := enrol(ctx, tx, challenge.CitizenNumber, c)
		if err != nil || again {
			return err
		}
		if err := spend(ctx, tx, person, challenge, c); err != nil {
			return err
		}
		if err := give(ctx, tx, challenge.CitizenNumber, c); err != nil || notice == nil {
			return err
		}
		return post(ctx, tx, challenge.CitizenNumber, store.NoticeMessage, *notice, c.IssuedAt)
	})
	if err != nil {
		return nil, err
	}
	return puk, nil
}

// spend judges what is asked of the person beside their session, and uses their one-time code up.
func spend(ctx context.Context, tx *sql.Tx, person store.Session, challenge store.Challenge, c store.Claim) error {
	standing, err := standing(ctx, tx, person.ID, person.CitizenNumber)
	if err != nil {
		return err
	}
	if err := c.Proof.Judge(person, standing, challenge.IssuedAt, c.ReceivedAt); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM one_time_code WHERE session = ?`, person.ID[:])
	return err
}

// answered reports whether this very claim has its release already, and nobody has said what became of it.
func answered(ctx context.Context, tx *sql.Tx, c store.Claim) (bool, error) {
	r, err := scanRelease(tx.QueryRowContext(ctx, releaseColumns+`WHERE reference = ?`, c.Reference))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return r.ReportedAt.IsZero() && bytes.Equal(r.Claim, c.Claim), err
}

// cardsPUK returns the PUK of a card that is on record for the person with this certificate, unless it has
// refused it before.
func cardsPUK(ctx context.Context, tx *sql.Tx, citizenNumber string, c store.Claim) (puk []byte, err error) {
	var refused bool
	row := tx.QueryRowContext(ctx,
		`SELECT puk, puk_refused FROM card WHERE serial = ? AND citizen_number = ?
		 AND EXISTS (SELECT 1 FROM card_certificate WHERE card_certificate.serial = card.serial AND sha256 = ?)`,
		c.Card, citizenNumber, c.Certificate[:])
	err = row.Scan(&puk, &refused)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.New(refusal.CardUnknown, nil)
	case err != nil:
		return nil, err
	case refused:
		return nil, fault.New(refusal.PUKWithheld, nil)
	}
	return puk, nil
}

// give records the release, if the person may have another one today.
func give(ctx context.Context, tx *sql.Tx, citizenNumber string, c store.Claim) error {
	var today int
	row := tx.QueryRowContext(ctx,
		`SELECT count(*) FROM puk_release WHERE citizen_number = ? AND issued_at >= ?`, citizenNumber, millis(c.Day))
	if err := row.Scan(&today); err != nil {
		return err
	}
	if today >= c.PerDay {
		return fault.New(refusal.ReleaseLimit, nil)
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO puk_release (reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Reference, citizenNumber, c.Card, c.Machine.ID, c.Claim, c.Signature, c.CardSignature, millis(c.IssuedAt))
	if err != nil {
		return err
	}
	return enter(ctx, tx, entryRelease, c.Reference, false)
}

// Report implements store.Releases.
func (s *Store) Report(ctx context.Context, r store.Report) error {
	if max(len(r.Report), len(r.Signature)) > store.MaxValue {
		return errors.New("sqlite: the report is too large")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		old, err := scanRelease(tx.QueryRowContext(ctx, releaseColumns+`WHERE reference = ?`, r.Reference))
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && old.CitizenNumber != r.CitizenNumber:
			return fault.New(refusal.ActUnknown, nil)
		case err != nil:
			return err
		case old.ReportedAt.IsZero():
			return addReport(ctx, tx, old, r)
		case bytes.Equal(old.Report, r.Report):
			return nil
		}
		return fault.New(refusal.CodeUsed, nil)
	})
}

func addReport(ctx context.Context, tx *sql.Tx, old store.Release, r store.Report) error {
	if _, err := tx.ExecContext(ctx,
		`UPDATE puk_release SET outcome = ?, report = ?, report_signature = ?, reported_at = ? WHERE reference = ?`,
		r.Outcome, r.Report, r.Signature, millis(r.ReportedAt), r.Reference); err != nil {
		return err
	}
	if err := enter(ctx, tx, entryReport, r.Reference, false); err != nil {
		return err
	}
	if r.Attested {
		if err := markAttested(ctx, tx, old.CitizenNumber, old.Machine, r.ReportedAt); err != nil {
			return err
		}
	}
	if err := hasPIN(ctx, tx, old, r); err != nil {
		return err
	}
	if !store.RefusesPUK(r.Outcome) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE card SET puk_refused = 1 WHERE serial = ?`, old.Card); err != nil {
		return err
	}
	return fail(ctx, tx, old.CitizenNumber, r.ReportedAt)
}

// hasPIN has the application be looked at whose card has got its PIN.
func hasPIN(ctx context.Context, tx *sql.Tx, old store.Release, r store.Report) error {
	if r.Outcome != protocol.OutcomeDone {
		return nil
	}
	_, err := tx.ExecContext(ctx,
		`INSERT OR IGNORE INTO application_recheck (reference) SELECT reference FROM application WHERE citizen_number = ? AND serial = ?
		 AND state IN ('produced', 'with_courier', 'delivered')`, old.CitizenNumber, r.Certificate)
	return err
}

const releaseColumns = `SELECT reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at,
	coalesce(outcome, ''), report, report_signature, reported_at FROM puk_release `

// Released implements store.Releases.
func (s *Store) Released(ctx context.Context, reference string) (store.Release, error) {
	return scanRelease(s.read.QueryRowContext(ctx, releaseColumns+`WHERE reference = ?`, reference))
}

// ReleasedTo implements store.Releases.
func (s *Store) ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]store.Release, error) {
	return all(ctx, s.read, scanRelease,
		releaseColumns+`WHERE citizen_number = ? ORDER BY issued_at DESC, rowid DESC LIMIT ?`, citizenNumber, limit)
}

func scanRelease(row scanner) (store.Release, error) {
	var (
		r        store.Release
		issued   int64
		reported sql.NullInt64
	)
	err := row.Scan(&r.Reference, &r.CitizenNumber, &r.Card, &r.Machine, &r.Claim, &r.Signature, &r.CardSignature, &issued,
		&r.Outcome, &r.Report, &r.ReportSignature, &reported)
	if err != nil {
		return store.Release{}, found(err)
	}
	r.IssuedAt, r.ReportedAt = instant(issued), instantOrZero(reported)
	return r, nil
}
