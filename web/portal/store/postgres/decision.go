package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// AskDecision implements store.Decisions. The chain's lock comes first: what is judged here cannot change meanwhile.
func (s *Store) AskDecision(ctx context.Context, d store.Decision) error {
	if err := record.CheckDecision(d); err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, chainLock); err != nil {
			return err
		}
		asker, err := heldRole(ctx, tx, d.AskedBy, d.Role, d.AskedAt)
		if err != nil {
			return err
		}
		same, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM decision WHERE kind = $1 AND subject = $2 AND until > $3 AND `+isOpen,
			d.Kind, d.Subject, millis(d.AskedAt))
		if err != nil {
			return err
		}
		own, err := one(ctx, tx, scanValue[int], `SELECT count(*) FROM decision WHERE asked_by = $1 AND until > $2 AND `+isOpen, d.AskedBy, millis(d.AskedAt))
		if err != nil {
			return err
		}
		if err := record.MayAsk(asker, same, own); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO decision (reference, kind, role, subject, person, asked, asked_by, asked_at, until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, d.Reference, d.Kind, string(d.Role), d.Subject, textOrNull(d.Person), notNull(d.Asked), d.AskedBy,
			millis(d.AskedAt), millis(d.Until)); err != nil {
			return err
		}
		return enter(ctx, tx, record.Decision, d.Reference)
	})
}

// isOpen is true of a decision that nobody has ended.
const isOpen = `NOT EXISTS (SELECT 1 FROM decision_end WHERE decision_end.reference = decision.reference)`

// EndDecision implements store.Decisions.
func (s *Store) EndDecision(ctx context.Context, e store.DecisionEnd, effect store.DecisionEffect) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := putJobs(ctx, tx, effect.Jobs); err != nil {
			return err
		}
		if err := lock(ctx, tx, chainLock); err != nil {
			return err
		}
		d, err := one(ctx, tx, scanDecision, decisionColumns+`WHERE decision.reference = $1`, e.Reference)
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
		if _, err := exec(ctx, tx, `INSERT INTO decision_end (reference, outcome, by_number, at, reason) VALUES ($1, $2, $3, $4, $5)`,
			e.Reference, string(e.Outcome), textOrNull(e.By), millis(e.At), e.Reason); err != nil {
			return err
		}
		if err := keepEffect(ctx, tx, e.Reference, effect); err != nil {
			return err
		}
		return enter(ctx, tx, record.DecisionEnd, e.Reference)
	})
}

// keepEffect keeps what a decision changes. The chain's lock numbers the rows.
func keepEffect(ctx context.Context, tx pgx.Tx, decision string, effect store.DecisionEffect) error {
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
		if _, err := exec(ctx, tx, `INSERT INTO legal_text (number, name, version, body, in_force_at, decision)
			SELECT coalesce(max(number), 0) + 1, $1::text, $2::text, $3::text, $4::bigint, $5::text FROM legal_text`,
			t.Name, t.Version, t.Body, millis(t.InForceAt), decision); err != nil {
			return err
		}
	}
	if a := effect.Announcement; a != nil {
		important := 0
		if a.Important {
			important = 1
		}
		if _, err := exec(ctx, tx,
			`INSERT INTO announcement (number, reference, title_tr, text_tr, title_en, text_en, link, from_at, until_at, important, decision)
			 SELECT coalesce(max(number), 0) + 1, $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::bigint, $9::bigint, $10::text
			 FROM announcement`, a.Reference, a.TitleTR, a.TextTR, a.TitleEN, a.TextEN, a.Link, millis(a.From), millis(a.Until), important, decision); err != nil {
			return err
		}
	}
	return nil
}

// administratorsStay refuses a change that takes an administrator away and leaves fewer than two others when it does.
func administratorsStay(ctx context.Context, tx pgx.Tx, c store.RoleChange) error {
	held, err := heldRole(ctx, tx, c.CitizenNumber, c.Role, c.At)
	if err != nil || !record.LosesAdministrator(c, held) {
		return err
	}
	others, err := one(ctx, tx, scanValue[int], `SELECT count(*)`+counting+` AND role = $2 AND citizen_number <> $3`,
		millis(c.Until), string(c.Role), c.CitizenNumber)
	if err == nil && others < record.MinAdministrators {
		err = fault.New(refusal.AdministratorsFew, nil)
	}
	return err
}

const decisionColumns = `SELECT decision.reference, kind, role, subject, coalesce(person, ''), asked, asked_by, asked_at, until,
	outcome, coalesce(by_number, ''), at, reason FROM decision LEFT JOIN decision_end ON decision_end.reference = decision.reference `

func scanDecision(row scanner) (d store.Decision, err error) {
	var (
		e               store.DecisionEnd
		outcome, reason *string
		asked, until    int64
		at              *int64
	)
	if err := row.Scan(&d.Reference, &d.Kind, &d.Role, &d.Subject, &d.Person, &d.Asked, &d.AskedBy, &asked, &until, &outcome, &e.By, &at, &reason); err != nil {
		return store.Decision{}, err
	}
	d.AskedAt, d.Until = instant(asked), instant(until)
	if outcome != nil {
		e.Reference, e.Outcome, e.At, e.Reason = d.Reference, store.Outcome(*outcome), instant(*at), *reason
		d.End = &e
	}
	return d, nil
}

// Decision implements store.Decisions.
func (s *Store) Decision(ctx context.Context, reference string) (store.Decision, error) {
	return one(ctx, s.pool, scanDecision, decisionColumns+`WHERE decision.reference = $1`, reference)
}

// namesOf are roles as a query takes them.
func namesOf(roles []store.Role) (names []string) {
	for _, role := range roles {
		names = append(names, string(role))
	}
	return names
}

// OpenDecisions implements store.Decisions.
func (s *Store) OpenDecisions(ctx context.Context, roles []store.Role, now time.Time, limit int) ([]store.Decision, error) {
	return all(ctx, s.pool, scanDecision, decisionColumns+`WHERE until > $2 AND outcome IS NULL AND role = ANY($1)
		ORDER BY asked_at, decision.reference LIMIT $3`,
		namesOf(roles), millis(now), limit)
}

// EndedDecisions implements store.Decisions.
func (s *Store) EndedDecisions(ctx context.Context, roles []store.Role, limit int) ([]store.Decision, error) {
	return all(ctx, s.pool, scanDecision, decisionColumns+`WHERE outcome IS NOT NULL AND role = ANY($1)
		ORDER BY at DESC, decision.reference LIMIT $2`,
		namesOf(roles), limit)
}

// OverdueDecisions implements store.Decisions.
func (s *Store) OverdueDecisions(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return all(ctx, s.pool, scanValue[string], `SELECT reference FROM decision WHERE until <= $1 AND `+isOpen+` ORDER BY until LIMIT $2`, millis(now), limit)
}
