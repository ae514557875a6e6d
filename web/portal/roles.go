package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// maxNumberInput is what is read of standard input, where a citizen number is expected.
	maxNumberInput = 256
	maxRolesListed = 10_000
)

// HeldRole is a role that somebody has, as it may be shown.
type HeldRole struct {
	CitizenNumber string     `json:"citizen_number"` // masked
	Role          store.Role `json:"role"`
	Since         time.Time  `json:"since"`
	Until         *time.Time `json:"until,omitempty"`
}

// GrantRole gives a role to the person whose citizen number stands in number; until is zero for a role without end. The number is
// read and not taken as an argument, so that it is in no history of a shell and in no list of processes.
func GrantRole(ctx context.Context, settings *Settings, role store.Role, until time.Time, number io.Reader) (HeldRole, error) {
	now := time.Now()
	if !until.IsZero() && !until.After(now) {
		return HeldRole{}, errors.New("portal: roles: the end has passed")
	}
	return changeRole(ctx, settings, store.RoleChange{Role: role, At: now, Until: until}, number)
}

// RevokeRole takes a role away from the person whose citizen number stands in number. It is no error if they have none.
func RevokeRole(ctx context.Context, settings *Settings, role store.Role, number io.Reader) (HeldRole, error) {
	now := time.Now()
	return changeRole(ctx, settings, store.RoleChange{Role: role, At: now, Until: now}, number)
}

func changeRole(ctx context.Context, settings *Settings, c store.RoleChange, number io.Reader) (held HeldRole, err error) {
	if !c.Role.IsKnown() {
		return held, fmt.Errorf("portal: roles: %q is none of %q", c.Role, store.KnownRoles)
	}
	if c.CitizenNumber, err = readCitizenNumber(number); err != nil {
		return held, fmt.Errorf("portal: roles: %w", err)
	}
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return held, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if err := database.ChangeRole(ctx, c); err != nil {
		return held, fmt.Errorf("portal: roles: %w", err)
	}
	return heldRole(c), nil
}

// readCitizenNumber reads one citizen number. Its error quotes nothing.
func readCitizenNumber(from io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxNumberInput))
	if err != nil {
		return "", err
	}
	number := strings.TrimSpace(string(data))
	if pki.MaskCitizenNumber(number) == "" {
		return "", errors.New("want one citizen number, of eleven digits, on standard input")
	}
	return number, nil
}

// Roles returns who has which role now.
func Roles(ctx context.Context, settings *Settings) (held []HeldRole, err error) {
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	changes, err := database.RolesAt(ctx, time.Now(), maxRolesListed)
	if err != nil {
		return nil, fmt.Errorf("portal: roles: %w", err)
	}
	for _, c := range changes {
		held = append(held, heldRole(c))
	}
	return held, nil
}

func heldRole(c store.RoleChange) HeldRole {
	held := HeldRole{CitizenNumber: pki.MaskCitizenNumber(c.CitizenNumber), Role: c.Role, Since: c.At.UTC()}
	if !c.Until.IsZero() {
		until := c.Until.UTC()
		held.Until = &until
	}
	return held
}
