// Command release begins and ends what `make release` does; between the two, make builds the parts.
//
//	release begin              empties build/release, if this commit may be released
//	release finish PROGRAM…    adds NOTES.md, the bill of materials of these programs, SHA256SUMS and its signature
//	release compare DIR        compares build/release with the release in DIR, which was built elsewhere
//
// A release is of a commit that has the tag of VERSION and no changes, is complete, and is signed with the key that people
// have (docs/releasing.md). With -snapshot none of these is asked for: that is a trial, for whoever works on the parts.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	eonay "github.com/e-onay/e-onay"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// release is one release in the making.
type release struct {
	root     string // the repository
	dir      string // where the files are
	version  string
	snapshot bool
	key      string // minisign's secret key: a file outside the repository
	public   string // the public key that people have
	out      io.Writer
}

// run does one step.
func run(args []string, out io.Writer) error {
	r := release{version: eonay.Version, out: out}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&r.root, "root", ".", "`folder` of the repository")
	flags.StringVar(&r.dir, "dir", "build/release", "`folder` of the release's files")
	flags.BoolVar(&r.snapshot, "snapshot", false, "a trial: of any commit, with what parts there are, signed if there is a key")
	flags.StringVar(&r.key, "key", "", "minisign's secret key, a `file`")
	flags.StringVar(&r.public, "public", "", "minisign's public key, a `file` (default packaging/release/minisign.pub)")
	if len(args) == 0 {
		return fmt.Errorf("want begin, finish or compare")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if r.public == "" {
		r.public = filepath.Join(r.root, "packaging/release/minisign.pub")
	}
	switch step := args[0]; {
	case step == "begin" && flags.NArg() == 0:
		return r.begin()
	case step == "finish":
		return r.finish(flags.Args())
	case step == "compare" && flags.NArg() == 1:
		return r.compare(flags.Arg(0))
	}
	return fmt.Errorf("want begin, finish PROGRAM… or compare DIR, have %q", args)
}

// begin refuses what cannot become a release before anything is built, and empties the folder.
func (r *release) begin() error {
	if !r.snapshot {
		if err := r.checkSource(); err != nil {
			return err
		}
		if err := r.checkKey(); err != nil {
			return err
		}
	}
	if _, err := r.notes(); err != nil {
		return err
	}
	return r.empty()
}

// finish adds what describes the parts, if the source is still what it was when they were begun.
func (r *release) finish(programs []string) error {
	if !r.snapshot {
		if err := r.checkSource(); err != nil {
			return err
		}
	}
	notes, err := r.notes()
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path("NOTES.md"), notes, 0o644); err != nil {
		return err
	}
	bill, err := r.bill(programs)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path("e-onay-"+r.version+".cdx.json"), bill, 0o644); err != nil {
		return err
	}
	if err := r.writeSums(); err != nil {
		return err
	}
	return r.sign()
}

func (r *release) path(name string) string { return filepath.Join(r.dir, name) }
