// Command web is the site's side of e-Onay.
//
//	web serve -config portal.json           the portal
//	web cards import -config portal.json    puts the cards on standard input on the portal's record
//	web backup -config portal.json COPY     copies the portal's database while it is in use
//	web backup check COPY                   proves that a copy is whole
//	web audit -config portal.json           proves all that is on record, each signature again
//	web rp serve -config rp.json            verification for sites in any language (package service)
//	web rp key                              makes a key for a site of rp serve
//	web verify FILE...                      says what the signatures in files are worth (package verify)
//	web trust update -config FILE           gathers anchors from the trusted lists of the EU (package trust)
//	web extend FILE -level LTA -o FILE      makes the signatures of a file last (package verify)
//	web sandbox -state DIR …                doubles of the world around it: CA, OCSP, CRL, login gateway
//	web version                             prints the version
//
// serve, rp serve and sandbox write one line of JSON, {"ready":true,"url":…}, to standard output when they listen,
// their log to standard error, and stop on SIGTERM or SIGINT.
//
// Cards are JSON, one a line: {"serial","citizen_number","certificate","puk","mail","phone"}, the certificate being DER in
// base64; mail and phone are the person's, to which one-time codes and notices go, and may be left out.
// A card that is on record gets the new PUK; a mark that it refused one is taken off only if that was another. PUKs
// and addresses are encrypted before they are written; the program says how many cards it has read, {"cards":…}, and nothing of what is in them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/sandbox"
	"github.com/e-onay/e-onay/web/service"
	"github.com/e-onay/e-onay/web/trust"
	"github.com/e-onay/e-onay/web/verify"
)

const usage = `usage: web serve -config FILE
       web cards import -config FILE <CARDS
       web backup -config FILE COPY
       web backup check COPY
       web audit -config FILE [-database COPY] [-heads FILE] [-key FILE]... [-anchors FILE]...
       web rp serve -config FILE
       web rp key
       web verify FILE... [-content FILE] [-anchors FILE]... [-with FILE]... [-policy FILE] [-at TIME] [-online] [-json] [-en]
       web trust update -config FILE [-en]
       web extend FILE -level T|LT|LTA|XL|P2|P3|P4 -o FILE [-tsa ADDRESS]... [-authorities FILE] [-signature ID]
           [-content FILE] [-anchors FILE]... [-with FILE]... [-policy FILE] [-online] [-json] [-en]
       web sandbox -state DIR [flags]
       web version
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 after an error, 2 for a wrong command line; verify, extend and trust have their own.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	hasSecond := verb == "cards" || verb == "rp" || verb == "trust"
	if hasSecond && len(args) > 0 || verb == "backup" && len(args) > 0 && args[0] == "check" {
		verb, args = verb+" "+args[0], args[1:]
	}
	var err error
	switch verb {
	case "serve":
		err = serve(ctx, args, stdout, stderr)
	case "cards import":
		err = importCards(ctx, args, stdin, stdout, stderr)
	case "backup":
		err = backup(ctx, args, stdout, stderr)
	case "backup check":
		err = checkBackup(ctx, args, stdout)
	case "audit":
		err = audit(ctx, args, stdout, stderr)
	case "rp serve":
		err = serveRelyingParty(ctx, args, stdout, stderr)
	case "rp key":
		err = makeKey(args, stdout)
	case "verify":
		return verify.Run(ctx, args, stdout, stderr)
	case "trust update":
		return trust.Run(ctx, args, stdout, stderr)
	case "extend":
		return verify.Extend(ctx, args, stdout, stderr)
	case "sandbox":
		err = sandbox.Run(ctx, args, stdout)
	case "version":
		_, err = fmt.Fprintln(stdout, eonay.Version)
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
	settings, _, err := readSettings("serve", args, 0, stderr)
	if err != nil {
		return err
	}
	return portal.Serve(ctx, settings, stdout, slog.New(slog.NewJSONHandler(stderr, nil)))
}

func serveRelyingParty(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("rp serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "rp.json", "settings `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("rp serve: got arguments %q, want none", flags.Args())
	}
	settings, err := service.ReadSettings(*config)
	if err != nil {
		return err
	}
	return service.Serve(ctx, settings, stdout, slog.New(slog.NewJSONHandler(stderr, nil)))
}

// makeKey prints a new key for a site, and its digest for the settings.
func makeKey(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("rp key: got arguments %q, want none", args)
	}
	key, digest := service.NewKey()
	return json.NewEncoder(stdout).Encode(struct {
		Key    string `json:"key"`
		Digest string `json:"digest"`
	}{key, digest})
}

func importCards(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	settings, _, err := readSettings("cards import", args, 0, stderr)
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

func backup(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	settings, files, err := readSettings("backup", args, 1, stderr)
	if err != nil {
		return err
	}
	contents, err := sqlite.Backup(ctx, settings.Database, files[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(contents)
}

func checkBackup(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("backup check: %d files, want one", len(args))
	}
	contents, err := sqlite.Check(ctx, args[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(contents)
}

// audit says what it has seen as JSON; findings are an error.
func audit(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o portal.AuditOptions
	list := func(to *[]string) func(string) error {
		return func(path string) error {
			*to = append(*to, path)
			return nil
		}
	}
	settings, _, err := readSettings("audit", args, 0, stderr, func(flags *flag.FlagSet) {
		flags.StringVar(&o.Database, "database", "", "a `copy` that nothing else uses, in place of the settings' database")
		flags.StringVar(&o.Heads, "heads", "", "published heads, a `file` from elsewhere")
		flags.Func("key", "public key that has signed heads, a PEM `file`; else the settings' own", list(&o.Keys))
		flags.Func("anchors", "anchors that the settings named once, a PEM `file`", list(&o.Anchors))
	})
	if err != nil {
		return err
	}
	report, err := portal.Audit(ctx, settings, o)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(report); err != nil {
		return err
	}
	if report.Findings > 0 {
		return fmt.Errorf("audit: %d findings", report.Findings)
	}
	return nil
}

// readSettings reads the settings file that a verb's arguments name, and returns the n further arguments. more define further flags.
func readSettings(verb string, args []string, n int, stderr io.Writer, more ...func(*flag.FlagSet)) (*portal.Settings, []string, error) {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "portal.json", "settings `file`")
	for _, define := range more {
		define(flags)
	}
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	if flags.NArg() != n {
		return nil, nil, fmt.Errorf("%s: got arguments %q, want %d", verb, flags.Args(), n)
	}
	settings, err := portal.ReadSettings(*config)
	return settings, flags.Args(), err
}
