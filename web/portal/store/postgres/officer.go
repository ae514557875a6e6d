package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// ChangeInstitution implements store.Officers.
func (s *Store) ChangeInstitution(ctx context.Context, c store.InstitutionChange) error {
	return s.addChange(ctx, record.Institution, `INSERT INTO institution_change (number, id, name_tr, name_en, terms, at, until)
		SELECT coalesce(max(number), 0) + 1, $1::text, $2::text, $3::text, $4::text, $5::bigint, $6::bigint FROM institution_change RETURNING number`,
		c.ID, c.NameTR, c.NameEN, c.Terms, millis(c.At), orNull(c.Until))
}

// ChangeOfficer implements store.Officers.
func (s *Store) ChangeOfficer(ctx context.Context, c store.OfficerChange) error {
	return s.addChange(ctx, record.Officer, `INSERT INTO officer_change (number, citizen_number, institution, at, until)
		SELECT coalesce(max(number), 0) + 1, $1::text, $2::text, $3::bigint, $4::bigint FROM officer_change RETURNING number`,
		c.CitizenNumber, c.Institution, millis(c.At), orNull(c.Until))
}

// addChange adds a row that its statement numbers, with its entry. The chain's lock numbers the rows too.
func (s *Store) addChange(ctx context.Context, kind, statement string, args ...any) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, chainLock); err != nil {
			return err
		}
		number, err := one(ctx, tx, scanValue[int64], statement, args...)
		if err != nil {
			return err
		}
		return enter(ctx, tx, kind, strconv.FormatInt(number, 10))
	})
}

const (
	institutionColumns = `SELECT id, name_tr, name_en, terms, at, until FROM institution_change AS institution `
	newestInstitution  = `NOT EXISTS (SELECT 1 FROM institution_change AS later WHERE later.id = institution.id AND later.number > institution.number)`
	// standingInstitution and standingOfficer are of changes that count at a time, the first parameter.
	standingInstitution = `institution.at <= $1 AND (institution.until IS NULL OR institution.until > $1) AND ` + newestInstitution
	standingOfficer     = `officer.at <= $1 AND (officer.until IS NULL OR officer.until > $1) AND NOT EXISTS (SELECT 1 FROM officer_change AS later
		WHERE later.citizen_number = officer.citizen_number AND later.institution = officer.institution AND later.number > officer.number)`
)

func scanInstitution(row scanner) (c store.InstitutionChange, err error) {
	var (
		at    int64
		until *int64
	)
	if err := row.Scan(&c.ID, &c.NameTR, &c.NameEN, &c.Terms, &at, &until); err != nil {
		return store.InstitutionChange{}, err
	}
	c.At, c.Until = instant(at), instantOrZero(until)
	return c, nil
}

// Institution implements store.Officers.
func (s *Store) Institution(ctx context.Context, id string) (store.InstitutionChange, error) {
	return one(ctx, s.pool, scanInstitution, institutionColumns+`WHERE id = $1 ORDER BY number DESC LIMIT 1`, id)
}

// InstitutionsAt implements store.Officers.
func (s *Store) InstitutionsAt(ctx context.Context, now time.Time, limit int) ([]store.InstitutionChange, error) {
	return all(ctx, s.pool, scanInstitution, institutionColumns+`WHERE `+standingInstitution+` ORDER BY id LIMIT $2`, millis(now), limit)
}

// InstitutionsOf implements store.Officers.
func (s *Store) InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.InstitutionChange, error) {
	return all(ctx, s.pool, scanInstitution, institutionColumns+`WHERE `+standingInstitution+` AND id IN
		(SELECT institution FROM officer_change AS officer WHERE citizen_number = $2 AND `+standingOfficer+`) ORDER BY id LIMIT $3`,
		millis(now), citizenNumber, store.MaxItems)
}

// OfficersAt implements store.Officers.
func (s *Store) OfficersAt(ctx context.Context, now time.Time, limit int) ([]store.OfficerChange, error) {
	return all(ctx, s.pool, func(row scanner) (c store.OfficerChange, err error) {
		var (
			at    int64
			until *int64
		)
		err = row.Scan(&c.CitizenNumber, &c.Institution, &at, &until)
		c.At, c.Until = instant(at), instantOrZero(until)
		return c, err
	}, `SELECT citizen_number, institution, at, until FROM officer_change AS officer WHERE `+standingOfficer+` ORDER BY institution, at, number LIMIT $2`, millis(now), limit)
}

// Lists of an institution's people, each by an index.
const (
	applicantColumns = `SELECT reference, citizen_number, name, kind, state, state_since, created_at FROM application
	WHERE institution = $1 AND erased_at IS NULL AND (created_at, reference) < ($2, $3) `
	applicants        = applicantColumns + `ORDER BY created_at DESC, reference DESC LIMIT $4`
	applicantsIn      = applicantColumns + `AND state = $5 ORDER BY created_at DESC, reference DESC LIMIT $4`
	applicantsCounted = `SELECT state, count(*) FROM application WHERE institution = $1 AND erased_at IS NULL GROUP BY state`
	openAmong         = `SELECT citizen_number, state FROM application WHERE citizen_number = ANY ($1) AND institution = $2 AND kind = $3`
)

// afterAll is later than any time that is kept.
const afterAll = 1<<63 - 1

// Applicants implements store.Officers.
func (s *Store) Applicants(ctx context.Context, q store.ApplicantQuery, limit int) ([]store.Applicant, error) {
	before := int64(afterAll)
	if q.After.Reference != "" {
		before = millis(q.After.CreatedAt)
	}
	query, args := applicants, []any{q.Institution, before, q.After.Reference, limit}
	if q.State != "" {
		query, args = applicantsIn, append(args, string(q.State))
	}
	return all(ctx, s.pool, func(row scanner) (a store.Applicant, err error) {
		var since, created int64
		err = row.Scan(&a.Reference, &a.CitizenNumber, &a.Name, &a.Kind, &a.State, &since, &created)
		a.Since, a.CreatedAt = instant(since), instant(created)
		return a, err
	}, query, args...)
}

// CountApplicants implements store.Officers.
func (s *Store) CountApplicants(ctx context.Context, institution string) (map[application.State]int, error) {
	counts := map[application.State]int{}
	_, err := all(ctx, s.pool, func(row scanner) (none struct{}, err error) {
		var state application.State
		var n int
		err = row.Scan(&state, &n)
		counts[state] = n
		return none, err
	}, applicantsCounted, institution)
	return counts, err
}

// OpenAmong implements store.Officers.
func (s *Store) OpenAmong(ctx context.Context, institution string, kind application.Kind, citizenNumbers []string) (open []string, err error) {
	_, err = all(ctx, s.pool, func(row scanner) (none struct{}, err error) {
		var number string
		var state application.State
		if err = row.Scan(&number, &state); err == nil && state.IsOpen() {
			open = append(open, number)
		}
		return none, err
	}, openAmong, citizenNumbers, institution, string(kind))
	return open, err
}
