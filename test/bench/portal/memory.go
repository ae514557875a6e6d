package portal

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

const (
	garbagePosts   = 3000
	garbageSize    = 128 << 10 // bytes of a signature that is none
	garbagePeople  = 100
	garbageClients = 1500
)

// measureMemory measures a portal's memory before and under thousands of large posts of garbage, each time of a new
// process: by one person, by many, and by nobody who is logged in.
func measureMemory(t e2e.T, b *table.Table) {
	w := newWorld(t)
	own := signatureBody(t, "0000-0000-0000-0000", make([]byte, garbageSize))
	login := encode(t, map[string]string{"nonce": strings.Repeat("A", 96), "token": strings.Repeat("x", 32<<10)})
	var people []*person
	for range garbagePeople {
		people = append(people, newPerson(t, w.portal.URL, w.sandbox))
	}
	nobody := []*person{{portal: w.portal.URL, cookies: map[string]string{"kart": strings.Repeat("A", 43)}}}
	for _, flood := range []struct {
		name string
		path string
		body []byte
		by   []*person
	}{
		{"one person's 3,000 signatures of garbage", "/nes/e-onay/imza", own, people[:1]},
		{"a hundred people's 3,000 signatures of garbage", "/nes/e-onay/imza", own, people},
		{"3,000 logins of garbage", "/giris/kart/e-imza", login, nobody},
	} {
		w.restartPortal(nil)
		before, _ := residentOf(t, w.portal.PID())
		w.flood(flood.path, flood.body, flood.by)
		_, most := residentOf(t, w.portal.PID())
		b.Add("portal: resident memory, "+flood.name, "MiB", []float64{most}).Against(before)
	}
}

// flood has people post the same many times, as many at once as the machine takes.
func (w *world) flood(path string, body []byte, people []*person) {
	var next atomic.Int64
	var got refusals
	together(garbageClients, func() {
		for i := next.Add(1); i <= garbagePosts; i = next.Add(1) {
			p := people[int(i)%len(people)]
			p = &person{portal: p.portal, cookies: maps.Clone(p.cookies)}
			status, _, _ := p.do("POST", w.portal.URL+path, "application/json", body) // a connection may be refused
			got.count(status)
		}
	})
	got.only(w.t, http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized, http.StatusServiceUnavailable,
		http.StatusUnprocessableEntity, http.StatusBadRequest)
}
