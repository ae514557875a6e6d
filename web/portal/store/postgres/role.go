package postgres

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// ChangeRole implements store.Roles. The chain's lock numbers the rows too.
func (s *Store) ChangeRole(ctx context.Context, c store.RoleChange) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, chainLock); err != nil {
			return err
		}
		number, err := one(ctx, tx, scanValue[int64],
			`INSERT INTO role_change (number, citizen_number, role, by_number, at, until)
			 SELECT coalesce(max(number), 0) + 1, $1::text, $2::text, $3::text, $4::bigint, $5::bigint FROM role_change RETURNING number`,
			c.CitizenNumber, string(c.Role), textOrNull(c.By), millis(c.At), orNull(c.Until))
		if err != nil {
			return err
		}
		return enter(ctx, tx, record.Role, strconv.FormatInt(number, 10))
	})
}

// counting are the changes that count at a time: the newest of a person and role, unless it has not begun or has ended.
const counting = ` FROM role_change AS newest WHERE at <= $1 AND (until IS NULL OR until > $1) AND NOT EXISTS
	(SELECT 1 FROM role_change AS later WHERE later.citizen_number = newest.citizen_number AND later.role = newest.role AND later.number > newest.number)`

// RolesOf implements store.Roles.
func (s *Store) RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.Role, error) {
	roles, err := all(ctx, s.pool, scanValue[store.Role], `SELECT role`+counting+` AND citizen_number = $2`, millis(now), citizenNumber)
	slices.SortFunc(roles, func(a, b store.Role) int {
		return slices.Index(store.KnownRoles, a) - slices.Index(store.KnownRoles, b)
	})
	return roles, err
}

// RolesAt implements store.Roles.
func (s *Store) RolesAt(ctx context.Context, now time.Time, limit int) ([]store.RoleChange, error) {
	return all(ctx, s.pool, func(row scanner) (c store.RoleChange, err error) {
		var (
			by    *string
			at    int64
			until *int64
		)
		err = row.Scan(&c.CitizenNumber, &c.Role, &by, &at, &until)
		if by != nil {
			c.By = *by
		}
		c.At, c.Until = instant(at), instantOrZero(until)
		return c, err
	}, `SELECT citizen_number, role, by_number, at, until`+counting+` ORDER BY role, at, number LIMIT $2`, millis(now), limit)
}
