package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// AskDecision implements store.Decisions.
func (s *Store) AskDecision(ctx context.Context, d store.Decision) error {
	if err := record.CheckDecision(d); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		asker, err := heldRole(ctx, tx, d.AskedBy, d.Role, d.AskedAt)
		if err != nil {
			return err
		}
		var same, own int
		row := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM decision WHERE kind = ?1 AND subject = ?2 AND until > ?4 AND `+isOpen+`),
			(SELECT count(*) FROM decision WHERE asked_by = ?3 AND until > ?4 AND `+isOpen+`)`, d.Kind, d.Subject, d.AskedBy, millis(d.AskedAt))
		if err := row.Scan(&same, &own); err != nil {
			return err
		}
		if err := record.MayAsk(asker, same, own); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO decision (reference, kind, role, subject, person, asked, asked_by, asked_at, until)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.Reference, d.Kind, d.Role, d.Subject, textOrNull(d.Person), notNull(d.Asked), d.AskedBy,
			millis(d.AskedAt), millis(d.Until)); err != nil {
			return err
		}
		return enter(ctx, tx, entryDecision, d.Reference, false)
	})
}

// isOpen is true of a decision that nobody has ended.
const isOpen = `NOT EXISTS (SELECT 1 FROM decision_end WHERE decision_end.reference = decision.reference)`

// EndDecision implements store.Decisions.
func (s *Store) EndDecision(ctx context.Context, e store.DecisionEnd, effect store.DecisionEffect) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		d, err := scanDecision(tx.QueryRowContext(ctx, decisionColumns+`WHERE decision.reference = ?`, e.Reference))
		if err != nil {
			return err
		}
		ender, err := heldRole(ctx, tx, e.By, d.Role, e.At)
		if err != nil {
			return err
		}
		asker, err := heldRole(ctx, tx, d.AskedBy, d.Role, e.At)
		if err != nil {
			return err
		}
		if err := record.MayEnd(d, e, effect, ender, asker); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO decision_end (reference, outcome, by_number, at, reason) VALUES (?, ?, ?, ?, ?)`,
			e.Reference, e.Outcome, textOrNull(e.By), millis(e.At), e.Reason); err != nil {
			return err
		}
		if err := keepEffect(ctx, tx, e.Reference, effect); err != nil {
			return err
		}
		if err := putJobs(ctx, tx, effect.Jobs); err != nil {
			return err
		}
		return enter(ctx, tx, entryDecisionEnd, e.Reference, false)
	})
}

// keepEffect keeps what a decision changes.
func keepEffect(ctx context.Context, tx *sql.Tx, decision string, effect store.DecisionEffect) error {
	if effect.Role != nil {
		c := *effect.Role
		c.Decision = decision
		if err := administratorsStay(ctx, tx, c); err != nil {
			return err
		}
		if err := keepRole(ctx, tx, c); err != nil {
			return err
		}
	}
	for _, t := range effect.Texts {
		if _, err := tx.ExecContext(ctx, `INSERT INTO legal_text (name, version, body, in_force_at, decision) VALUES (?, ?, ?, ?, ?)`,
			t.Name, t.Version, t.Body, millis(t.InForceAt), decision); err != nil {
			return err
		}
	}
	if a := effect.Announcement; a != nil {
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO announcement (reference, title_tr, text_tr, title_en, text_en, link, from_at, until_at, important, decision)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.Reference, a.TitleTR, a.TextTR, a.TitleEN, a.TextEN, a.Link, millis(a.From), millis(a.Until),
			a.Important, decision); err != nil {
			return err
		}
	}
	return nil
}

// administratorsStay refuses a change that takes an administrator away and leaves fewer than two others when it does.
func administratorsStay(ctx context.Context, tx *sql.Tx, c store.RoleChange) error {
	held, err := heldRole(ctx, tx, c.CitizenNumber, c.Role, c.At)
	if err != nil || !record.LosesAdministrator(c, held) {
		return err
	}
	var others int
	row := tx.QueryRowContext(ctx, `SELECT count(*)`+counting+` AND role = ?2 AND citizen_number <> ?3`, millis(c.Until), c.Role, c.CitizenNumber)
	if err := row.Scan(&others); err != nil {
		return err
	}
	if others < record.MinAdministrators {
		return fault.New(refusal.AdministratorsFew, nil)
	}
	return nil
}

const decisionColumns = `SELECT decision.reference, kind, role, subject, coalesce(person, ''), asked, asked_by, asked_at, until,
	outcome, coalesce(by_number, ''), at, reason FROM decision LEFT JOIN decision_end ON decision_end.reference = decision.reference `

func scanDecision(row scanner) (d store.Decision, err error) {
	var (
		e               store.DecisionEnd
		outcome, reason sql.NullString
		asked, until    int64
		at              sql.NullInt64
	)
	if err := row.Scan(&d.Reference, &d.Kind, &d.Role, &d.Subject, &d.Person, &d.Asked, &d.AskedBy, &asked, &until, &outcome, &e.By, &at, &reason); err != nil {
		return store.Decision{}, found(err)
	}
	d.AskedAt, d.Until = instant(asked), instant(until)
	if outcome.Valid {
		e.Reference, e.Outcome, e.At, e.Reason = d.Reference, store.Outcome(outcome.String), instant(at.Int64), reason.String
		d.End = &e
	}
	return d, nil
}

// Decision implements store.Decisions.
func (s *Store) Decision(ctx context.Context, reference string) (store.Decision, error) {
	return scanDecision(s.read.QueryRowContext(ctx, decisionColumns+`WHERE decision.reference = ?`, reference))
}

// OpenDecisions implements store.Decisions.
func (s *Store) OpenDecisions(ctx context.Context, roles []store.Role, now time.Time, limit int) ([]store.Decision, error) {
	list, err := json.Marshal(roles)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.read, scanDecision, decisionColumns+`WHERE until > ?2 AND outcome IS NULL AND role IN (SELECT value FROM json_each(?1))
		ORDER BY asked_at, decision.reference LIMIT ?3`, string(list), millis(now), limit)
}

// EndedDecisions implements store.Decisions.
func (s *Store) EndedDecisions(ctx context.Context, roles []store.Role, limit int) ([]store.Decision, error) {
	list, err := json.Marshal(roles)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.read, scanDecision, decisionColumns+`WHERE outcome IS NOT NULL AND role IN (SELECT value FROM json_each(?1))
		ORDER BY at DESC, decision.reference LIMIT ?2`, string(list), limit)
}

// OverdueDecisions implements store.Decisions.
func (s *Store) OverdueDecisions(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return all(ctx, s.read, scanText, `SELECT reference FROM decision WHERE until <= ? AND `+isOpen+` ORDER BY until LIMIT ?`, millis(now), limit)
}
