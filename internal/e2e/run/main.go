// Run is the main job for a person: sandbox and portal are up, a card is in the reader, and a browser
// with the extension is open where there is a display. It ends with Ctrl-C or with the browser, and the
// next run starts afresh.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/e-onay/e-onay/internal/e2e"
	"github.com/e-onay/e-onay/internal/testcard"
)

func main() {
	if !e2e.RunStandalone(run) {
		os.Exit(1)
	}
}

func run(t e2e.T) {
	dir := filepath.Join(e2e.Root(), "build", "run")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatalf("clean %s: %v", dir, err)
	}
	w := e2e.NewServices(t, dir, e2e.Options{Key: testcard.P384})
	fmt.Printf("\nPortal: %s\nPerson: %s, the card's PIN is %s\nCtrl-C ends everything.\n\n",
		w.Portal.URL, e2e.Ayse.Name, w.Card.PIN)

	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	browser := w.BrowserCommand()
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		fmt.Printf("There is no display here. To open the browser where there is one:\n\n  %s\n\n", e2e.ShellCommand(browser))
		<-interrupted
		return
	}
	closed := start(t, browser)
	select {
	case <-interrupted:
	case <-closed:
	}
}

// start starts the browser and returns a channel that closes when it ends.
func start(t e2e.T, browser *exec.Cmd) <-chan struct{} {
	if err := browser.Start(); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	closed := make(chan struct{})
	go func() {
		_ = browser.Wait() // how a person closes a browser is their business
		close(closed)
	}()
	t.Cleanup(func() {
		_ = browser.Process.Signal(syscall.SIGTERM) // it may be closed already
		<-closed
	})
	return closed
}
