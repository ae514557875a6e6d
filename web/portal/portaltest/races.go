package portaltest

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
)

// AtOnce returns what was answered to n requests made at once.
func AtOnce(n int, request func(i int) Answer) []Answer {
	var group sync.WaitGroup
	answers, start := make([]Answer, n), make(chan struct{})
	for i := range n {
		group.Go(func() { <-start; answers[i] = request(i) })
	}
	close(start)
	group.Wait()
	return answers
}

// OneWon checks that one of the answers is a success and the others are refused with one of these codes, and returns which,
// or -1.
func OneWon(t *testing.T, answers []Answer, status int, losers ...fault.Code) (winner int) {
	t.Helper()
	won := 0
	winner = -1
	for i, a := range answers {
		if a.Status == http.StatusOK {
			won++
			winner = i
		} else if a.Status != status || !slices.Contains(losers, a.Code()) {
			t.Errorf("got %d %q, want %d and one of %q", a.Status, a.Code(), status, losers)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
	return winner
}
