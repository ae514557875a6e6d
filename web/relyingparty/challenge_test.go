package relyingparty_test

import (
	"errors"
	"testing"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
)

func TestMemoryChallenges(t *testing.T) {
	challengetest.Run(t, func(*testing.T) relyingparty.Challenges { return new(relyingparty.MemoryChallenges) })
}

// TestMemoryChallengesBounded checks that a full store forgets the oldest, of which a renewed one is none.
func TestMemoryChallengesBounded(t *testing.T) {
	m := &relyingparty.MemoryChallenges{Max: 3}
	for _, session := range []string{"a", "b", "c", "a", "d"} {
		if err := m.Put(t.Context(), session, relyingparty.Challenge{Nonce: session}); err != nil {
			t.Fatal(err)
		}
	}
	for _, session := range []string{"a", "c", "d"} {
		if c, err := m.Take(t.Context(), session); err != nil || c.Nonce != session {
			t.Errorf("%s: took %+v, %v", session, c, err)
		}
	}
	if _, err := m.Take(t.Context(), "b"); !errors.Is(err, relyingparty.ErrNoChallenge) {
		t.Errorf("a fourth was kept: %v", err)
	}
}
