// Package challengetest proves that an implementation keeps the contract of relyingparty.UsedChallenges.
package challengetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// Run runs the suite. open returns a store without content; it is called once for each test and closes the store when
// that test ends. Where a site has several processes it may return one that asks another process each time.
func Run(t *testing.T, open func(t *testing.T) relyingparty.UsedChallenges) {
	for name, run := range map[string]func(t *testing.T, s relyingparty.UsedChallenges){
		"used once":          usedOnce,
		"challenges apart":   apart,
		"one at once":        atOnce,
		"many apart at once": apartAtOnce,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// digest returns one of the form that Login uses, with every digit that it may have.
func digest(n int) string { return fmt.Sprintf("%048x", n) + "0123456789abcdef" }

// use returns what the store says of a challenge that must be kept for another hour.
func use(t *testing.T, s relyingparty.UsedChallenges, n int) error {
	return s.Use(t.Context(), digest(n), time.Now().Add(time.Hour))
}

func want(t *testing.T, s relyingparty.UsedChallenges, n int, want error) {
	t.Helper()
	if err := use(t, s, n); !errors.Is(err, want) {
		t.Errorf("challenge %d: %v, want %v", n, err, want)
	}
}

func usedOnce(t *testing.T, s relyingparty.UsedChallenges) {
	want(t, s, 1, nil)
	for range 3 {
		want(t, s, 1, relyingparty.ErrChallengeUsed)
	}
	// Another end does not make it another challenge.
	if err := s.Use(t.Context(), digest(1), time.Now().Add(2*time.Hour)); !errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("with a later end: %v, want %v", err, relyingparty.ErrChallengeUsed)
	}
}

func apart(t *testing.T, s relyingparty.UsedChallenges) {
	want(t, s, 1, nil)
	want(t, s, 2, nil)
	want(t, s, 1, relyingparty.ErrChallengeUsed)
	want(t, s, 2, relyingparty.ErrChallengeUsed)
}

// many is how many ask at once.
const many = 100

func atOnce(t *testing.T, s relyingparty.UsedChallenges) {
	var won atomic.Int32
	together(func(int) {
		switch err := use(t, s, 1); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, relyingparty.ErrChallengeUsed):
			t.Errorf("%v, want %v", err, relyingparty.ErrChallengeUsed)
		}
	})
	if n := won.Load(); n != 1 {
		t.Errorf("%d used the challenge, want 1", n)
	}
}

func apartAtOnce(t *testing.T, s relyingparty.UsedChallenges) {
	together(func(i int) {
		want(t, s, i, nil)
		want(t, s, i, relyingparty.ErrChallengeUsed)
	})
}

// together runs f(0) … f(many−1) at once.
func together(f func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range many {
		group.Go(func() { <-start; f(i) })
	}
	close(start)
	group.Wait()
}
