package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
)

// TestLoginChallenges proves the contract, also where each question goes to another process of the portal.
func TestLoginChallenges(t *testing.T) {
	challengetest.Run(t, func(t *testing.T) relyingparty.Challenges {
		path := filepath.Join(t.TempDir(), "portal.db")
		return &inTurn{stores: []relyingparty.Challenges{open(t, path).LoginChallenges(), open(t, path).LoginChallenges()}}
	})
}

// inTurn asks one process after the other.
type inTurn struct {
	stores []relyingparty.Challenges
	asked  atomic.Int32
}

func (s *inTurn) next() relyingparty.Challenges { return s.stores[int(s.asked.Add(1))%len(s.stores)] }

func (s *inTurn) Put(ctx context.Context, session string, c relyingparty.Challenge) error {
	return s.next().Put(ctx, session, c)
}

func (s *inTurn) Take(ctx context.Context, session string) (relyingparty.Challenge, error) {
	return s.next().Take(ctx, session)
}

// TestLoginChallengesBounded checks that a full store forgets the oldest, of which a renewed one is none.
func TestLoginChallengesBounded(t *testing.T) {
	s := sqlite.LoginChallengesOf(open(t, filepath.Join(t.TempDir(), "portal.db")), 3)
	for _, session := range []string{"b", "a", "c", "a", "d", "e"} {
		if err := s.Put(t.Context(), session, relyingparty.Challenge{Nonce: session}); err != nil {
			t.Fatal(err)
		}
	}
	for session, want := range map[string]error{"a": nil, "b": relyingparty.ErrNoChallenge, "c": relyingparty.ErrNoChallenge, "d": nil, "e": nil} {
		if c, err := s.Take(t.Context(), session); !errors.Is(err, want) || want == nil && c.Nonce != session {
			t.Errorf("%s: took %+v, %v, want %v", session, c, err, want)
		}
	}
}

// TestLoginChallengesPurged checks that what nobody answered is forgotten in time, and what is open is not.
func TestLoginChallengesPurged(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "portal.db"))
	now := time.Now()
	for session, expires := range map[string]time.Time{"old": now.Add(-time.Hour), "open": now.Add(time.Minute)} {
		if err := s.LoginChallenges().Put(t.Context(), session, relyingparty.Challenge{Nonce: session, Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Purge(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for session, want := range map[string]error{"old": relyingparty.ErrNoChallenge, "open": nil} {
		if _, err := s.LoginChallenges().Take(t.Context(), session); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", session, err, want)
		}
	}
}
