package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/web/sandbox"
	"github.com/e-onay/e-onay/web/trust"
	"github.com/e-onay/e-onay/web/verify"
)

// streams are those of the process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// A verb is one thing that the program does. Its name has one word or two.
type verb struct {
	name     string
	synopsis string // what follows the name
	summary  string
	flags    bool // run prints its flags where it is asked for help
	run      func(ctx context.Context, args []string, s streams) int
}

// verbs returns all verbs, in the order in which help lists them.
func verbs() []verb {
	return []verb{
		{"serve", "-config FILE", "runs the portal", true, failing(serve)},
		{"check", "-config FILE [-certificate FILE] [-json] [-en]", "proves a portal's settings before it is started", true, checkPortal},
		{"cards import", "-config FILE <CARDS", "puts the cards on standard input on the portal's record", true, failing(importCards)},
		{"roles grant", "-config FILE -role ROLE [-until DAY] <NUMBER",
			"gives a role at the authority's desk to whoever's citizen number is on standard input", true, failing(grantRole)},
		{"roles revoke", "-config FILE -role ROLE <NUMBER", "takes it away again", true, failing(revokeRole)},
		{"roles list", "-config FILE", "prints who has which role", true, failing(listRoles)},
		{"institutions set", "-config FILE -id ID -name NAME -english NAME [-terms CONTRACT] [-until DAY]",
			"begins an institution that enters applications for its people, or changes it", true, failing(setInstitution)},
		{"institutions end", "-config FILE -id ID", "ends it", true, failing(endInstitution)},
		{"institutions list", "-config FILE", "prints the institutions", true, failing(listInstitutions)},
		{"officers grant", "-config FILE -institution ID [-until DAY] <NUMBER",
			"makes whoever's citizen number is on standard input an officer of an institution", true, failing(grantOffice)},
		{"officers revoke", "-config FILE -institution ID <NUMBER", "ends that", true, failing(revokeOffice)},
		{"officers list", "-config FILE", "prints who is an officer of which institution", true, failing(listOffices)},
		{"jobs list", "-config FILE [-waiting]", "prints what had to be done outside the portal and was given up, or what waits", true, failing(listJobs)},
		{"jobs retry", "-config FILE KEY", "has the portal do one of these again", true, failing(retryJob)},
		{"backup", "-config FILE COPY", "copies the portal's database while it is in use", true, failing(backup)},
		{"backup check", "COPY", "proves that a copy is whole", false, failing(checkBackup)},
		{"migrate", "-config FILE [-owner FILE] [-role NAME]", "makes the portal's schema in PostgreSQL, or brings it up to date", true, failing(migrate)},
		{"copy", "-from FILE -to FILE [-owner FILE]", "copies all that is on record to another database", true, failing(copyRecord)},
		{"audit", "-config FILE [-database COPY] [-heads FILE] [-key FILE]... [-anchors FILE]...",
			"proves all that is on record, each signature again", true, failing(audit)},
		{"rp serve", "-config FILE", "runs the service that verifies for sites in any language", true, failing(serveRelyingParty)},
		{"rp check", "-config FILE [-json] [-en]", "proves the service's settings before it is started", true, checkService},
		{"rp key", "", "makes a key for a site of rp serve", false, failing(makeKey)},
		{"verify", "FILE... [-content FILE] [-anchors FILE]... [-with FILE]... [-policy FILE] [-at TIME] [-online] [-json] [-en]",
			"says what the signatures in files are worth", true,
			func(ctx context.Context, args []string, s streams) int { return verify.Run(ctx, args, s.out, s.err) }},
		{"trust update", "-config FILE [-en]", "gathers anchors from the trusted lists of the EU", true,
			func(ctx context.Context, args []string, s streams) int { return trust.Run(ctx, args, s.out, s.err) }},
		{"extend", "FILE -level T|LT|LTA|XL|P2|P3|P4 -o FILE [-tsa ADDRESS]... [-authorities FILE] [-signature ID] " +
			"[-content FILE] [-anchors FILE]... [-with FILE]... [-policy FILE] [-online] [-json] [-en]",
			"makes the signatures of a file last", true,
			func(ctx context.Context, args []string, s streams) int { return verify.Extend(ctx, args, s.out, s.err) }},
		{"sandbox", "-state DIR [-listen ADDRESS] [-portal URL] [-portal-listen ADDRESS]",
			"runs doubles of the world around it: CA, OCSP, CRL, time stamps, login gateway, mail", true,
			failing(func(ctx context.Context, args []string, s streams) error { return sandbox.Run(ctx, args, s.out) })},
		{"version", "", "prints the version", false, failing(printVersion)},
		{"help", "[VERB]", "prints what the verbs are, or how one is used", false, help},
	}
}

// failing has a verb's error said, with status 1.
func failing(f func(context.Context, []string, streams) error) func(context.Context, []string, streams) int {
	return func(ctx context.Context, args []string, s streams) int {
		if err := f(ctx, args, s); err != nil && !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(s.err, "error: %v\n", err)
			return 1
		}
		return 0
	}
}

// findVerb returns the verb that a command line begins with, by its longest name, and what follows it; nil where there is none.
func findVerb(args []string) (found *verb, rest []string) {
	for _, v := range verbs() {
		words := strings.Fields(v.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) && (found == nil || len(v.name) > len(found.name)) {
			found, rest = &v, args[len(words):]
		}
	}
	return found, rest
}

// isGroup reports whether verbs of two words begin with this one.
func isGroup(word string) bool {
	return slices.ContainsFunc(verbs(), func(v verb) bool { return strings.HasPrefix(v.name, word+" ") })
}

func isHelp(word string) bool { return word == "-h" || word == "-help" || word == "--help" }

// usage lists the verbs: those of a group, or all where the word begins none.
func usage(word string) string {
	all := verbs()
	if isGroup(word) {
		all = slices.DeleteFunc(all, func(v verb) bool { return v.name != word && !strings.HasPrefix(v.name, word+" ") })
	}
	var b strings.Builder
	for i, v := range all {
		begin := "       "
		if i == 0 {
			begin = "usage: "
		}
		fmt.Fprintf(&b, "%sweb %s\n           %s\n", begin, strings.TrimSpace(v.name+" "+v.synopsis), v.summary)
	}
	return b.String()
}

// help prints the verbs, or how the one that is named is used.
func help(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		fmt.Fprint(s.out, usage(""))
		return 0
	}
	v, rest := findVerb(args)
	switch {
	case v != nil && len(rest) == 0:
		return v.help(ctx, s)
	case v == nil && len(args) == 1 && isGroup(args[0]):
		fmt.Fprint(s.out, usage(args[0]))
		return 0
	}
	fmt.Fprint(s.err, usage(""))
	return 2
}

// help prints how a verb is used. Its flags print themselves.
func (v *verb) help(ctx context.Context, s streams) int {
	fmt.Fprintf(s.out, "usage: web %s\n\nweb %s %s.\n", strings.TrimSpace(v.name+" "+v.synopsis), v.name, v.summary)
	if !v.flags {
		return 0
	}
	fmt.Fprintln(s.out)
	return v.run(ctx, []string{"-h"}, streams{s.in, s.out, s.out})
}

func printVersion(_ context.Context, args []string, s streams) error {
	if len(args) > 0 {
		return fmt.Errorf("version: got arguments %q, want none", args)
	}
	_, err := fmt.Fprintln(s.out, eonay.Version)
	return err
}
