// Bench measures e-Onay. In a real browser: beside the least that the same browser can do, a bare echo extension that
// starts a host for each command; and the host beside its card and its library. Then the portal and the service: beside the
// public-key operations, and the commits, that they cannot do without. It prints a table and writes build/bench.json.
//
//	bench          all of it
//	bench window   the window's opening alone, into build/bench-window.json
//	bench pages    the first page of a PDF alone, into build/bench-pages.json
//	bench transfer large documents and many alone, into build/bench-transfer.json
//	bench judging  signatures of others alone, into build/bench-judging.json
//	bench portal   the portal alone, which needs no browser, into build/bench-portal.json
//	bench service  the service for sites in any language alone, likewise, into build/bench-service.json
package main

import (
	"os"
	"slices"

	"github.com/e-onay/e-onay/test/bench/portal"
	"github.com/e-onay/e-onay/test/bench/service"
	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
)

// bench collects what is measured in browsers and hosts.
type bench struct{ table.Table }

// inFirefox is the end of the name of what was measured there; all else is of Chromium.
const inFirefox = " (Firefox)"

func main() {
	measure := all
	switch {
	case slices.Equal(os.Args[1:], []string{"window"}):
		measure = windowAlone
	case slices.Equal(os.Args[1:], []string{"pages"}):
		measure = pagesAlone
	case slices.Equal(os.Args[1:], []string{"transfer"}):
		measure = transferAlone
	case slices.Equal(os.Args[1:], []string{"judging"}):
		measure = judgingAlone
	case slices.Equal(os.Args[1:], []string{"portal"}):
		measure = portalAlone
	case slices.Equal(os.Args[1:], []string{"service"}):
		measure = serviceAlone
	}
	if !e2e.RunStandalone(measure) {
		os.Exit(1)
	}
}

func all(t e2e.T) {
	b := &bench{}
	floor := measureFloor(t)
	b.Add("floor: page → extension → host per command → page", "ms", floor)
	w := e2e.NewWorld(t, e2e.Options{Key: testcard.P384})
	site := e2e.StartSite(t)
	b.measureStatus(w, site, "")
	b.measureWindow(w, site, "")
	b.measureRoundTrip(w, site, table.Median(floor))
	b.measureActs(t, w, site, "", table.Median(floor))
	firefox := e2e.NewWorld(t, e2e.Options{Key: testcard.P384, Firefox: true})
	b.measureStatus(firefox, site, inFirefox)
	b.measureWindow(firefox, site, inFirefox)
	b.measureActs(t, firefox, site, inFirefox, 0)
	b.measureCard(t, site)
	b.measureReader(t, site)
	b.measureHost(t, w.Env())
	b.measureMemory(t, w)
	b.measureReceive(t, w.Env())
	b.measureTransfer(t, w, site, "")
	b.measureTransfer(t, firefox, site, inFirefox)
	b.measureFirstPage(t, w, "")
	b.measureFirstPage(t, firefox, inFirefox)
	b.measureMany(t, w, site, "")
	b.measureMany(t, firefox, site, inFirefox)
	b.measureLargeFile(t, firefox, inFirefox)
	b.measureLibrary(t)
	b.measureJudging(t)
	b.measureFrames(t, w)
	b.measureSizes(t)
	portal.Measure(t, &b.Table)
	service.Measure(t, &b.Table)
	finish(t, &b.Table, "bench.json")
}

func windowAlone(t e2e.T) {
	b := &bench{}
	site := e2e.StartSite(t)
	b.measureWindow(e2e.NewWorld(t, e2e.Options{Key: testcard.P384}), site, "")
	b.measureWindow(e2e.NewWorld(t, e2e.Options{Key: testcard.P384, Firefox: true}), site, inFirefox)
	finish(t, &b.Table, "bench-window.json")
}

func portalAlone(t e2e.T) {
	b := &table.Table{}
	portal.Measure(t, b)
	finish(t, b, "bench-portal.json")
}

func serviceAlone(t e2e.T) {
	b := &table.Table{}
	service.Measure(t, b)
	finish(t, b, "bench-service.json")
}

func finish(t e2e.T, b *table.Table, name string) {
	b.Print()
	if err := b.Write(e2e.Root(), name); err != nil {
		t.Fatalf("write build/%s: %v", name, err)
	}
}
