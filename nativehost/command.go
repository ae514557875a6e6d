package main

import (
	"context"
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
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/install"
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
	err := flags.Parse(args)
	if *language != "" {
		t.language = message.ParseLanguage(*language)
	}
	if errors.Is(err, flag.ErrHelp) || verb == "help" || verb == "-h" || verb == "--help" {
		usage(os.Stdout, t.language)
		return exitDone
	}
	if err == nil && flags.NArg() > 0 {
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
		return t.doctor()
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

func (t terminal) doctor() int {
	executable, all, err := subjects("")
	if err != nil {
		return t.fail(exitFailed, "host.hint.home", "host.error.browser", "browser", "eonay-host", "cause", err.Error())
	}
	levels := map[doctor.Level]string{
		doctor.OK:   message.Text(t.language, "host.doctor.ok"),
		doctor.Warn: message.Text(t.language, "host.doctor.warn"),
		doctor.Fail: message.Text(t.language, "host.doctor.fail"),
	}
	line := func(level doctor.Level, text string) { fmt.Printf("%-5s  %s\n", levels[level], text) }
	line(doctor.OK, message.Text(t.language, "host.doctor.version", "version", version, "platform", platform(), "path", executable))
	found := readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	config := doctor.Config{
		Language: t.language, Executable: executable, Browsers: all,
		Select: found.finder.Select, Start: starter(executable), ConfigPath: found.configPath, Now: time.Now(),
	}
	for _, f := range found.faults {
		config.Faults = append(config.Faults, f.err)
	}
	worst := doctor.Run(context.Background(), config, line)
	if worst == doctor.Fail {
		return exitFailed
	}
	return exitDone
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
