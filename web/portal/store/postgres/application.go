package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// saltSize is that of an application's salt, in bytes.
const saltSize = 16

// CreateApplication implements store.Applications.
func (s *Store) CreateApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	c.From, c.To, c.Version = "", a.State, a.Version
	form, err := record.ApplicationForm(a, c)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, ownerOf(a)); err != nil {
			return err
		}
		if err := noneOpen(ctx, tx, a); err != nil {
			return err
		}
		if _, err := exec(ctx, tx,
			`INSERT INTO application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, way, basis, fee, paid_at,
			 replaces, serial, not_before, not_after, shipment, salt, institution, created_at, changed_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $8, $8)`,
			a.Reference, a.Version, a.CitizenNumber, a.Name, string(a.Kind), string(a.Payer), string(a.State), millis(c.At), form, a.SecurityWord,
			textOrNull(a.Approval.Way), basisOrNull(a.Approval), a.Fee, orNull(a.PaidAt), orNull(a.Replaces), textOrNull(a.Certificate.Serial),
			orNull(a.Certificate.NotBefore), orNull(a.Certificate.NotAfter), textOrNull(a.Shipment), randomBytes(saltSize), textOrNull(a.Institution)); err != nil {
			return err
		}
		if err := putJobs(ctx, tx, jobs); err != nil {
			return err
		}
		return recordChange(ctx, tx, a, c)
	})
}

// ChangeApplication implements store.Applications.
func (s *Store) ChangeApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	form, err := record.ApplicationForm(a, c)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, ownerOf(a)); err != nil {
			return err
		}
		return keepChange(ctx, tx, a, c, form, jobs)
	})
}

// keepChange keeps the next version of an application, whose form is as its row has it, if it may follow, and the jobs that follow from it. The person's lock is had.
func keepChange(ctx context.Context, tx pgx.Tx, a application.Application, c application.Change, form string, jobs []store.Job) error {
	if err := mayChange(ctx, tx, a, c); err != nil {
		return err
	}
	if _, err := exec(ctx, tx,
		`UPDATE application SET version = $2, name = $3, state_since = CASE WHEN state = $4 THEN state_since ELSE $5 END, state = $4, form = $6,
			 security_word = $7, way = $8, basis = $9, fee = $10, paid_at = $11, replaces = $12, serial = $13, not_before = $14, not_after = $15,
			 shipment = $16, changed_at = $5 WHERE reference = $1`,
		a.Reference, a.Version, a.Name, string(a.State), millis(c.At), form, a.SecurityWord, textOrNull(a.Approval.Way), basisOrNull(a.Approval),
		a.Fee, orNull(a.PaidAt), orNull(a.Replaces), textOrNull(a.Certificate.Serial), orNull(a.Certificate.NotBefore),
		orNull(a.Certificate.NotAfter), textOrNull(a.Shipment)); err != nil {
		return err
	}
	if err := deleteDraft(ctx, tx, a.Reference); err != nil {
		return err
	}
	if err := putJobs(ctx, tx, jobs); err != nil {
		return err
	}
	return recordChange(ctx, tx, a, c)
}

