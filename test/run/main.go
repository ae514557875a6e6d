// Run is the main job for a person: sandbox and portal are up, a card is in the reader (a virtual one, or one
// of SoftHSM2 where there can be no virtual reader), and a browser
// with the extension is open where there is a display. It ends with Ctrl-C or with the browser, and the
// next run starts afresh.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
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
	why := e2e.VirtualReader()
	w := e2e.NewServices(t, dir, e2e.Options{Key: testcard.P384, Virtual: why == nil})
	w.Record(e2e.Ayse)
	fmt.Printf("\nPortal: %s\nPerson: %s, the card's PIN is %s\nMail to the person, as one-time codes: %[4]s/posta\nThe person's phone, for Mobil İmza: %[4]s/telefon\n", w.Portal.URL, e2e.Ayse.Name, w.Card.PIN, w.Sandbox.URL)
	if why != nil {
		fmt.Printf("The card is one of SoftHSM2, always there: there can be no virtual reader here (%v).\n", why)
	} else {
		fmt.Println("Enter takes the card out of its reader, and puts it in again.")
	}
	fmt.Print("Ctrl-C ends everything.\n\n")

	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	browser := w.BrowserCommand()
	var closed <-chan struct{}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		fmt.Printf("There is no display here. To open the browser where there is one:\n\n  %s\n\n", e2e.ShellCommand(browser))
	} else {
		closed = start(t, browser)
	}
	enter := lines()
	for in := true; ; {
		select {
		case <-interrupted:
			return
		case <-closed:
			return
		case <-enter:
			if w.Card.Virtual != nil {
				in = !in
				move(w.Card.Virtual, in)
			}
		}
	}
}

// lines tells of each line of the standard input.
func lines() <-chan struct{} {
	enter := make(chan struct{})
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			enter <- struct{}{}
		}
	}()
	return enter
}

// move puts the card in, or takes it out.
func move(card *e2e.VirtualCard, in bool) {
	if in {
		card.Insert()
		fmt.Println("The card is in its reader.")
	} else {
		card.Pull()
		fmt.Println("The card is out.")
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
