package browser

import "github.com/e-onay/e-onay/wasm/loop"

// A timer that comes later than late counts for nothing: the browser had no time for this window, as while it lays out a
// document that is hard to lay out, and the answer that is waited for may stand in line behind the timer. It is given grace
// to be heard.
const (
	late  = 1_000 // milliseconds
	grace = 2_000 // milliseconds
)

// timers are those of a window, one of each name. What they need of the browser is given to them, so that they can be tested
// without one.
type timers struct {
	now     func() float64                                 // milliseconds, by a clock that nobody sets
	start   func(wait int, elapsed func()) (cancel func()) // calls elapsed after wait milliseconds, or later, once
	elapsed func(loop.Timer)
	cancel  map[loop.Timer]func() // of those that run
}

// set starts a timer, or starts it anew; a wait of 0 stops it.
func (t *timers) set(timer loop.Timer, wait int) {
	if cancel, ok := t.cancel[timer]; ok {
		cancel()
		delete(t.cancel, timer)
	}
	if wait == 0 {
		return
	}
	due := t.now() + float64(wait)
	t.cancel[timer] = t.start(wait, func() {
		delete(t.cancel, timer)
		if t.now() > due+late {
			t.set(timer, grace)
			return
		}
		t.elapsed(timer)
	})
}
