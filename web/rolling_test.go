package main

import (
	"cmp"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
)

// failures counts what people's requests come to: how many there were, and how many the proxy or a portal has failed, by status; 0 is no answer at all.
type failures struct {
	next     http.RoundTripper
	mu       sync.Mutex
	requests int
	failed   map[int]int
}

// RoundTrip implements http.RoundTripper.
func (f *failures) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := f.next.RoundTrip(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	switch {
	case err != nil:
		f.failed[0]++
	case response.StatusCode >= 500:
		f.failed[response.StatusCode]++
	}
	return response, err
}

// TestRollingUpgrade replaces three portals behind nginx one after the other while people sign, apply, pay and cancel, as docs/operation/postgresql.md has it:
// the new program migrates the database under the old portals, one of which is started again on the new schema, then portals of both versions serve
// at once. Nothing is lost, and the audit of the new program finds nothing.
//
// The old program is the one that OLD_WEB names, as `make rolling` has it; without it, this program is replaced by itself.
func TestRollingUpgrade(t *testing.T) {
	drill(t)
	old := cmp.Or(os.Getenv("OLD_WEB"), thisProgram)
	s := newSeveral(t, old, 3)
	seen := &failures{next: s.client.Transport, failed: map[int]int{}}
	s.client.Transport = seen
	answered, finish := s.threeSign(s.url)
	ended, settle := s.threeBuy()
	goesOn := func() {
		t.Helper()
		s.until("five more signatures are answered", func(before int64) bool { return answered.Load() >= before+5 }, answered.Load())
		s.until("two more applications have ended", func(before int64) bool { return ended.Load() >= before+2 }, ended.Load())
	}
	replace := func(one int) {
		t.Helper()
		if status := s.portals[one].end(syscall.SIGTERM); status != 0 {
			t.Errorf("told to stop, a portal ended with %d\n%s", status, &s.portals[one].log)
		}
		s.begin(one)
		goesOn()
	}
	goesOn()
	s.program = thisProgram
	s.migrate()
	goesOn()
	s.program = old
	replace(0)
	s.program = thisProgram
	for one := range s.portals {
		replace(one)
	}
	settle()
	s.settled(finish())
	s.moneyWentBack(ended.Load())
	if _, r := s.audit(); r.Findings > 0 || r.Acts == 0 {
		t.Errorf("%+v", r)
	}
	t.Logf("%d requests; failed by status: %v", seen.requests, seen.failed)
}
