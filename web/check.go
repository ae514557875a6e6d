package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/checkup"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/service"
)

// checkOptions are the command line of the verbs that prove settings.
type checkOptions struct {
	config, sample string
	asJSON         bool
	in             message.Language
}

// checkPortal returns 0 where all is as it must be, 1 where something is not, and 2 for a wrong command line.
func checkPortal(ctx context.Context, args []string, s streams) int {
	o := checkOptions{config: "portal.json"}
	return o.run("check", args, s, func(flags *flag.FlagSet) {
		flags.StringVar(&o.sample, "certificate", "", "a person's certificate, a PEM `file`: its authority's responder is asked too")
	}, func() (*checkup.Report, error) {
		settings, err := portal.ReadSettings(o.config)
		if err != nil {
			return nil, err
		}
		return portal.Check(ctx, settings, o.sample), nil
	})
}

// checkService is the same for the service.
func checkService(ctx context.Context, args []string, s streams) int {
	o := checkOptions{config: "rp.json"}
	return o.run("rp check", args, s, nil, func() (*checkup.Report, error) {
		settings, err := service.ReadSettings(o.config)
		if err != nil {
			return nil, err
		}
		return service.Check(ctx, settings), nil
	})
}

func (o *checkOptions) run(verb string, args []string, s streams, more func(*flag.FlagSet), check func() (*checkup.Report, error)) int {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(s.err)
	flags.StringVar(&o.config, "config", o.config, "settings `file`")
	flags.BoolVar(&o.asJSON, "json", false, "write the report as JSON")
	english := flags.Bool("en", false, "write English")
	if more != nil {
		more(flags)
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(s.err, "error: %s: got arguments %q, want none\n", verb, flags.Args())
		return 2
	}
	o.in = message.Turkish
	if *english {
		o.in = message.English
	}
	report, err := check()
	if err != nil {
		report = new(checkup.Report)
		report.Problem(checkup.Settings, o.config, err)
	}
	if o.asJSON {
		err = report.WriteJSON(s.out)
	} else {
		err = report.Write(s.out, o.in)
	}
	if err != nil || report.Problems() > 0 {
		return 1
	}
	return 0
}
