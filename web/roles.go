package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// grantRole gives a role to whoever's citizen number is on standard input.
func grantRole(ctx context.Context, args []string, s streams) error {
	var role, end string
	settings, _, err := readSettings("roles grant", args, 0, s.err, roleFlag(&role), func(flags *flag.FlagSet) {
		flags.StringVar(&end, "until", "", "the last `day` of the role, as 2027-12-31; none means without end")
	})
	if err != nil {
		return err
	}
	until, err := lastDay("roles grant", end)
	if err != nil {
		return err
	}
	held, err := portal.GrantRole(ctx, settings, store.Role(role), until, s.in)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// revokeRole takes a role away from whoever's citizen number is on standard input.
func revokeRole(ctx context.Context, args []string, s streams) error {
	var role string
	settings, _, err := readSettings("roles revoke", args, 0, s.err, roleFlag(&role))
	if err != nil {
		return err
	}
	held, err := portal.RevokeRole(ctx, settings, store.Role(role), s.in)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// roleFlag defines the flag of a role.
func roleFlag(role *string) func(*flag.FlagSet) {
	return func(flags *flag.FlagSet) {
		flags.StringVar(role, "role", "", fmt.Sprintf("the `role`, one of %q", store.KnownRoles))
	}
}

// listRoles prints who has which role, a line each.
func listRoles(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("roles list", args, 0, s.err)
	if err != nil {
		return err
	}
	held, err := portal.Roles(ctx, settings)
	if err != nil {
		return err
	}
	return printLines(s, held)
}
