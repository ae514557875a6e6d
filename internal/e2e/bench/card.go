package main

import (
	"time"

	"github.com/e-onay/e-onay/internal/e2e"
	"github.com/e-onay/e-onay/internal/testcard"
)

// measureCard measures from a card's coming to the certificates in a window that waits for it: from the
// moment it is in the reader, and from when the smart card service tells of it, which asks this reader every
// 400 ms.
func (b *table) measureCard(t e2e.T, site *e2e.Site) {
	if err := e2e.VirtualReader(); err != nil {
		t.Logf("no virtual reader, so nothing is measured with one: %v", err)
		return
	}
	w := e2e.NewWorld(t, e2e.Options{Virtual: true, NoCard: true, Key: testcard.P384})
	page := w.Browser.NewPage(site.URL)
	press(page, outcome)
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
	b.add("card in the reader → certificates in the window", "ms", inserted)
	b.add("service tells of the card → certificates in the window", "ms", told)
}

// milliseconds is a time as performance.now with its origin has it.
func milliseconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }
