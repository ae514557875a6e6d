package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// ChangeRole implements store.Roles.
func (s *Store) ChangeRole(ctx context.Context, c store.RoleChange) error {
	until := sql.NullInt64{Int64: millis(c.Until), Valid: !c.Until.IsZero()}
	by := sql.NullString{String: c.By, Valid: c.By != ""}
	return s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO role_change (citizen_number, role, by_number, at, until) VALUES (?, ?, ?, ?, ?)`,
			c.CitizenNumber, c.Role, by, millis(c.At), until)
		if err != nil {
			return err
		}
		number, err := result.LastInsertId()
		if err != nil {
			return err
		}
		return enter(ctx, tx, entryRole, strconv.FormatInt(number, 10), false)
	})
}

// counting are the changes that count at a time: the newest of a person and role, unless it has not begun or has ended.
const counting = ` FROM role_change AS newest WHERE at <= ?1 AND (until IS NULL OR until > ?1) AND NOT EXISTS
	(SELECT 1 FROM role_change AS later WHERE later.citizen_number = newest.citizen_number AND later.role = newest.role AND later.number > newest.number)`

// RolesOf implements store.Roles.
func (s *Store) RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.Role, error) {
	roles, err := all(ctx, s.read, func(row scanner) (r store.Role, err error) {
		err = row.Scan(&r)
		return r, err
	}, `SELECT role`+counting+` AND citizen_number = ?2`, millis(now), citizenNumber)
	slices.SortFunc(roles, func(a, b store.Role) int {
		return slices.Index(store.KnownRoles, a) - slices.Index(store.KnownRoles, b)
	})
	return roles, err
}

// RolesAt implements store.Roles.
func (s *Store) RolesAt(ctx context.Context, now time.Time, limit int) ([]store.RoleChange, error) {
	return all(ctx, s.read, func(row scanner) (c store.RoleChange, err error) {
		var (
			by    sql.NullString
			at    int64
			until sql.NullInt64
		)
		if err := row.Scan(&c.CitizenNumber, &c.Role, &by, &at, &until); err != nil {
			return c, err
		}
		c.By, c.At, c.Until = by.String, instant(at), instantOrZero(until)
		return c, nil
	}, `SELECT citizen_number, role, by_number, at, until`+counting+` ORDER BY role, at, number LIMIT ?2`, millis(now), limit)
}
