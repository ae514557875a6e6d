package portal

import (
	"fmt"

	"github.com/e-onay/e-onay/test/bench/table"
)

// sizedActs are enough for what does not grow with them, as the list itself, to be little of each.
const sizedActs = 600

// measureSize measures how much the database grows by an act whose evidence has a long list of revoked certificates. Its person has logged in and has
// their code before: what remains is the act.
func measureSize(b *table.Table, w *world, end string) {
	w.t.Helper()
	for _, list := range []struct{ conduct, size string }{{"large", "200 KB"}, {"huge", "1 MB"}} {
		w.sandbox.Misbehave("crl", list.conduct)
		w.restartPortal(nil) // which has the short list still
		acts := w.people(sizedActs, w.sandbox)
		before := w.size()
		w.sign(acts, 8)
		b.Add(fmt.Sprintf("portal: the database for each of %d acts, a list of %s%s", sizedActs, list.size, end), "KiB", []float64{(w.size() - before) / 1024 / sizedActs})
	}
	w.sandbox.Misbehave("crl", "ok")
}
