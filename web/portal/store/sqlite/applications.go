package sqlite

import (
	"context"
	"database/sql"
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
		paid, replaces, notBefore, endsAt sql.NullInt64
		created, changed                  int64
	)
	if err := row.Scan(&a.Reference, &a.Version, &a.CitizenNumber, &a.Name, &a.Kind, &a.Payer, &a.State, &form,
		&a.SecurityWord, &a.Approval.Way, &a.Approval.Basis, &a.Fee, &paid, &replaces, &a.Certificate.Serial, &notBefore, &endsAt,
		&a.Shipment, &a.Institution, &created, &changed); err != nil {
		return application.Application{}, found(err)
	}
	if err := json.Unmarshal([]byte(form), &a.Form); err != nil {
		return application.Application{}, fmt.Errorf("sqlite: form of application %s: %w", a.Reference, err)
	}
	a.PaidAt, a.Replaces = instantOrZero(paid), instantOrZero(replaces)
	a.Certificate.NotBefore, a.Certificate.NotAfter = instantOrZero(notBefore), instantOrZero(endsAt)
	a.CreatedAt, a.ChangedAt = instant(created), instant(changed)
	return a, nil
}

// Application implements store.Applications.
func (s *Store) Application(ctx context.Context, reference string) (application.Application, error) {
	return scanApplication(s.read.QueryRowContext(ctx, applicationColumns+`WHERE reference = ?`, reference))
}

// byShipment finds by a number of now or before, each by an index.
const byShipment = `WHERE shipment = ?1 OR reference = (SELECT reference FROM application_change WHERE event = 'dispatch' AND basis = ?1)`

// ApplicationByShipment implements store.Applications.
func (s *Store) ApplicationByShipment(ctx context.Context, number string) (application.Application, error) {
	return scanApplication(s.read.QueryRowContext(ctx, applicationColumns+byShipment, number))
}

// sealBySerial finds a company's seal by an index.
const sealBySerial = applicationColumns + `INDEXED BY application_seal WHERE kind = 'seal' AND serial = ? ORDER BY created_at DESC LIMIT 1`

// SealBySerial implements store.Applications.
func (s *Store) SealBySerial(ctx context.Context, serial string) (application.Application, error) {
	return scanApplication(s.read.QueryRowContext(ctx, sealBySerial, serial))
}

// Lists of applications, each by an index.
const (
	applicationsOf = applicationColumns + `WHERE citizen_number = ? ORDER BY created_at DESC, rowid DESC LIMIT ?`
	applicationsIn = applicationColumns + `WHERE state = ? ORDER BY state_since, rowid LIMIT ?`
)

// ApplicationsOf implements store.Applications.
func (s *Store) ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error) {
	if citizenNumber == "" {
		return nil, nil
	}
	return all(ctx, s.read, scanApplication, applicationsOf, citizenNumber, limit)
}

// ApplicationsIn implements store.Applications.
func (s *Store) ApplicationsIn(ctx context.Context, state application.State, limit int) ([]application.Application, error) {
	return all(ctx, s.read, scanApplication, applicationsIn, state, limit)
}

// CountApplications implements store.Applications.
func (s *Store) CountApplications(ctx context.Context) (map[application.State]int, error) {
	counts := map[application.State]int{}
	_, err := all(ctx, s.read, func(row scanner) (none struct{}, err error) {
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
	return all(ctx, s.read, scanChange, changeColumns+`WHERE c.reference = ? ORDER BY c.version`, reference)
}

const paperScan = `SELECT media_type, content FROM paper_scan WHERE reference = ? AND version = ? AND content IS NOT NULL`

// PaperScan implements store.Applications.
func (s *Store) PaperScan(ctx context.Context, reference string, version int) (application.Scan, error) {
	var scan application.Scan
	row := s.read.QueryRowContext(ctx, paperScan, reference, version)
	err := row.Scan(&scan.MediaType, &scan.Content)
	return scan, found(err)
}

// changeColumns has as who the person themself where a human did something and the row does not say who.
const changeColumns = `SELECT c.version, event, by_actor, coalesce(who, iif(by_actor IN ('person', 'officer', 'authority'), citizen_number, NULL), ''), at, reason,
	c.basis, c.way, from_state, to_state, coalesce(c.serial, ''), c.not_before, c.not_after
	FROM application_change c JOIN application ON application.reference = c.reference `

func scanChange(row scanner) (c application.Change, err error) {
	var (
		at                int64
		notBefore, endsAt sql.NullInt64
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
	applicationColumns + `WHERE reference IN (SELECT reference FROM application_recheck)
	  AND CASE state WHEN 'awaiting_approval' THEN ` + standingOf + ` IS NOT NULL WHEN 'delivered' THEN not_before <= ? WHEN 'produced' THEN 0 WHEN 'with_courier' THEN 0
	    ELSE way = 'consent' AND ` + standingOf + ` IS NOT basis END
	  ORDER BY state_since LIMIT ?`,
	applicationColumns + `INDEXED BY application_held WHERE state = 'held' AND replaces <= ? ORDER BY replaces LIMIT ?`,
	applicationColumns + `INDEXED BY application_ends WHERE state IN ('delivered', 'active', 'suspended') AND not_after <= ? ORDER BY not_after LIMIT ?`,
}

// standingOf is standingConsent for the application of the query around it.
const standingOf = `(SELECT iif(act.kind = 'give', act.reference, NULL) FROM act WHERE act.citizen_number = application.citizen_number AND number IS NOT NULL ORDER BY number DESC LIMIT 1)`

const applicationsEnding = applicationColumns + `INDEXED BY application_ends WHERE state IN ('delivered', 'active', 'suspended')
	AND not_after >= ?1 AND not_after < ?3 AND (not_after > ?1 OR reference > ?2) ORDER BY not_after, reference LIMIT ?4`

// ApplicationsEnding implements store.Applications.
func (s *Store) ApplicationsEnding(ctx context.Context, from time.Time, after string, until time.Time, limit int) ([]application.Application, error) {
	return all(ctx, s.read, scanApplication, applicationsEnding, millis(from), after, millis(until), limit)
}

// ApplicationsDue implements store.Applications.
func (s *Store) ApplicationsDue(ctx context.Context, now, producedFrom time.Time, limit int) ([]application.Application, error) {
	var groups [][]application.Application
	for i, args := range [][]any{{millis(now), limit}, {millis(producedFrom), limit}, {millis(now), limit}} {
		group, err := all(ctx, s.read, scanApplication, dueQueries[i], args...)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return record.ShareLimit(limit, groups...), nil
}
