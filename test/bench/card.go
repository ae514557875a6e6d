package main

import (
	"time"

	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
)

// measureCard measures from a card's coming to the certificates in a window that waits for it: from the
// moment it is in the reader, and from when the smart card service tells of it, which asks this reader every
// 400 ms.
func (b *bench) measureCard(t e2e.T, site *e2e.Site) {
	if err := e2e.VirtualReader(); err != nil {
		t.Logf("no virtual reader, so nothing is measured with one: %v", err)
		return
	}
	w := e2e.NewWorld(t, e2e.Options{Virtual: true, NoCard: true, Key: testcard.P384})
	page := w.Browser.NewPage(site.URL)
	press(page, asks(sign))
	window := w.Browser.Window()
	window.Forward("waiting")
	var inserted, told []float64
	for range 15 {
		start := time.Now()
		w.Card.Virtual.Insert()
		seen := time.Now()
		window.AtStep("certificate")
		shown := e2e.Eval[float64](window, `performance.timeOrigin + performance.getEntriesByName("step:certificate").at(-1).startTime`)
		inserted = append(inserted, shown-milliseconds(start))
		told = append(told, shown-milliseconds(seen))
		w.Card.Virtual.Pull()
		window.AtStep("waiting")
	}
	w.Browser.CloseWindows()
	page.Close()
	b.Add("card in the reader → certificates in the window", "ms", inserted)
	b.Add("service tells of the card → certificates in the window", "ms", told)
}

// An event is one of a reader: how long it takes until the window tells of it, from its beginning and from when the
// service knows.
type event struct{ all, told []float64 }

// measure has it happen. The window notes by itself when it tells of the obstacle: the harness looks too seldom.
func (e *event) measure(window *e2e.Page, obstacle string, happen func()) {
	e2e.Eval[bool](window, `(window.told = new Promise((done) => {
		const look = () => document.querySelector('[data-step="waiting"] [data-code="`+obstacle+`"]') && done(`+now+`);
		new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
	}), true)`)
	start := time.Now()
	happen()
	known := time.Now()
	told := e2e.Eval[float64](window, `window.told`)
	e.all = append(e.all, told-milliseconds(start))
	e.told = append(e.told, told-milliseconds(known))
}

// measureReader measures from a reader that is pulled out, and from one that is plugged in, to a window that says so:
// from the moment, and from when the smart card service has done with it.
func (b *bench) measureReader(t e2e.T, site *e2e.Site) {
	if err := e2e.VirtualReader(); err != nil {
		return // measureCard has told
	}
	w := e2e.NewWorld(t, e2e.Options{Virtual: true, Key: testcard.P384})
	card := w.Card.Virtual
	card.Pluggable()
	page := w.Browser.NewPage(site.URL)
	press(page, asks(sign))
	window := w.Browser.Window()
	window.Forward("certificate")
	card.Pull()
	window.AtStep("waiting")
	var gone, come event
	for range 15 {
		gone.measure(window, "no_reader", card.Unplug)
		come.measure(window, "no_token", card.PlugEmpty)
	}
	w.Browser.CloseWindows()
	page.Close()
	b.Add("reader pulled out → told in the window", "ms", gone.all)
	b.Add("service has taken leave of the reader → told in the window", "ms", gone.told)
	b.Add("reader plugged in → told in the window", "ms", come.all)
	b.Add("service has the reader → told in the window", "ms", come.told)
}

// milliseconds is a time as performance.now with its origin has it.
func milliseconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }
