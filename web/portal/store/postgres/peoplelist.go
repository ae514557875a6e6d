package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// PutList implements store.PeopleLists.
func (s *Store) PutList(ctx context.Context, l store.PeopleList, bounds store.ListBounds) error {
	if len(l.Content) > store.MaxList || l.SHA256 != sha256.Sum256(l.Content) {
		return errors.New("store: a list is too long, or of another digest")
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, listsLock); err != nil {
			return err
		}
		var open, recent int
		_, err := one(ctx, tx, func(row scanner) (none struct{}, err error) { return none, row.Scan(&open, &recent) }, `SELECT count(*) FILTER (WHERE state IN ('checked', 'confirmed')), count(*) FILTER (WHERE uploaded_at >= $2)
			FROM people_list WHERE institution = $1`, l.Institution, millis(bounds.Since))
		if err != nil {
			return err
		}
		if open >= bounds.Open || recent >= bounds.Recent {
			return fault.New(refusal.ListLimit, nil)
		}
		_, err = exec(ctx, tx,
			`INSERT INTO people_list (reference, institution, uploaded_by, sha256, content, state, lines, done, created, uploaded_at, changed_at, due_at)
			 VALUES ($1, $2, $3, $4, $5, 'checked', $6, 0, 0, $7, $7, $7)`,
			l.Reference, l.Institution, l.UploadedBy, l.SHA256[:], notNull(l.Content), l.Lines, millis(l.UploadedAt))
		return err
	})
}

const listColumns = `reference, institution, uploaded_by, coalesce(confirmed_by, ''), sha256, state, lines, done, created, uploaded_at, changed_at`

func scanList(row scanner) (l store.PeopleList, err error) {
	var (
		digest            []byte
		uploaded, changed int64
	)
	if err := row.Scan(&l.Reference, &l.Institution, &l.UploadedBy, &l.ConfirmedBy, &digest, &l.State, &l.Lines, &l.Done, &l.Created,
		&uploaded, &changed); err != nil {
		return store.PeopleList{}, err
	}
	l.SHA256, l.UploadedAt, l.ChangedAt = store.Hash(digest), instant(uploaded), instant(changed)
	return l, nil
}

// List implements store.PeopleLists.
func (s *Store) List(ctx context.Context, reference string) (store.PeopleList, error) {
	return one(ctx, s.pool, scanList, `SELECT `+listColumns+` FROM people_list WHERE reference = $1`, reference)
}

// ListContent implements store.PeopleLists.
func (s *Store) ListContent(ctx context.Context, reference string) ([]byte, error) {
	return one(ctx, s.pool, scanValue[[]byte], `SELECT content FROM people_list WHERE reference = $1 AND content IS NOT NULL`, reference)
}

// Lists of lists, each by an index.
const (
	listsOf    = `SELECT ` + listColumns + ` FROM people_list WHERE institution = $1 ORDER BY uploaded_at DESC, reference DESC LIMIT $2`
	listsBy    = `SELECT ` + listColumns + ` FROM people_list WHERE uploaded_by = $1 ORDER BY uploaded_at DESC LIMIT $2`
	leasedList = `SELECT reference FROM people_list WHERE state = 'confirmed' AND due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`
)

// ListsOf implements store.PeopleLists.
func (s *Store) ListsOf(ctx context.Context, institution string, limit int) ([]store.PeopleList, error) {
	return all(ctx, s.pool, scanList, listsOf, institution, limit)
}

// ListsBy implements store.PeopleLists.
func (s *Store) ListsBy(ctx context.Context, citizenNumber string, limit int) ([]store.PeopleList, error) {
	return all(ctx, s.pool, scanList, listsBy, citizenNumber, limit)
}

// ConfirmList implements store.PeopleLists.
func (s *Store) ConfirmList(ctx context.Context, reference, by string, at time.Time) error {
	return s.moveList(ctx, `UPDATE people_list SET state = 'confirmed', confirmed_by = $2, changed_at = $3, due_at = $3 WHERE reference = $1 AND state = 'checked'`,
		reference, by, millis(at))
}

// CancelList implements store.PeopleLists.
func (s *Store) CancelList(ctx context.Context, reference string, at time.Time) error {
	return s.moveList(ctx, `UPDATE people_list SET state = 'cancelled', content = NULL, changed_at = $2, due_at = $2
		WHERE reference = $1 AND state IN ('checked', 'confirmed')`, reference, millis(at))
}

// moveList runs a statement that changes one list, or none where it is in another state.
func (s *Store) moveList(ctx context.Context, statement string, args ...any) error {
	n, err := s.exec(ctx, statement, args...)
	if err == nil && n != 1 {
		err = fault.New(refusal.ListState, nil)
	}
	return err
}

// LeaseList implements store.PeopleLists.
func (s *Store) LeaseList(ctx context.Context, now, leaseEnd time.Time) (l store.PeopleList, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		l, err = one(ctx, tx, scanList, `UPDATE people_list SET due_at = $2 WHERE reference = (`+leasedList+`) RETURNING `+listColumns,
			millis(now), millis(leaseEnd))
		return err
	})
	return l, err
}

// AdvanceList implements store.PeopleLists.
func (s *Store) AdvanceList(ctx context.Context, l store.PeopleList, p store.ListProgress) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx,
			`UPDATE people_list SET done = $3, created = created + $4, changed_at = $5, due_at = CASE WHEN $3 = lines THEN $5::bigint ELSE $6::bigint END,
			 state = CASE WHEN $3 = lines THEN 'done' ELSE state END, content = CASE WHEN $3 = lines THEN NULL ELSE content END
			 WHERE reference = $1 AND done = $2 AND state = 'confirmed'`,
			l.Reference, l.Done, p.Done, p.Created, millis(p.At), millis(p.LeaseEnd))
		if err != nil {
			return err
		}
		if n != 1 {
			return store.ErrNotFound
		}
		for _, refused := range p.Refused {
			if _, err := exec(ctx, tx, `INSERT INTO people_list_line (list, line, code) VALUES ($1, $2, $3)`, l.Reference, refused.Line, string(refused.Code)); err != nil {
				return fmt.Errorf("line %d: %w", refused.Line, err)
			}
		}
		return nil
	})
}

// RefusedLines implements store.PeopleLists.
func (s *Store) RefusedLines(ctx context.Context, reference string, limit int) ([]store.RefusedLine, error) {
	return all(ctx, s.pool, func(row scanner) (r store.RefusedLine, err error) {
		err = row.Scan(&r.Line, &r.Code)
		return r, err
	}, `SELECT line, code FROM people_list_line WHERE list = $1 ORDER BY line LIMIT $2`, reference, limit)
}
