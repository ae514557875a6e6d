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
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/cause"
	"github.com/e-onay/e-onay/nativehost/commands"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/place"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A terminal speaks with a person. What was asked for goes to standard output, what went wrong to
// standard error: a line that begins with the error and one with what to do about it.
type terminal struct {
	language message.Language
}

func (t terminal) say(key string, pairs ...string) {
	fmt.Println(message.Text(t.language, key, pairs...))
}

// fail tells an error with what to do about it, and returns status.
func (t terminal) fail(status int, hint, key string, pairs ...string) int {
	t.wrong(key, pairs...)
	t.hint(hint)
	return status
}

func (t terminal) wrong(key string, pairs ...string) {
	text := message.Text(t.language, key, pairs...)
	fmt.Fprintln(os.Stderr, message.Text(t.language, "host.error", "error", text))
}

func (t terminal) hint(key string) {
	fmt.Fprintln(os.Stderr, message.Text(t.language, "host.hint", "hint", message.Text(t.language, key)))
}

// failPlace is fail for an error about the place of the person's files, which may have a sentence of its own.
func (t terminal) failPlace(err error, hint, key string, pairs ...string) int {
	if e, ok := errors.AsType[*place.Error](err); ok {
		return t.fail(exitFailed, "host.hint.place."+string(e.Reason), "host.error.place."+string(e.Reason), "path", e.Path)
	}
	if errors.Is(err, place.ErrNoHome) {
		return t.fail(exitFailed, "host.hint.home", "host.error.home")
	}
	return t.fail(exitFailed, hint, key, append(pairs, "cause", t.in(cause.Of(err)))...)
}

// checkFolder refuses to change anything for a person whose folder others can write, or in another's folder: sudo may
// keep HOME, and what root makes there the person cannot use any more.
func checkFolder() error {
	dir, err := place.Config()
	if err != nil {
		return err
	}
	return place.CheckFolder(dir)
}

// in returns a sentence in the terminal's language.
func (t terminal) in(s protocol.Sentence) string {
	if t.language == message.English {
		return s.EN
	}
	return s.TR
}

// An invocation is a command for people with its arguments.
type invocation struct {
	verb   string
	act    string // of module: add or remove
	args   []string
	values map[string]*string // of the options that have one
	given  map[string]*bool   // of those that have none
	help   bool
}

func (i invocation) value(option string) string {
	if v := i.values[option]; v != nil {
		return *v
	}
	return ""
}

func (i invocation) has(option string) bool { return i.given[option] != nil && *i.given[option] }

// parse reads the arguments of a command, options before or after the others, and the language.
func (t *terminal) parse(verb string, args []string) (i invocation, ok bool) {
	i = invocation{verb: verb, values: map[string]*string{}, given: map[string]*bool{}}
	command, _ := commands.Named(strings.TrimLeft(verb, "-"))
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, option := range command.Options {
		if option.Value == commands.Switch {
			i.given[option.Name] = flags.Bool(option.Name, false, "")
		} else {
			i.values[option.Name] = flags.String(option.Name, "", "")
		}
	}
	err := flags.Parse(args)
	for err == nil && flags.NArg() > 0 {
		i.args = append(i.args, flags.Arg(0))
		err = flags.Parse(flags.Args()[1:])
	}
	if language := i.value("lang"); language != "" {
		t.language = message.ParseLanguage(language)
	}
	i.help = errors.Is(err, flag.ErrHelp)
	if i.help {
		return i, true
	}
	wanted := 0
	if len(command.Acts) > 0 {
		wanted = 2
	}
	ok = err == nil && len(i.args) == wanted
	if ok && wanted > 0 {
		i.act = i.args[0]
		ok = slices.Contains(command.Acts, i.act)
	}
	return i, ok && i.fits()
}

// fits tells whether the options go together: a root is of a system, and a browser's folder is one person's.
func (i invocation) fits() bool {
	system := i.has("system")
	return (i.value("root") == "" || system) && (i.value("browser-dir") == "" || !system)
}

