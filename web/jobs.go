package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/e-onay/e-onay/web/portal"
)

// listJobs prints the jobs that were given up, a line each.
func listJobs(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("jobs list", args, 0, s.err)
	if err != nil {
		return err
	}
	given, err := portal.GivenUpJobs(ctx, settings)
	if err != nil {
		return err
	}
	for _, one := range given {
		if err := json.NewEncoder(s.out).Encode(one); err != nil {
			return err
		}
	}
	return nil
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
