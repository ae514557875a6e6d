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
	c.Decision = ""
	return s.transact(ctx, func(tx *sql.Tx) error { return keepRole(ctx, tx, c) })
}

// keepRole adds a change of a role, and its entry.
func keepRole(ctx context.Context, tx *sql.Tx, c store.RoleChange) error {
	result, err := tx.ExecContext(ctx, `INSERT INTO role_change (citizen_number, role, by_number, at, until, decision) VALUES (?, ?, ?, ?, ?, ?)`,
		c.CitizenNumber, c.Role, textOrNull(c.By), millis(c.At), orNull(c.Until), textOrNull(c.Decision))
	if err != nil {
		return err
	}
	number, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return enter(ctx, tx, entryRole, strconv.FormatInt(number, 10), false)
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
	return all(ctx, s.read, scanRole, roleColumns+` ORDER BY role, at, number LIMIT ?2`, millis(now), limit)
}

const roleColumns = `SELECT citizen_number, role, coalesce(by_number, ''), at, until, coalesce(decision, '')` + counting

func scanRole(row scanner) (c store.RoleChange, err error) {
	var (
		at    int64
		until sql.NullInt64
	)
	err = row.Scan(&c.CitizenNumber, &c.Role, &c.By, &at, &until, &c.Decision)
	c.At, c.Until = instant(at), instantOrZero(until)
	return c, err
}

// heldRole returns the change by which a person has a role at a time, nil where they do not.
func heldRole(ctx context.Context, q querier, citizenNumber string, role store.Role, now time.Time) (*store.RoleChange, error) {
	list, err := all(ctx, q, scanRole, roleColumns+` AND citizen_number = ?2 AND role = ?3`, millis(now), citizenNumber, role)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
