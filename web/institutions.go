package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// setInstitution begins an institution, or changes what is said of it.
func setInstitution(ctx context.Context, args []string, s streams) error {
	var (
		c   store.InstitutionChange
		end string
	)
	settings, _, err := readSettings("institutions set", args, 0, s.err, func(flags *flag.FlagSet) {
		flags.StringVar(&c.ID, "id", "", "the institution's `ID`, which never changes: small letters, digits and dashes")
		flags.StringVar(&c.NameTR, "name", "", "its `name` in Turkish, as it stands in forms")
		flags.StringVar(&c.NameEN, "english", "", "its `name` in English")
		flags.StringVar(&c.Terms, "terms", "", "by which `contract` it pays, for the authority's people")
		flags.StringVar(&end, "until", "", "its last `day`, as 2027-12-31; none means without end")
	})
	if err != nil {
		return err
	}
	if c.Until, err = lastDay("institutions set", end); err != nil {
		return err
	}
	held, err := portal.SetInstitution(ctx, settings, c)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// endInstitution ends an institution.
func endInstitution(ctx context.Context, args []string, s streams) error {
	var id string
	settings, _, err := readSettings("institutions end", args, 0, s.err, func(flags *flag.FlagSet) {
		flags.StringVar(&id, "id", "", "the institution's `ID`")
	})
	if err != nil {
		return err
	}
	held, err := portal.EndInstitution(ctx, settings, id)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// listInstitutions prints the institutions, a line each.
func listInstitutions(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("institutions list", args, 0, s.err)
	if err != nil {
		return err
	}
	held, err := portal.Institutions(ctx, settings)
	if err != nil {
		return err
	}
	return printLines(s, held)
}

// grantOffice makes whoever's citizen number is on standard input an officer.
func grantOffice(ctx context.Context, args []string, s streams) error {
	var institution, end string
	settings, _, err := readSettings("officers grant", args, 0, s.err, institutionFlag(&institution), func(flags *flag.FlagSet) {
		flags.StringVar(&end, "until", "", "the last `day`, as 2027-12-31; none means without end")
	})
	if err != nil {
		return err
	}
	until, err := lastDay("officers grant", end)
	if err != nil {
		return err
	}
	held, err := portal.GrantOffice(ctx, settings, institution, until, s.in)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// revokeOffice ends that.
func revokeOffice(ctx context.Context, args []string, s streams) error {
	var institution string
	settings, _, err := readSettings("officers revoke", args, 0, s.err, institutionFlag(&institution))
	if err != nil {
		return err
	}
	held, err := portal.RevokeOffice(ctx, settings, institution, s.in)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(held)
}

// listOffices prints each officer with their institution, one a line.
func listOffices(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("officers list", args, 0, s.err)
	if err != nil {
		return err
	}
	held, err := portal.Offices(ctx, settings)
	if err != nil {
		return err
	}
	return printLines(s, held)
}

// institutionFlag defines the flag of an institution.
func institutionFlag(institution *string) func(*flag.FlagSet) {
	return func(flags *flag.FlagSet) {
		flags.StringVar(institution, "institution", "", "the `ID` of the institution")
	}
}

// lastDay is the end of the day that a flag names, the zero time for none.
func lastDay(verb, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	begin, err := time.ParseInLocation(time.DateOnly, day, time.Local)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: -until: want a day as 2027-12-31", verb)
	}
	return begin.AddDate(0, 0, 1), nil
}

// printLines prints values as JSON, a line each.
func printLines[T any](s streams, values []T) error {
	for _, one := range values {
		if err := json.NewEncoder(s.out).Encode(one); err != nil {
			return err
		}
	}
	return nil
}
