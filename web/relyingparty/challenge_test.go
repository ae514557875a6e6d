package relyingparty_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
)

func TestUsedInMemory(t *testing.T) {
	challengetest.Run(t, func(*testing.T) relyingparty.UsedChallenges { return relyingparty.UsedInMemory(1000) })
}

// TestUsedInMemoryIsBounded: a full store forgets what is over, and refuses rather than forget what is not.
func TestUsedInMemoryIsBounded(t *testing.T) {
	s, now := relyingparty.UsedInMemory(3), time.Now()
	for i, until := range []time.Time{now.Add(time.Hour), now.Add(-time.Second), now.Add(time.Hour), now.Add(time.Hour)} {
		if err := s.Use(t.Context(), fmt.Sprint(i), until); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := s.Use(t.Context(), "more", now.Add(time.Hour)); err == nil || errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("one more than there is room for: %v", err)
	}
	for _, i := range []int{0, 2, 3} {
		if err := s.Use(t.Context(), fmt.Sprint(i), now.Add(time.Hour)); !errors.Is(err, relyingparty.ErrChallengeUsed) {
			t.Errorf("%d was forgotten: %v", i, err)
		}
	}
}
