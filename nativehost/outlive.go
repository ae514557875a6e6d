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

// An act ends with its entry in the journal, also if its window has gone: a card cannot be called back. A browser kills
// the process that it has started once the window has gone, so the session runs in another one.

// superviseSession starts the session in a process of its own, waits for it and returns its exit status. Chromium kills
// this process two seconds after the window has gone; the session ends by itself when its standard input does. This
// process closes its ends of the browser's pipes, so that only the session holds them.
func superviseSession(args []string) int {
	if err := secret.DisableDumps(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	executable, err := os.Executable()
	if err == nil {
		var session *exec.Cmd
		session, err = startDetached(func() *exec.Cmd {
			cmd := exec.Command(executable, append([]string{"serve"}, args...)...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
			return cmd
		})
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

// outliveWindow catches the signals that would end the session in the middle of an act. SIGPIPE comes with a write to a
// window that has gone: the write fails instead. The others come to all programs of a person who logs out; the browser
// gets them too, and the session ends with it. Child processes keep the system's defaults.
func outliveWindow() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
}
