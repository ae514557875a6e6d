package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// PutList implements store.PeopleLists.
func (s *Store) PutList(ctx context.Context, l store.PeopleList, bounds store.ListBounds) error {
	if len(l.Content) > store.MaxList || l.SHA256 != sha256.Sum256(l.Content) {
		return errors.New("sqlite: a list is too long, or of another digest")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		var open, recent int
		row := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state IN ('checked', 'confirmed')), count(*) FILTER (WHERE uploaded_at >= ?2)
			FROM people_list WHERE institution = ?1`, l.Institution, millis(bounds.Since))
		if err := row.Scan(&open, &recent); err != nil {
			return err
		}
		if open >= bounds.Open || recent >= bounds.Recent {
			return fault.New(refusal.ListLimit, nil)
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO people_list (reference, institution, uploaded_by, sha256, content, state, lines, done, created, uploaded_at, changed_at, due_at)
			 VALUES (?1, ?2, ?3, ?4, ?5, 'checked', ?6, 0, 0, ?7, ?7, ?7)`,
			l.Reference, l.Institution, l.UploadedBy, l.SHA256[:], append([]byte{}, l.Content...), l.Lines, millis(l.UploadedAt))
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
		return store.PeopleList{}, found(err)
	}
	l.SHA256, l.UploadedAt, l.ChangedAt = store.Hash(digest), instant(uploaded), instant(changed)
	return l, nil
}

// List implements store.PeopleLists.
func (s *Store) List(ctx context.Context, reference string) (store.PeopleList, error) {
	return scanList(s.read.QueryRowContext(ctx, `SELECT `+listColumns+` FROM people_list WHERE reference = ?`, reference))
}

// ListContent implements store.PeopleLists.
func (s *Store) ListContent(ctx context.Context, reference string) (content []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT content FROM people_list WHERE reference = ? AND content IS NOT NULL`, reference).Scan(&content)
	return content, found(err)
}

// Lists of lists, each by an index.
const (
	listsOf    = `SELECT ` + listColumns + ` FROM people_list WHERE institution = ? ORDER BY uploaded_at DESC, reference DESC LIMIT ?`
	listsBy    = `SELECT ` + listColumns + ` FROM people_list WHERE uploaded_by = ? ORDER BY uploaded_at DESC LIMIT ?`
	leasedList = `SELECT reference FROM people_list WHERE state = 'confirmed' AND due_at <= ?1 ORDER BY due_at LIMIT 1`
)

// ListsOf implements store.PeopleLists.
func (s *Store) ListsOf(ctx context.Context, institution string, limit int) ([]store.PeopleList, error) {
	return all(ctx, s.read, scanList, listsOf, institution, limit)
}

// ListsBy implements store.PeopleLists.
func (s *Store) ListsBy(ctx context.Context, citizenNumber string, limit int) ([]store.PeopleList, error) {
	return all(ctx, s.read, scanList, listsBy, citizenNumber, limit)
}

// ConfirmList implements store.PeopleLists.
func (s *Store) ConfirmList(ctx context.Context, reference, by string, at time.Time) error {
	return s.moveList(ctx, `UPDATE people_list SET state = 'confirmed', confirmed_by = ?2, changed_at = ?3, due_at = ?3 WHERE reference = ?1 AND state = 'checked'`,
		reference, by, millis(at))
}

// CancelList implements store.PeopleLists.
func (s *Store) CancelList(ctx context.Context, reference string, at time.Time) error {
	return s.moveList(ctx, `UPDATE people_list SET state = 'cancelled', content = NULL, changed_at = ?2, due_at = ?2
		WHERE reference = ?1 AND state IN ('checked', 'confirmed')`, reference, millis(at))
}

// moveList runs a statement that changes one list, or none where it is in another state.
func (s *Store) moveList(ctx context.Context, statement string, args ...any) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fault.New(refusal.ListState, nil))
		}
		return nil
	})
}

// LeaseList implements store.PeopleLists.
func (s *Store) LeaseList(ctx context.Context, now, leaseEnd time.Time) (l store.PeopleList, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		l, err = scanList(tx.QueryRowContext(ctx, `UPDATE people_list SET due_at = ?2 WHERE reference = (`+leasedList+`) RETURNING `+listColumns,
			millis(now), millis(leaseEnd)))
		return err
	})
	return l, err
}

// AdvanceList implements store.PeopleLists.
func (s *Store) AdvanceList(ctx context.Context, l store.PeopleList, p store.ListProgress) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx,
			`UPDATE people_list SET done = ?3, created = created + ?4, changed_at = ?5, due_at = iif(?3 = lines, ?5, ?6),
			 state = iif(?3 = lines, 'done', state), content = iif(?3 = lines, NULL, content)
			 WHERE reference = ?1 AND done = ?2 AND state = 'confirmed'`,
			l.Reference, l.Done, p.Done, p.Created, millis(p.At), millis(p.LeaseEnd))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, store.ErrNotFound)
		}
		for _, refused := range p.Refused {
			if _, err := tx.ExecContext(ctx, `INSERT INTO people_list_line (list, line, code) VALUES (?, ?, ?)`, l.Reference, refused.Line, refused.Code); err != nil {
				return fmt.Errorf("line %d: %w", refused.Line, err)
			}
		}
		return nil
	})
}

// RefusedLines implements store.PeopleLists.
func (s *Store) RefusedLines(ctx context.Context, reference string, limit int) ([]store.RefusedLine, error) {
	return all(ctx, s.read, func(row scanner) (r store.RefusedLine, err error) {
		err = row.Scan(&r.Line, &r.Code)
		return r, err
	}, `SELECT line, code FROM people_list_line WHERE list = ? ORDER BY line LIMIT ?`, reference, limit)
}
