// Command web is the site's side of e-Onay.
//
//	web serve -config portal.json     the portal
//	web sandbox -state DIR …          doubles of the world around it: CA, OCSP, CRL, login gateway
//
// Each writes one line of JSON, {"ready":true,"url":…}, to standard output when it listens, its log to
// standard error, and stops on SIGTERM or SIGINT.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/sandbox"
)

const usage = `usage: web serve -config FILE
       web sandbox -state DIR [flags]
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 after an error, 2 for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	var err error
	switch verb {
	case "serve":
		err = serve(ctx, args, stdout, stderr)
	case "sandbox":
		err = sandbox.Run(ctx, args, stdout)
	default:
		fmt.Fprint(stderr, usage)
		return 2
	}
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintf(stderr, "error: %v\n", err)
	return 1
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "portal.json", "settings `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("serve: unexpected argument %q", flags.Arg(0))
	}
	settings, err := portal.ReadSettings(*config)
	if err != nil {
		return err
	}
	return portal.Serve(ctx, settings, stdout, slog.New(slog.NewJSONHandler(stderr, nil)))
}
