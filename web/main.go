// Command web is the site's side of e-Onay.
//
//	web serve -config portal.json           the portal
//	web cards import -config portal.json    puts the cards on standard input on the portal's record
//	web sandbox -state DIR …                doubles of the world around it: CA, OCSP, CRL, login gateway
//
// The first and the last write one line of JSON, {"ready":true,"url":…}, to standard output when they listen,
// their log to standard error, and stop on SIGTERM or SIGINT.
//
// Cards are JSON, one a line: {"serial","citizen_number","certificate","puk"}, the certificate being DER in base64.
// A card that is on record gets the new PUK; a mark that it refused one is taken off only if that was another. PUKs
// are encrypted before they are written; the program says how many cards it has read, {"cards":…}, and nothing of what is in them.
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
       web cards import -config FILE <CARDS
       web sandbox -state DIR [flags]
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 after an error, 2 for a wrong command line.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	if verb == "cards" && len(args) > 0 {
		verb, args = verb+" "+args[0], args[1:]
	}
	var err error
	switch verb {
	case "serve":
		err = serve(ctx, args, stdout, stderr)
	case "cards import":
		err = importCards(ctx, args, stdin, stdout, stderr)
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
	settings, err := readSettings("serve", args, stderr)
	if err != nil {
		return err
	}
	return portal.Serve(ctx, settings, stdout, slog.New(slog.NewJSONHandler(stderr, nil)))
}

func importCards(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	settings, err := readSettings("cards import", args, stderr)
	if err != nil {
		return err
	}
	n, err := portal.ImportCards(ctx, settings, stdin)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "{\"cards\":%d}\n", n)
	return err
}

// readSettings reads the settings file that a verb's arguments name.
func readSettings(verb string, args []string, stderr io.Writer) (*portal.Settings, error) {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "portal.json", "settings `file`")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%s: unexpected argument %q", verb, flags.Arg(0))
	}
	return portal.ReadSettings(*config)
}
