package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/e-onay/e-onay/nativehost/secret"
)

// An act ends with its entry in the journal, also where its window has gone: a card cannot be called back. A browser sees
// to it that what it has started ends with the window, so the session is not what it has started.

// attend starts the session in a process of its own and returns how it ended. Chromium kills this process two seconds
// after the window has gone; the session ends by itself, since its standard input has. The browser's pipes are the
// session's alone then.
func attend(args []string) int {
	if err := secret.DisableDumps(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	executable, err := os.Executable()
	if err == nil {
		session := exec.Command(executable, append([]string{"serve"}, args...)...)
		session.Stdin, session.Stdout, session.Stderr = os.Stdin, os.Stdout, os.Stderr
		session.SysProcAttr = apart()
		err = session.Start()
		os.Stdin.Close()
		os.Stdout.Close()
		if err == nil {
			err = session.Wait()
		}
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() >= 0 {
		return ended.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitDone
}

// outliveWindow has a write to a window that has gone fail: it would end this program (SIGPIPE), whatever the card is
// doing and before it is written down. So would what a system sends to all programs of a person who logs out: it goes to
// the browser too, with which the session ends. Its children keep to what the system does.
func outliveWindow() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
}
