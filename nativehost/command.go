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
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/module"
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

// command runs a command for people.
func command(verb string, args []string) int {
	t := terminal{environmentLanguage()}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	language := flags.String("lang", "", "")
	folder := ""
	if verb == "install" || verb == "uninstall" {
		flags.StringVar(&folder, "browser-dir", "", "")
	}
	asJSON := false
	if verb == "doctor" || verb == "journal" {
		flags.BoolVar(&asJSON, "json", false, "")
	}
	err := flags.Parse(args)
	if *language != "" {
		t.language = message.ParseLanguage(*language)
	}
	if errors.Is(err, flag.ErrHelp) || verb == "help" || verb == "-h" || verb == "--help" {
		usage(os.Stdout, t.language)
		return exitDone
	}
	if verb == "module" {
		if err == nil && (flags.NArg() != 2 || flags.Arg(0) != "add" && flags.Arg(0) != "remove") {
			err = errors.New("module add PATH, module remove PATH")
		}
	} else if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q", flags.Arg(0))
	}
	if err != nil {
		return t.fail(exitUsage, "host.hint.usage", "host.error.options", "cause", err.Error())
	}
	switch verb {
	case "install":
		return t.install(folder)
	case "uninstall":
		return t.uninstall(folder)
	case "doctor":
		return t.doctor(asJSON)
	case "journal":
		return t.journal(asJSON)
	case "module":
		return t.module(flags.Arg(0), flags.Arg(1))
	default:
		fmt.Println(version)
		return exitDone
	}
}

// subjects returns this program's path and the browsers that a command is about.
func subjects(folder string) (executable string, browsers []install.Browser, err error) {
	executable, err = ownPath()
	if err != nil {
		return "", nil, err
	}
	if folder == "" {
		browsers, err = install.Browsers()
		return executable, browsers, err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", nil, err
	}
	return executable, []install.Browser{install.ProfileFolder(absolute)}, nil
}

func (t terminal) install(folder string) int {
	return t.each(folder, func(b install.Browser, executable string) error {
		change, err := b.Install(executable)
		if err != nil {
			return err
		}
		key := "host.install.written"
		if change == install.Unchanged {
			key = "host.install.unchanged"
		}
		t.say(key, "browser", b.Name, "path", b.Path())
		return nil
	})
}

func (t terminal) uninstall(folder string) int {
	return t.each(folder, func(b install.Browser, executable string) error {
		change, err := b.Uninstall(executable)
		if err != nil {
			return err
		}
		switch change {
		case install.Removed:
			t.say("host.uninstall.removed", "browser", b.Name, "path", b.Path())
		case install.Left:
			t.say("host.uninstall.left", "browser", b.Name, "path", b.Path())
		default:
			t.say("host.uninstall.unchanged", "browser", b.Name)
		}
		return nil
	})
}

// each does act for every browser. One that fails does not keep the others from theirs.
func (t terminal) each(folder string, act func(install.Browser, string) error) int {
	executable, all, err := subjects(folder)
	if err != nil {
		return t.fail(exitFailed, "host.hint.home", "host.error.browser", "browser", "eonay-host", "cause", err.Error())
	}
	status := exitDone
	for _, b := range all {
		if err := act(b, executable); err != nil {
			t.wrong("host.error.browser", "browser", b.Name, "cause", err.Error())
			status = exitFailed
		}
	}
	if status != exitDone {
		t.hint("host.hint.folder")
	}
	return status
}

// doctor prints each check as soon as it is made, or all of them as one JSON value without personal data.
func (t terminal) doctor(asJSON bool) int {
	executable, _, err := subjects("")
	if err != nil {
		return t.fail(exitFailed, "host.hint.home", "host.error.browser", "browser", "eonay-host", "cause", err.Error())
	}
	found := readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil)))
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
	r := report{OK: true, Time: now.Format(time.RFC3339), Version: version, Platform: platform(), Checks: []checked{}}
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
	text := c.Text.TR
	if t.language == message.English {
		text = c.Text.EN
	}
	fmt.Printf("%-5s  %s\n", message.Text(t.language, "host.doctor."+string(c.Level)), text)
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
	own := readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil))).own()
	absolute, err := filepath.Abs(path)
	if err == nil && verb == "remove" {
		err = own.Remove(absolute)
	} else if err == nil {
		err = t.add(own, absolute)
	}
	if err != nil {
		code := protocol.CodeOf(err)
		t.wrong("host.error.module", "sentence", message.Text(t.language, "error."+string(code)), "cause", err.Error())
		return exitFailed
	}
	t.say("host.module."+verb, "path", absolute)
	return exitDone
}

func (t terminal) add(own module.Own, path string) error {
	library, err := own.Check(path, false)
	if err != nil {
		return err
	}
	executable, err := ownPath()
	if err != nil {
		return err
	}
	w := starter(executable)(library)
	defer w.Close()
	if _, err := w.List(context.Background()); err != nil {
		return err
	}
	return own.Add(path)
}

// ownPath is this program's file, free of links: a link may be replaced by whoever owns its folder.
func ownPath() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
