package journal

import (
	"testing"
	"time"
)

// Some acts count each, many in a row no more often than a TPM's memory bears.
func TestCountsAreRationed(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := &count{Spare: burst, Refilled: begin.Unix()}
	spent := func(from time.Time, every time.Duration, n int) (counted int) {
		for i := range n {
			if c.spend(from.Add(time.Duration(i) * every)) {
				counted++
			}
		}
		return counted
	}
	if n := spent(begin, time.Second, 200); n != burst {
		t.Errorf("in a row: %d", n)
	}
	if n := spent(begin.Add(24*time.Hour), time.Hour, 40); n != 40 {
		t.Errorf("one an hour: %d of 40", n)
	}
	day := begin.Add(100 * time.Hour)
	if n := spent(day, time.Minute, 24*60); n > burst+144 || n < 144 {
		t.Errorf("one a minute, for a day: %d", n)
	}
	if n := spent(begin, time.Second, 1000); n > burst {
		t.Errorf("with the clock set back: %d", n)
	}
	if n := spent(begin.Add(refill), refill, 10); n < 9 {
		t.Errorf("after that: %d of 10", n)
	}
}
