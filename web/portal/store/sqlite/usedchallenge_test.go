package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
)

// TestUsedChallenges proves the contract, also where each question goes to another process of the portal.
func TestUsedChallenges(t *testing.T) {
	challengetest.Run(t, func(t *testing.T) relyingparty.UsedChallenges {
		path := filepath.Join(t.TempDir(), "portal.db")
		return &inTurn{stores: []relyingparty.UsedChallenges{open(t, path).UsedChallenges(), open(t, path).UsedChallenges()}}
	})
}

// inTurn asks one process after the other.
type inTurn struct {
	stores []relyingparty.UsedChallenges
	asked  atomic.Int32
}

func (s *inTurn) Use(ctx context.Context, digest string, until time.Time) error {
	return s.stores[int(s.asked.Add(1))%len(s.stores)].Use(ctx, digest, until)
}

// TestUsedChallengesPurged checks that the purge forgets what is over, and nothing else.
func TestUsedChallengesPurged(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "portal.db"))
	now := time.Now()
	over, kept := strings.Repeat("a", 64), strings.Repeat("b", 64)
	must(t, s.UsedChallenges().Use(t.Context(), over, now.Add(-time.Second)))
	must(t, s.UsedChallenges().Use(t.Context(), kept, now.Add(time.Second)))
	must(t, s.Purge(t.Context(), now))
	must(t, s.UsedChallenges().Use(t.Context(), over, now.Add(time.Hour)))
	if err := s.UsedChallenges().Use(t.Context(), kept, now.Add(time.Hour)); !errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("the purge forgot what is not over: %v", err)
	}
}
