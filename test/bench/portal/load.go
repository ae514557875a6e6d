package portal

import (
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/e-onay/e-onay/test/e2e"
)

// ready is an act that its person has signed and not sent yet.
type ready struct {
	person *person
	body   []byte
}

// measured is what a stage came to.
type measured struct {
	clients   int
	perSecond float64
	times     []float64 // milliseconds, of each act
	processor float64   // milliseconds of the portal, for each act
}

// retryPause is that of a page that was told to come again.
const retryPause = time.Second

// preparers is how many people come to their signature at once.
const preparers = 4

// people logs in so many people with an authority's cards, and has each sign an act.
func (w *world) people(n int, authority *e2e.Sandbox) []ready {
	w.t.Helper()
	all := make([]ready, n)
	var next atomic.Int64
	together(preparers, func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			p := newPerson(w.t, w.portal.URL, authority)
			p.approve(w.t)
			all[i] = ready{p, p.signed(w.t, p)}
		}
	})
	for _, r := range all {
		if r.body == nil {
			w.t.Fatalf("not everybody came to their signature:\n%s", last(w.portal.Log()))
		}
	}
	return all
}

// sign has clients send the acts, each the next one as soon as its own is recorded.
func (w *world) sign(acts []ready, clients int) measured {
	w.t.Helper()
	var mu sync.Mutex
	var next atomic.Int64
	m := measured{clients: clients}
	processor, start := processorOf(w.t, w.portal.PID()), time.Now()
	together(clients, func() {
		for i := int(next.Add(1)) - 1; i < len(acts); i = int(next.Add(1)) - 1 {
			began := time.Now()
			status, answer, err := acts[i].person.send(acts[i].body)
			took := ms(time.Since(began))
			if err != nil || status/100 != 2 {
				w.t.Fatalf("a signature: %d %s %v", status, answer, err)
			}
			mu.Lock()
			m.times = append(m.times, took)
			mu.Unlock()
		}
	})
	elapsed := time.Since(start)
	if len(m.times) != len(acts) {
		w.t.Fatalf("%d of %d acts were recorded", len(m.times), len(acts))
	}
	m.perSecond = float64(len(acts)) / elapsed.Seconds()
	m.processor = (processorOf(w.t, w.portal.PID()) - processor) / float64(len(acts))
	return m
}

// underAttack signs while many people whose authority's responder hangs try again and again, as their pages do, and one
// person floods with as many connections, without a pause.
func (w *world) underAttack(acts, clients int) measured {
	const hanging, flooding = 32, 32
	silent := w.anotherAuthority()
	good := w.people(acts, w.sandbox)
	stuck := w.people(hanging, silent)
	flooder := w.people(1, w.sandbox)[0]
	stolen := flooder.person.signed(w.t, stuck[0].person) // another person's, so that it never ends the flood
	silent.Misbehave("ocsp", "hang")
	over := make(chan struct{})
	var attackers sync.WaitGroup
	attack := func(p *person, body []byte, pause time.Duration) {
		p = &person{portal: p.portal, cookies: maps.Clone(p.cookies)}
		attackers.Go(func() {
			for !isClosed(over) {
				_, _, _ = p.send(body) // whatever the portal says
				select {
				case <-over:
				case <-time.After(pause):
				}
			}
		})
	}
	for _, s := range stuck {
		attack(s.person, s.body, retryPause)
	}
	for range flooding {
		attack(flooder.person, stolen, 0)
	}
	m := w.sign(good, clients)
	close(over)
	attackers.Wait()
	return m
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// together runs n of f at once, to their end.
func together(n int, f func()) {
	var group sync.WaitGroup
	for range n {
		group.Go(f)
	}
	group.Wait()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// refusals counts what answers said, so that a row tells what was measured.
type refusals struct {
	mu sync.Mutex
	of map[int]int
}

func (r *refusals) count(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[int]int{}
	}
	r.of[status]++
}

// only fails unless all answers were of these, or connections that the portal did not take.
func (r *refusals) only(t e2e.T, statuses ...int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := maps.Clone(r.of)
	for _, status := range append(statuses, 0) {
		delete(rest, status)
	}
	if len(rest) > 0 || r.of[http.StatusOK] > 0 {
		t.Fatalf("the portal answered %v", r.of)
	}
}
