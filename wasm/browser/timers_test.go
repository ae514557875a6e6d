package browser

import (
	"maps"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/wasm/loop"
)

// clock is a browser's, which a test advances; it runs no timer by itself.
type clock struct {
	time    float64
	running map[int]func() // by the time when they are due
}

// newTimers returns a clock, timers on it, and the names of those that have elapsed.
func newTimers() (c *clock, t *timers, elapsed *[]loop.Timer) {
	c, elapsed = &clock{running: map[int]func(){}}, new([]loop.Timer)
	return c, &timers{
		now: func() float64 { return c.time },
		start: func(wait int, f func()) func() {
			due := int(c.time) + wait
			c.running[due] = f
			return func() { delete(c.running, due) }
		},
		elapsed: func(timer loop.Timer) { *elapsed = append(*elapsed, timer) },
		cancel:  map[loop.Timer]func(){},
	}, elapsed
}

// wakes runs what is due at a time, as a browser does that has had no time before.
func (c *clock) wakes(at float64) {
	c.time = at
	for _, due := range slices.Sorted(maps.Keys(c.running)) {
		if due <= int(at) {
			elapsed := c.running[due]
			delete(c.running, due)
			elapsed()
		}
	}
}

func TestTimerElapses(t *testing.T) {
	c, timers, elapsed := newTimers()
	timers.set(loop.TimerHost, 30_000)
	timers.set(loop.TimerSlow, 5_000)
	c.wakes(5_900)
	c.wakes(30_000)
	if want := []loop.Timer{loop.TimerSlow, loop.TimerHost}; !slices.Equal(*elapsed, want) {
		t.Errorf("%q have elapsed, want %q", *elapsed, want)
	}
	c.wakes(90_000)
	if len(*elapsed) != 2 || len(timers.cancel) != 0 {
		t.Errorf("%q have elapsed, %d run", *elapsed, len(timers.cancel))
	}
}

// The window was not drawn for a quarter of a minute, and the host's answer has come meanwhile: it stops the timer.
func TestLateTimerWaitsForTheAnswer(t *testing.T) {
	c, timers, elapsed := newTimers()
	timers.set(loop.TimerHost, 30_000)
	c.wakes(45_000)
	timers.set(loop.TimerHost, 0)
	c.wakes(90_000)
	if len(*elapsed) != 0 {
		t.Errorf("%q have elapsed before the answer was heard", *elapsed)
	}
}

func TestLateTimerElapsesWithoutAnAnswer(t *testing.T) {
	c, timers, elapsed := newTimers()
	timers.set(loop.TimerHost, 30_000)
	c.wakes(45_000)
	c.wakes(45_000 + grace)
	if !slices.Equal(*elapsed, []loop.Timer{loop.TimerHost}) {
		t.Errorf("%q have elapsed", *elapsed)
	}
}

func TestTimerStartsAnew(t *testing.T) {
	c, timers, elapsed := newTimers()
	timers.set(loop.TimerHost, 30_000)
	c.wakes(20_000)
	timers.set(loop.TimerHost, 30_000)
	c.wakes(30_000)
	if len(*elapsed) != 0 {
		t.Errorf("%q have elapsed by the first start", *elapsed)
	}
	c.wakes(50_000)
	if len(*elapsed) != 1 {
		t.Errorf("%q have elapsed", *elapsed)
	}
}
