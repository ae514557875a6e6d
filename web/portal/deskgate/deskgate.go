// Package deskgate admits the authority's people to the pages of their desk.
package deskgate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Officer is somebody at the desk.
type Officer struct {
	CitizenNumber string
	Roles         []store.Role
}

// Has reports whether an officer has a role.
func (o Officer) Has(r store.Role) bool { return slices.Contains(o.Roles, r) }

// Gate tells who is an officer.
type Gate struct {
	Store interface {
		RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.Role, error)
	}
	Now func() time.Time
}

// Route returns a route for officers alone who have one of these roles; none means any. Whether there is a desk is not told to
// others; who is an officer, and came through the gateway, is told the way on.
func (g Gate) Route(pattern string, serve func(*site.Visit, Officer) error, roles ...store.Role) site.Route {
	return site.Route{Pattern: pattern, Access: site.LoggedIn, Serve: func(v *site.Visit) error {
		held, err := g.Store.RolesOf(v.R.Context(), v.Session.CitizenNumber, g.Now())
		if err != nil {
			return fmt.Errorf("roles: %w", err)
		}
		o := Officer{v.Session.CitizenNumber, held}
		if len(held) == 0 || len(roles) > 0 && !slices.ContainsFunc(roles, o.Has) {
			return fault.New(refusal.NotFound, nil)
		}
		if v.Session.CardLogin == "" {
			return fault.New(refusal.CardLoginRequired, nil)
		}
		return serve(v, o)
	}}
}
