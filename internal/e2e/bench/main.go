// Bench measures e-Onay in a real browser, beside the least that the same browser can do: a bare echo
// extension that starts a host for each command; and the host beside its card and its library. It prints one table and
// writes build/bench.json.
package main

import (
	"os"

	"github.com/e-onay/e-onay/internal/e2e"
	"github.com/e-onay/e-onay/internal/testcard"
)

func main() {
	if !e2e.RunStandalone(run) {
		os.Exit(1)
	}
}

func run(t e2e.T) {
	b := &table{}
	floor := measureFloor(t)
	b.add("floor: page → extension → host per command → page", "ms", floor)
	w := e2e.NewWorld(t, e2e.Options{Key: testcard.P384})
	site := e2e.StartSite(t)
	b.measureStatus(w, site, "")
	b.measureWindow(w, site)
	b.measureRoundTrip(w, site, median(floor))
	b.measureActs(t, w, site, "", median(floor))
	firefox := e2e.NewWorld(t, e2e.Options{Key: testcard.P384, Firefox: true})
	b.measureStatus(firefox, site, inFirefox)
	b.measureActs(t, firefox, site, inFirefox, 0)
	b.measureCard(t, site)
	b.measureReader(t, site)
	b.measureHost(t, w.Env())
	b.measureMemory(t, w)
	b.measureLibrary(t)
	b.measureFrames(t, w)
	b.measureSizes(t)
	b.print()
	if err := b.write(e2e.Root()); err != nil {
		t.Fatalf("write build/bench.json: %v", err)
	}
}