// command runs a command for people.
func command(verb string, args []string) int {
	t := terminal{environmentLanguage()}
	if verb == "help" || verb == "-h" || verb == "--help" {
		return t.help(args)
	}
	i, ok := t.parse(verb, args)
	switch {
	case i.help:
		fmt.Print(message.Text(t.language, "host.help."+verb))
		return exitDone
	case !ok:
		given := strings.Join(append([]string{verb}, args...), " ")
		return t.fail(exitUsage, "host.hint.usage", "host.error.options", "given", strconv.Quote(given))
	}
	switch verb {
	case "install":
		return t.install(i.target())
	case "uninstall":
		return t.uninstall(i.target())
	case "doctor":
		return t.doctor(i.has("json"))
	case "journal":
		return t.journal(i.has("json"))
	case "module":
		return t.module(i.act, i.args[1])
	default:
		fmt.Println(eonay.Version)
		return exitDone
	}
}

// help prints the commands, or what there is to know of one.
func (t terminal) help(args []string) int {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb := args[0]
		key := "host.help." + verb
		if message.Text(t.language, key) == key {
			return t.fail(exitUsage, "host.hint.usage", "host.error.command", "command", strconv.Quote(verb))
		}
		return command(verb, append(args[1:], "--help"))
	}
	if i, ok := t.parse("help", args); !ok || len(i.args) > 0 {
		return t.fail(exitUsage, "host.hint.usage", "host.error.options", "given", strconv.Quote(strings.Join(args, " ")))
	}
	usage(os.Stdout, t.language)
	return exitDone
}

// doctor prints each check as soon as it is made, or all of them as one JSON value without personal data.
func (t terminal) doctor(asJSON bool) int {
	executable, _, err := subjects(target{})
	if err != nil {
		return t.failPlace(err, "host.hint.home", "host.error.browser", "browser", "eonay-host")
	}
	found, err := readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return t.failPlace(err, "host.hint.home", "host.error.browser", "browser", "eonay-host")
	}
	start := starter(executable)
	now := time.Now()
	machine := doctor.Machine{
		Readers: reader.List, Select: found.finder.Select, Now: now,
		List: func(ctx context.Context, library module.Library) (*worker.Listing, error) {
			w := start(library)
			defer w.Close()
			return w.List(ctx)
		},
	}
	r := report{OK: true, Time: now.Format(time.RFC3339), Version: eonay.Version, Platform: platform(), Checks: []checked{}}
	doctor.Run(context.Background(), found.program(), machine, func(c protocol.Check) {
		r.add(c)
		if !asJSON {
			t.check(c)
		}
	})
	if asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return exitFailed
		}
	}
	if !r.OK {
		return exitFailed
	}
	return exitDone
}

func (t terminal) check(c protocol.Check) {
	fmt.Printf("%-5s  %s\n", message.Text(t.language, "host.doctor."+string(c.Level)), t.in(c.Text))
}

// report is what `doctor --json` prints: made to be given to a help desk, it holds no personal data.
type report struct {
	OK       bool      `json:"ok"`
	Time     string    `json:"time"` // when it was made (RFC 3339)
	Version  string    `json:"version"`
	Platform string    `json:"platform"`
	Checks   []checked `json:"checks"`
}

type checked struct {
	Level protocol.CheckLevel `json:"level"`
	Name  string              `json:"name"`
	Part  protocol.CheckPart  `json:"part"`
	Text  protocol.Sentence   `json:"text"`
}

func (r *report) add(c protocol.Check) {
	r.OK = r.OK && c.Level != protocol.CheckFail
	r.Checks = append(r.Checks, checked{c.Level, c.Name, c.Part, c.Shared})
}

// module adds a library to the person's own, or removes it. In a terminal it is the person who says so: the file
// may be their own.
func (t terminal) module(verb, path string) int {
	err := checkFolder()
	var found libraries
	if err == nil {
		found, err = readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil && verb == "remove" {
		err = found.own().Remove(context.Background(), path)
	} else if err == nil {
		path, err = t.add(found.own(), path)
	}
	if err != nil {
		sentence := message.Text(t.language, "error."+string(fault.CodeOf(err)))
		return t.failPlace(err, "host.hint.module", "host.error.module", "sentence", sentence)
	}
	t.say("host.module."+verb, "path", path)
	return exitDone
}

// add puts the library at path on the list, and returns the path without links that it has there.
func (t terminal) add(own module.Own, path string) (string, error) {
	library, err := own.Check(path, false)
	if err != nil {
		return "", err
	}
	executable, err := ownPath()
	if err != nil {
		return "", err
	}
	w := starter(executable)(library)
	defer w.Close()
	if _, err := w.List(context.Background()); err != nil {
		return "", err
	}
	return library.Path, own.Add(context.Background(), library.Path)
}

// ownPath is this program's file, free of links: the owner of a link's folder could replace the link.
func ownPath() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
