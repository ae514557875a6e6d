// Package challengetest proves that an implementation keeps the contract of relyingparty.Challenges.
package challengetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// Run runs the suite. open returns a store without content; it is called once for each test and closes the store when
// that test ends. Where a site has several processes it may return one that asks another process each time.
func Run(t *testing.T, open func(t *testing.T) relyingparty.Challenges) {
	for name, run := range map[string]func(t *testing.T, s relyingparty.Challenges){
		"taken once":             takenOnce,
		"a new one ends the old": replaced,
		"sessions are apart":     apart,
		"many at once":           atOnce,
		"many sessions at once":  sessionsAtOnce,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// session returns a key of the form that Login uses, with every digit that it may have.
func session(n int) string { return fmt.Sprintf("%048x", n) + "0123456789abcdef" }

// expires is the same for all, also when a test lasts into the next second.
var expires = time.Now().Add(time.Hour).UTC().Truncate(time.Second)

// challenge returns one of the longest nonces that there are.
func challenge(n int) relyingparty.Challenge {
	return relyingparty.Challenge{
		Nonce:   fmt.Sprintf("%08d", n) + strings.Repeat("+/", 17) + "8=",
		Expires: expires,
	}
}

func put(t *testing.T, s relyingparty.Challenges, session string, c relyingparty.Challenge) {
	t.Helper()
	if err := s.Put(t.Context(), session, c); err != nil {
		t.Errorf("put: %v", err)
	}
}

func wantTaken(t *testing.T, s relyingparty.Challenges, session string, want relyingparty.Challenge) {
	t.Helper()
	got, err := s.Take(t.Context(), session)
	if err != nil || got.Nonce != want.Nonce || !got.Expires.Equal(want.Expires) {
		t.Errorf("took %+v, %v, want %+v", got, err, want)
	}
}

func wantNone(t *testing.T, s relyingparty.Challenges, session string) {
	t.Helper()
	got, err := s.Take(t.Context(), session)
	if !errors.Is(err, relyingparty.ErrNoChallenge) || got != (relyingparty.Challenge{}) {
		t.Errorf("took %+v, %v, want ErrNoChallenge", got, err)
	}
}

func takenOnce(t *testing.T, s relyingparty.Challenges) {
	wantNone(t, s, session(1))
	put(t, s, session(1), challenge(1))
	wantTaken(t, s, session(1), challenge(1))
	wantNone(t, s, session(1))
	put(t, s, session(1), challenge(2))
	wantTaken(t, s, session(1), challenge(2))
}

func replaced(t *testing.T, s relyingparty.Challenges) {
	put(t, s, session(1), challenge(1))
	put(t, s, session(1), challenge(2))
	wantTaken(t, s, session(1), challenge(2))
	wantNone(t, s, session(1))
}

func apart(t *testing.T, s relyingparty.Challenges) {
	put(t, s, session(1), challenge(1))
	put(t, s, session(2), challenge(2))
	wantNone(t, s, session(3))
	wantTaken(t, s, session(2), challenge(2))
	wantTaken(t, s, session(1), challenge(1))
}

// many is how many ask at once.
const many = 100

func atOnce(t *testing.T, s relyingparty.Challenges) {
	put(t, s, session(1), challenge(1))
	var won atomic.Int32
	together(func(int) {
		_, err := s.Take(t.Context(), session(1))
		switch {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, relyingparty.ErrNoChallenge):
			t.Errorf("take: %v, want ErrNoChallenge", err)
		}
	})
	if n := won.Load(); n != 1 {
		t.Errorf("%d took the challenge, want 1", n)
	}
}

func sessionsAtOnce(t *testing.T, s relyingparty.Challenges) {
	together(func(i int) {
		put(t, s, session(i), challenge(i))
		put(t, s, session(i), challenge(many+i))
		wantTaken(t, s, session(i), challenge(many+i))
		wantNone(t, s, session(i))
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
