package portal_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestAtOnce posts many signatures for one code, and one each in many sessions of one person.
func TestAtOnce(t *testing.T) {
	const tabs = 8
	t.Run("one code", func(t *testing.T) {
		s := newSite(t, nil)
		person := s.person(ayse)
		shown := person.toCode()
		raceTo(t, tabs, func(int) (*browser, act) { return person, shown }, refusal.CodeUsed)
	})
	t.Run("one person", func(t *testing.T) {
		s := newSite(t, nil)
		raceTo(t, tabs, func(int) (*browser, act) {
			b := s.person(ayse)
			return b, b.toCode()
		}, refusal.ActNotPossible, refusal.SignaturePending)
		s.recorded(ayse, store.Give)
	})
}

func raceTo(t *testing.T, n int, tab func(int) (*browser, act), losers ...fault.Code) {
	t.Helper()
	people, acts := make([]*browser, n), make([]act, n)
	for i := range n {
		people[i], acts[i] = tab(i)
	}
	oneWon(t, atOnce(n, func(i int) answer {
		return people[i].another().sign(acts[i].reference, []byte{byte(i)})
	}), http.StatusConflict, losers...)
}

// atOnce returns what was answered to n requests made at once.
func atOnce(n int, request func(i int) answer) []answer {
	var group sync.WaitGroup
	answers, start := make([]answer, n), make(chan struct{})
	for i := range n {
		group.Go(func() { <-start; answers[i] = request(i) })
	}
	close(start)
	group.Wait()
	return answers
}

// oneWon checks that one of the answers is a success and the others are refused with one of these codes, and returns which,
// or -1.
func oneWon(t *testing.T, answers []answer, status int, losers ...fault.Code) (winner int) {
	t.Helper()
	won := 0
	winner = -1
	for i, a := range answers {
		if a.status == http.StatusOK {
			won++
			winner = i
		} else if a.status != status || !slices.Contains(losers, a.code()) {
			t.Errorf("got %d %q, want %d and one of %q", a.status, a.code(), status, losers)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
	return winner
}
