package portal

import (
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/e-onay/e-onay/test/bench/table"
)

const (
	pages       = 4000
	pageClients = 64
)

// measurePages asks for pages, each client for the next as soon as it has one.
func measurePages(b *table.Table, w *world) {
	w.t.Helper()
	one := newPerson(w.t, w.portal.URL, w.sandbox)
	nobody := &person{portal: w.portal.URL, cookies: map[string]string{}}
	for _, page := range []struct {
		name, path string
		by         *person
	}{
		{"the first page, without login", "/", nobody},
		{"the applications of one's own", "/basvurular", one},
	} {
		var next atomic.Int64
		start := time.Now()
		together(pageClients, func() {
			for next.Add(1) <= pages {
				p := &person{portal: page.by.portal, cookies: maps.Clone(page.by.cookies)}
				if status, _, err := p.do("GET", w.portal.URL+page.path, "", nil); err != nil || status != http.StatusOK {
					w.t.Fatalf("%s: %d %v", page.path, status, err)
				}
			}
		})
		b.Add("portal: pages, "+page.name+", 64 clients", "1/s", []float64{pages / time.Since(start).Seconds()})
	}
}
