package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/e-onay/e-onay/web/portal"
)

// listJobs prints the jobs that were given up, or those that wait, a line each.
func listJobs(ctx context.Context, args []string, s streams) error {
	var waiting bool
	settings, _, err := readSettings("jobs list", args, 0, s.err, func(flags *flag.FlagSet) {
		flags.BoolVar(&waiting, "waiting", false, "those that are due and not done, in place of those that were given up")
	})
	if err != nil {
		return err
	}
	if waiting {
		list, err := portal.WaitingJobs(ctx, settings)
		if err != nil {
			return err
		}
		return printLines(s, list)
	}
	list, err := portal.GivenUpJobs(ctx, settings)
	if err != nil {
		return err
	}
	return printLines(s, list)
}

// retryJob has a job that was given up done again, by the portal that is running.
func retryJob(ctx context.Context, args []string, s streams) error {
	settings, rest, err := readSettings("jobs retry", args, 1, s.err)
	if err != nil {
		return err
	}
	if err := portal.RetryJob(ctx, settings, rest[0]); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "{\"key\":%q}\n", rest[0])
	return err
}
