package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/cause"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// journal prints what was done on this machine, the newest first as the settings do, or all of it as one JSON value. It prints
// what can be read of a broken list, and fails then.
func (t terminal) journal(asJSON bool) int {
	found, err := readLibraries(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return t.failPlace(err, "host.hint.home", "host.error.browser", "browser", "eonay-host")
	}
	everything := protocol.HostJournalBody{Limit: math.MaxInt}
	page, err := journal.ReadPage(context.Background(), found.journal(), found.deviceKey().Options(), everything, math.MaxInt)
	if err != nil {
		return t.failPlace(err, "host.hint.folder", "host.error.journal", "path", found.journal())
	}
	if asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(page.JournalPage); err != nil {
			return exitFailed
		}
	} else {
		for _, e := range page.Entries {
			t.entry(e)
		}
	}
	if page.Broken != nil {
		return t.fail(exitFailed, "host.hint.journal", "host.error.broken", "path", found.journal(), "cause", t.in(cause.Of(page.Broken)))
	}
	if !asJSON {
		t.say("host.journal."+page.State, "n", strconv.FormatUint(page.Total, 10), "path", found.journal())
	}
	return exitDone
}

// entry prints an act. What sites and cards have called something is quoted: it may hold anything.
func (t terminal) entry(e protocol.JournalEntry) {
	fmt.Printf("%d  %s  %s: %s\n", e.Number, time.Unix(e.Time, 0).Format("02.01.2006 15:04:05"), t.known("host.act.", e.Kind), t.outcome(e.Outcome))
	if e.Unproven {
		t.say("host.journal.unproven")
	}
	if e.Origin != "" || e.Purpose != "" {
		fmt.Printf("    %q %q\n", e.Origin, e.Purpose)
	}
	for _, d := range e.Documents {
		fmt.Printf("    %q %q %q\n", d.Name, cmp.Or(d.Function, "SHA-256"), d.Digest)
	}
	if e.Serial != "" {
		fmt.Printf("    %q %q\n", e.Issuer, e.Serial)
	}
}

func (t terminal) outcome(code fault.Code) string {
	if code == protocol.OutcomeDone {
		return message.Text(t.language, "host.act.done")
	}
	return t.known("error.", string(code))
}

// known returns the text for a name, or the name itself if there is no text: a later version may have written it.
func (t terminal) known(prefix, name string) string {
	if text := message.Text(t.language, prefix+name); text != prefix+name {
		return text
	}
	return strconv.Quote(name)
}