// mayChange judges whether a version of an application may follow the one that is kept.
func mayChange(ctx context.Context, tx pgx.Tx, a application.Application, c application.Change) error {
	kept, err := one(ctx, tx, scanApplication, applicationColumns+`WHERE reference = $1`, a.Reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && kept.Version != a.Version-1 {
		return fault.New(refusal.ApplicationChanged, nil)
	}
	if err != nil {
		return err
	}
	if kept.State != c.From || kept.CitizenNumber != a.CitizenNumber || kept.Kind != a.Kind || kept.Payer != a.Payer || kept.Institution != a.Institution {
		return fmt.Errorf("store: application %s changes from what it was not", a.Reference)
	}
	if err := draftIsSeen(ctx, tx, kept, c); err != nil {
		return err
	}
	if err := consentHolds(ctx, tx, a); err != nil {
		return err
	}
	if err := noneOpen(ctx, tx, a); err != nil {
		return err
	}
	return shipmentFree(ctx, tx, a, c)
}

// consentHolds refuses an application on its way into production that rests on E-Onay which does not stand any more.
func consentHolds(ctx context.Context, tx pgx.Tx, a application.Application) error {
	switch a.State {
	case application.UnderReview, application.PaymentDue, application.Held, application.InProduction:
	default:
		return nil
	}
	if a.Approval.Way != application.ByConsent {
		return nil
	}
	stands, err := one(ctx, tx, scanValue[bool], `SELECT $2 IS NOT DISTINCT FROM (`+standingConsent+`)`, a.CitizenNumber, a.Approval.Basis)
	if err == nil && !stands {
		err = fault.New(refusal.ActNotPossible, nil)
	}
	return err
}

// standingConsent is the reference of the act by which E-Onay stands for a person, NULL where it does not; the first parameter is the
// citizen number.
const standingConsent = `SELECT CASE WHEN kind = 'give' THEN reference END FROM act WHERE citizen_number = $1 AND number IS NOT NULL ORDER BY number DESC LIMIT 1`

// noneOpen refuses an open application beside another one of the person and kind.
func noneOpen(ctx context.Context, tx pgx.Tx, a application.Application) error {
	if !a.State.IsOpen() || a.CitizenNumber == "" { // made without a login, it is of no person
		return nil
	}
	states, err := all(ctx, tx, scanValue[string], `SELECT state FROM application WHERE citizen_number = $1 AND kind = $2 AND reference <> $3`,
		a.CitizenNumber, string(a.Kind), a.Reference)
	if err != nil {
		return err
	}
	for _, state := range states {
		if application.State(state).IsOpen() {
			return fault.New(refusal.ApplicationOpen, nil)
		}
	}
	return nil
}

// awaitsPIN reports whether an application may become active by itself: that its card has a PIN is kept until then.
func awaitsPIN(s application.State) bool {
	return s == application.Produced || s == application.WithCourier || s == application.Delivered
}

// recordChange adds the change that has led to an application's row, with the scan that it brings, and its entry, and has the application looked at if E-Onay can
// approve it, and its shipment followed.
func recordChange(ctx context.Context, tx pgx.Tx, a application.Application, c application.Change) error {
	digest, err := applicationDigest(ctx, tx, a.Reference)
	if err != nil {
		return err
	}
	who := textOrNull(c.Who)
	if c.Who == a.CitizenNumber {
		who = nil
	}
	if _, err := exec(ctx, tx,
		`INSERT INTO application_change (reference, version, event, by_actor, who, at, reason, basis, way, from_state, to_state, digest, serial, not_before, not_after)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.Reference, a.Version, string(c.Event), string(c.By), who, millis(c.At), c.Reason, c.Basis, string(c.Way), string(c.From), string(c.To), digest,
		textOrNull(c.Certificate.Serial), orNull(c.Certificate.NotBefore), orNull(c.Certificate.NotAfter)); err != nil {
		return err
	}
	if len(c.Scan.Content) > 0 {
		if _, err := exec(ctx, tx, `INSERT INTO paper_scan (reference, version, media_type, content) VALUES ($1, $2, $3, $4)`,
			a.Reference, a.Version, c.Scan.MediaType, c.Scan.Content); err != nil {
			return err
		}
	}
	if !awaitsPIN(a.State) {
		if _, err := exec(ctx, tx, `DELETE FROM application_recheck WHERE reference = $1`, a.Reference); err != nil {
			return err
		}
	}
	if a.State == application.AwaitingApproval {
		if _, err := exec(ctx, tx, `INSERT INTO application_recheck (reference) SELECT $2 WHERE (`+standingConsent+`) IS NOT NULL`,
			a.CitizenNumber, a.Reference); err != nil {
			return err
		}
	}
	if err := followShipment(ctx, tx, a, c); err != nil {
		return err
	}
	return enter(ctx, tx, record.Application, fmt.Sprintf("%s/%d", a.Reference, a.Version))
}

// applicationRow and applicationLater are all that the digest of an application covers, in SQLite's order.
const applicationRow = `SELECT salt, reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, way, basis, fee, paid_at,
	replaces, serial, not_before, not_after, shipment, created_at, changed_at, erased_at FROM application WHERE reference = $1`

const applicationLater = `SELECT institution FROM application WHERE reference = $1 AND institution IS NOT NULL`

// applicationDigest is that of an application's row as it is now. It covers the salt, so that who has the digest alone cannot try
// out what a person may have written.
func applicationDigest(ctx context.Context, q querier, reference string) ([]byte, error) {
	ctx, cancel := limited(ctx, q)
	defer cancel()
	d := record.NewDigest(record.ApplicationVersion)
	b := &pgx.Batch{}
	b.Queue(applicationRow, reference).Query(func(rows pgx.Rows) error {
		n, err := writeRows(d, rows, false)
		if err == nil && n != 1 {
			err = fmt.Errorf("application %s: %w", reference, record.ErrNoRow)
		}
		return err
	})
	b.Queue(applicationLater, reference).Query(func(rows pgx.Rows) error {
		_, err := writeRows(d, rows, true)
		return err
	})
	err := q.SendBatch(ctx, b).Close()
	return d.Sum(), err
}

// textOrNull is a text as a row has it, NULL for the empty one.
func textOrNull[T ~string](text T) *string {
	if text == "" {
		return nil
	}
	plain := string(text)
	return &plain
}

// basisOrNull is an approval's basis, which may be empty; NULL where there is no approval.
func basisOrNull(a application.Approval) *string {
	if a.Way == "" {
		return nil
	}
	return &a.Basis
}
