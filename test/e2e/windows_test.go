package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// TestBrowserKilled kills the whole browser while the card signs, and while it is silent: host and worker end by
// themselves, the card is free for others, and the person signs in a new browser.
func TestBrowserKilled(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]bool{"signs": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			browserKilled(t, NewWorld(t, Options{Virtual: true, OwnBrowser: true}), silent)
		})
	}
}

// browserKilled returns the page of the new browser, in which E-Onay was given.
func browserKilled(t *testing.T, w *World, silent bool) *Page {
	t.Helper()
	card := w.Card.Virtual
	j, _, window := opened(t, w)
	j.ToPIN(window)
	struck, answer := card.Hold(virtual.GeneralAuthenticate, time.Second)
	if silent {
		struck = card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
	}
	j.Sign(window, w.Card.PIN)
	card.Await(struck)
	w.Browser.Kill()
	answer()
	w.NoWorkers()
	if silent { // which keeps the reader from everybody
		card.Pull()
		card.Insert()
	}
	letGo := card.Keep()
	letGo()
	nothingRecorded(t, w)
	spent(t, card, signOnce)

	w.RestartBrowser()
	j = NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.All(page, Give)
	spent(t, card, 2*signOnce)
	return page
}

// TestManyWindows opens five windows of five tabs, each with its host, on one card that takes its time. All list it,
// and all sign, pressed one right after the other, without a lost try.
func TestManyWindows(t *testing.T) {
	t.Parallel()
	const n = 5
	w := NewWorld(t, Options{Virtual: true})
	card, site := w.Card.Virtual, StartSite(t)
	var pages []*Page
	for i := range n {
		p := w.Browser.NewPage(site.URL)
		p.WaitFor(`window.client !== undefined`)
		p.ask(plain)
		w.Browser.Windows(i + 1)
		pages = append(pages, p)
	}
	windows := w.Browser.Windows(n)
	for _, window := range windows {
		window.Forward("pin")
		window.Type("#pin", w.Card.PIN)
	}
	w.AwaitHosts(n)
	card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Slow, Delay: 300 * time.Millisecond, Lasting: true})
	start := time.Now()
	for _, window := range windows {
		window.Press(Enter)
	}
	for i, p := range pages {
		if got := p.outcome(); !strings.HasPrefix(got, "signed:") {
			t.Errorf("page %d got %q", i, got)
		}
	}
	t.Logf("%d signatures: %v", n, time.Since(start).Round(time.Millisecond))
	spent(t, card, n*signOnce)
}
