package postgres

import (
	"bytes"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Release implements store.Releases.
func (s *Store) Release(ctx context.Context, c store.Claim) (puk []byte, err error) {
	if max(len(c.Claim), len(c.Signature), len(c.CardSignature)) > store.MaxValue {
		return nil, errors.New("store: the claim is too large")
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		challenge, err := lockedChallenge(ctx, tx, c.Reference)
		if err == nil && challenge.Kind != store.PIN {
			err = fault.New(refusal.ActUnknown, nil)
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
		if notice != nil {
			if err := post(ctx, tx, challenge.CitizenNumber, store.NoticeMessage, *notice, c.IssuedAt); err != nil {
				return err
			}
		}
		return give(ctx, tx, challenge.CitizenNumber, c)
	})
	if err != nil {
		return nil, err
	}
	return puk, nil
}

// spend judges what is asked of the person beside their session, and uses their one-time code up.
func spend(ctx context.Context, tx pgx.Tx, person store.Session, challenge store.Challenge, c store.Claim) error {
	standing, err := standing(ctx, tx, person.ID, person.CitizenNumber)
	if err != nil {
		return err
	}
	if err := c.Proof.Judge(person, standing, challenge.IssuedAt, c.ReceivedAt); err != nil {
		return err
	}
	_, err = exec(ctx, tx, `DELETE FROM one_time_code WHERE session = $1`, person.ID[:])
	return err
}

// answered reports whether this very claim has its release already, and nobody has said what became of it.
func answered(ctx context.Context, tx pgx.Tx, c store.Claim) (bool, error) {
	r, err := released(ctx, tx, c.Reference)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return r.ReportedAt.IsZero() && bytes.Equal(r.Claim, c.Claim), err
}

// cardsPUK returns the PUK of a card that is on record for the person with this certificate, unless it has
// refused it before.
func cardsPUK(ctx context.Context, tx pgx.Tx, citizenNumber string, c store.Claim) (puk []byte, err error) {
	var refused bool
	_, err = one(ctx, tx, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&puk, &refused) },
		`SELECT puk, puk_refused = 1 FROM card WHERE serial = $1 AND citizen_number = $2
		 AND EXISTS (SELECT 1 FROM card_certificate WHERE card_certificate.serial = card.serial AND sha256 = $3)`,
		c.Card, citizenNumber, c.Certificate[:])
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fault.New(refusal.CardUnknown, nil)
	case err != nil:
		return nil, err
	case refused:
		return nil, fault.New(refusal.PUKWithheld, nil)
	}
	return puk, nil
}

// give records the release, if the person may have another one today.
func give(ctx context.Context, tx pgx.Tx, citizenNumber string, c store.Claim) error {
	today, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM puk_release WHERE citizen_number = $1 AND issued_at >= $2`, citizenNumber, millis(c.Day))
	if err != nil {
		return err
	}
	if today >= c.PerDay {
		return fault.New(refusal.ReleaseLimit, nil)
	}
	_, err = exec(ctx, tx,
		`INSERT INTO puk_release (reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		c.Reference, citizenNumber, c.Card, c.Machine.ID, c.Claim, c.Signature, c.CardSignature, millis(c.IssuedAt))
	if err != nil {
		return err
	}
	return enter(ctx, tx, record.Release, c.Reference)
}

// Report implements store.Releases.
func (s *Store) Report(ctx context.Context, r store.Report) error {
	if max(len(r.Report), len(r.Signature)) > store.MaxValue {
		return errors.New("store: the report is too large")
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, r.CitizenNumber); err != nil {
			return err
		}
		old, err := released(ctx, tx, r.Reference)
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

func addReport(ctx context.Context, tx pgx.Tx, old store.Release, r store.Report) error {
	if _, err := exec(ctx, tx,
		`UPDATE puk_release SET outcome = $1, report = $2, report_signature = $3, reported_at = $4 WHERE reference = $5`,
		string(r.Outcome), r.Report, r.Signature, millis(r.ReportedAt), r.Reference); err != nil {
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
	if store.RefusesPUK(r.Outcome) {
		if _, err := exec(ctx, tx, `UPDATE card SET puk_refused = 1 WHERE serial = $1`, old.Card); err != nil {
			return err
		}
		if err := fail(ctx, tx, old.CitizenNumber, r.ReportedAt); err != nil {
			return err
		}
	}
	return enter(ctx, tx, record.Report, r.Reference)
}

// hasPIN has the application be looked at whose card has got its PIN.
func hasPIN(ctx context.Context, tx pgx.Tx, old store.Release, r store.Report) error {
	if r.Outcome != protocol.OutcomeDone {
		return nil
	}
	_, err := exec(ctx, tx,
		`INSERT INTO application_recheck (reference) SELECT reference FROM application WHERE citizen_number = $1 AND serial = $2
		 AND state IN ('produced', 'with_courier', 'delivered') ON CONFLICT DO NOTHING`, old.CitizenNumber, r.Certificate)
	return err
}

const releaseColumns = `SELECT reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at,
	coalesce(outcome, ''), report, report_signature, reported_at FROM puk_release `

// Released implements store.Releases.
func (s *Store) Released(ctx context.Context, reference string) (store.Release, error) {
	return released(ctx, s.pool, reference)
}

func released(ctx context.Context, q querier, reference string) (store.Release, error) {
	return one(ctx, q, scanRelease, releaseColumns+`WHERE reference = $1`, reference)
}

// ReleasedTo implements store.Releases.
func (s *Store) ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]store.Release, error) {
	return all(ctx, s.pool, scanRelease,
		releaseColumns+`WHERE citizen_number = $1 ORDER BY issued_at DESC, place DESC LIMIT $2`, citizenNumber, limit)
}

func scanRelease(row scanner) (r store.Release, err error) {
	var (
		issued   int64
		reported *int64
	)
	err = row.Scan(&r.Reference, &r.CitizenNumber, &r.Card, &r.Machine, &r.Claim, &r.Signature, &r.CardSignature, &issued,
		&r.Outcome, &r.Report, &r.ReportSignature, &reported)
	r.IssuedAt, r.ReportedAt = instant(issued), instantOrZero(reported)
	return r, err
}
