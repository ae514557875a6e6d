package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

const applicationColumns = `SELECT reference, version, coalesce(citizen_number, ''), coalesce(name, ''), kind, payer, state, coalesce(form, '{}'),
	coalesce(security_word, ''), coalesce(way, ''), coalesce(basis, ''), fee, paid_at, replaces, coalesce(serial, ''), not_before, not_after,
	coalesce(shipment, ''), coalesce(institution, ''), created_at, changed_at FROM application `

func scanApplication(row scanner) (a application.Application, err error) {
	var (
		form                              string
		paid, replaces, notBefore, endsAt *int64
		created, changed                  int64
	)
	if err := row.Scan(&a.Reference, &a.Version, &a.CitizenNumber, &a.Name, &a.Kind, &a.Payer, &a.State, &form,
		&a.SecurityWord, &a.Approval.Way, &a.Approval.Basis, &a.Fee, &paid, &replaces, &a.Certificate.Serial, &notBefore, &endsAt,
		&a.Shipment, &a.Institution, &created, &changed); err != nil {
		return application.Application{}, err
	}
	if err := json.Unmarshal([]byte(form), &a.Form); err != nil {
		return application.Application{}, fmt.Errorf("store: form of application %s: %w", a.Reference, err)
	}
	a.PaidAt, a.Replaces = instantOrZero(paid), instantOrZero(replaces)
	a.Certificate.NotBefore, a.Certificate.NotAfter = instantOrZero(notBefore), instantOrZero(endsAt)
	a.CreatedAt, a.ChangedAt = instant(created), instant(changed)
	return a, nil
}

// Application implements store.Applications.
func (s *Store) Application(ctx context.Context, reference string) (application.Application, error) {
	return one(ctx, s.pool, scanApplication, applicationColumns+`WHERE reference = $1`, reference)
}

// byShipment finds by a number of now or before, each by an index.
const byShipment = `WHERE shipment = $1 OR reference = (SELECT reference FROM application_change WHERE event = 'dispatch' AND basis = $1)`

// ApplicationByShipment implements store.Applications.
func (s *Store) ApplicationByShipment(ctx context.Context, number string) (application.Application, error) {
	return one(ctx, s.pool, scanApplication, applicationColumns+byShipment, number)
}

// SealBySerial implements store.Applications.
func (s *Store) SealBySerial(ctx context.Context, serial string) (application.Application, error) {
	return one(ctx, s.pool, scanApplication, applicationColumns+`WHERE kind = 'seal' AND serial = $1 ORDER BY created_at DESC LIMIT 1`, serial)
}

// ApplicationsOf implements store.Applications.
func (s *Store) ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error) {
	if citizenNumber == "" {
		return nil, nil
	}
	return all(ctx, s.pool, scanApplication, applicationColumns+`WHERE citizen_number = $1 ORDER BY created_at DESC, place DESC LIMIT $2`, citizenNumber, limit)
}

// ApplicationsIn implements store.Applications.
func (s *Store) ApplicationsIn(ctx context.Context, state application.State, limit int) ([]application.Application, error) {
	return all(ctx, s.pool, scanApplication, applicationColumns+`WHERE state = $1 ORDER BY state_since, place LIMIT $2`, string(state), limit)
}

// CountApplications implements store.Applications.
func (s *Store) CountApplications(ctx context.Context) (map[application.State]int, error) {
	counts := map[application.State]int{}
	_, err := all(ctx, s.pool, func(row scanner) (none struct{}, err error) {
		var state application.State
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, `SELECT state, count(*) FROM application GROUP BY state`)
	return counts, err
}

// ApplicationHistory implements store.Applications.
func (s *Store) ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error) {
	return all(ctx, s.pool, scanChange, changeColumns+`WHERE c.reference = $1 ORDER BY c.version`, reference)
}

const paperScan = `SELECT media_type, content FROM paper_scan WHERE reference = $1 AND version = $2 AND content IS NOT NULL`

// PaperScan implements store.Applications.
func (s *Store) PaperScan(ctx context.Context, reference string, version int) (application.Scan, error) {
	return one(ctx, s.pool, func(row scanner) (scan application.Scan, err error) {
		err = row.Scan(&scan.MediaType, &scan.Content)
		return scan, err
	}, paperScan, reference, version)
}

// changeColumns has as who the person themself where a human did something and the row does not say who.
const changeColumns = `SELECT c.version, event, by_actor, coalesce(who, CASE WHEN by_actor IN ('person', 'officer', 'authority') THEN citizen_number END, ''),
	at, reason, c.basis, c.way, from_state, to_state, coalesce(c.serial, ''), c.not_before, c.not_after
	FROM application_change c JOIN application ON application.reference = c.reference `

func scanChange(row scanner) (c application.Change, err error) {
	var (
		at                int64
		notBefore, endsAt *int64
	)
	if err := row.Scan(&c.Version, &c.Event, &c.By, &c.Who, &at, &c.Reason, &c.Basis, &c.Way,
		&c.From, &c.To, &c.Certificate.Serial, &notBefore, &endsAt); err != nil {
		return application.Change{}, err
	}
	c.At, c.Certificate.NotBefore, c.Certificate.NotAfter = instant(at), instantOrZero(notBefore), instantOrZero(endsAt)
	return c, nil
}

// dueQueries find what the portal has to move by itself, each by an index: what E-Onay or a card's PIN decides, renewals, and certificates that have
// ended. The last parameter is a limit.
var dueQueries = []string{
	applicationColumns + `JOIN application_recheck USING (reference)
	WHERE CASE WHEN state = 'awaiting_approval' THEN ` + standingOf + ` IS NOT NULL WHEN state = 'delivered' THEN not_before <= $1 ELSE way = 'consent' AND ` + standingOf + ` IS DISTINCT FROM basis END
	  AND state IN ('awaiting_approval', 'under_review', 'payment_due', 'held', 'delivered')
	ORDER BY state_since LIMIT $2`,
	applicationColumns + `WHERE state = 'held' AND replaces <= $1 ORDER BY replaces LIMIT $2`,
	applicationColumns + `WHERE state IN ('delivered', 'active', 'suspended') AND not_after <= $1 ORDER BY not_after LIMIT $2`,
}

// standingOf is standingConsent for the application of the query around it.
const standingOf = `(SELECT CASE WHEN act.kind = 'give' THEN act.reference END FROM act
	WHERE act.citizen_number = application.citizen_number AND number IS NOT NULL ORDER BY number DESC LIMIT 1)`

// ApplicationsEnding implements store.Applications.
func (s *Store) ApplicationsEnding(ctx context.Context, from time.Time, after string, until time.Time, limit int) ([]application.Application, error) {
	return all(ctx, s.pool, scanApplication, applicationColumns+`WHERE state IN ('delivered', 'active', 'suspended')
		AND not_after >= $1 AND not_after < $3 AND (not_after > $1 OR reference > $2) ORDER BY not_after, reference LIMIT $4`,
		millis(from), after, millis(until), limit)
}

// ApplicationsDue implements store.Applications.
func (s *Store) ApplicationsDue(ctx context.Context, now, producedFrom time.Time, limit int) ([]application.Application, error) {
	var groups [][]application.Application
	for i, args := range [][]any{{millis(now), limit}, {millis(producedFrom), limit}, {millis(now), limit}} {
		group, err := all(ctx, s.pool, scanApplication, dueQueries[i], args...)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return record.ShareLimit(limit, groups...), nil
}
