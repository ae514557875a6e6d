// Command web is the site's side of e-Onay: the portal, the service for sites in any language, and what judges signed files. verbs.go has its
// verbs; `web help` prints them.
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
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 after an error, 2 for a wrong command line; verify, extend and trust have their own.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := streams{stdin, stdout, stderr}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage(""))
		return 2
	}
	if isHelp(args[0]) {
		return help(ctx, args[1:], s)
	}
	v, rest := findVerb(args)
	switch {
	case v == nil && len(args) == 2 && isHelp(args[1]) && isGroup(args[0]):
		return help(ctx, args[:1], s)
	case v == nil:
		fmt.Fprint(stderr, usage(args[0]))
		return 2
	case slices.ContainsFunc(rest, isHelp):
		return v.help(ctx, s)
	}
	return v.run(ctx, rest, s)
}

// heapBound is half of what eonay-portal.service lets the portal take.
const heapBound = 1 << 30

// collectSeldom has garbage collected once the heap has grown fivefold, not twofold: a portal's is small, so that it was collected many times a second
// and took a seventh of an act's processor time. Towards heapBound it is collected as often as that needs. GOGC and GOMEMLIMIT count for more.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapBound)
	}
}

func serve(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("serve", args, 0, s.err)
	if err != nil {
		return err
	}
	collectSeldom()
	return portal.Serve(ctx, settings, s.out, slog.New(slog.NewJSONHandler(s.err, nil)))
}

func serveRelyingParty(ctx context.Context, args []string, s streams) error {
	flags := flag.NewFlagSet("rp serve", flag.ContinueOnError)
	flags.SetOutput(s.err)
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
	return service.Serve(ctx, settings, s.out, slog.New(slog.NewJSONHandler(s.err, nil)))
}

// makeKey prints a new key for a site, and its digest for the settings.
func makeKey(_ context.Context, args []string, s streams) error {
	if len(args) > 0 {
		return fmt.Errorf("rp key: got arguments %q, want none", args)
	}
	key, digest := service.NewKey()
	return json.NewEncoder(s.out).Encode(struct {
		Key    string `json:"key"`
		Digest string `json:"digest"`
	}{key, digest})
}

func importCards(ctx context.Context, args []string, s streams) error {
	settings, _, err := readSettings("cards import", args, 0, s.err)
	if err != nil {
		return err
	}
	n, err := portal.ImportCards(ctx, settings, s.in)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "{\"cards\":%d}\n", n)
	return err
}

func backup(ctx context.Context, args []string, s streams) error {
	settings, files, err := readSettings("backup", args, 1, s.err)
	if err != nil {
		return err
	}
	contents, err := portal.Backup(ctx, settings, files[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(contents)
}

func checkBackup(ctx context.Context, args []string, s streams) error {
	if len(args) != 1 {
		return fmt.Errorf("backup check: %d files, want one", len(args))
	}
	contents, err := sqlite.Check(ctx, args[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(contents)
}

// migrate says which version the schema has now.
func migrate(ctx context.Context, args []string, s streams) error {
	var owner, role string
	settings, _, err := readSettings("migrate", args, 0, s.err, func(flags *flag.FlagSet) {
		flags.StringVar(&owner, "owner", "", "connection string of the role that owns the schema, a `file`; else the settings' own")
		flags.StringVar(&role, "role", "", "the role by `name` that serves, where that is not the owner: it is given what it needs")
	})
	if err != nil {
		return err
	}
	version, err := portal.Migrate(ctx, settings, owner, role)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "{\"version\":%d}\n", version)
	return err
}

// copyRecord says how many rows it has copied, and their digest.
func copyRecord(ctx context.Context, args []string, s streams) error {
	flags := flag.NewFlagSet("copy", flag.ContinueOnError)
	flags.SetOutput(s.err)
	from := flags.String("from", "", "settings `file` of the portal whose database is copied")
	to := flags.String("to", "", "settings `file` that names the new database")
	owner := flags.String("owner", "", "connection string of the role that owns the new database's schema, a `file`; else the settings' own")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *from == "" || *to == "" {
		return fmt.Errorf("copy: got arguments %q, want -from and -to", flags.Args())
	}
	source, err := portal.ReadSettings(*from)
	if err != nil {
		return err
	}
	target, err := portal.ReadSettings(*to)
	if err != nil {
		return err
	}
	copied, err := portal.Copy(ctx, source, target, *owner)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(copied)
}

// audit says what it has seen as JSON; findings are an error.
func audit(ctx context.Context, args []string, s streams) error {
	var o portal.AuditOptions
	list := func(to *[]string) func(string) error {
		return func(path string) error {
			*to = append(*to, path)
			return nil
		}
	}
	settings, _, err := readSettings("audit", args, 0, s.err, func(flags *flag.FlagSet) {
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
	if err := json.NewEncoder(s.out).Encode(report); err != nil {
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
