package challenges_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// opener makes a database. Each call of what it returns opens that database as another process does, until the test ends.
type opener func(t *testing.T) func() challenges.Store

// contract proves what a Store promises.
func contract(t *testing.T, open opener) {
	for name, run := range map[string]func(t *testing.T, open opener){
		"used once": usedOnce, "one secret": oneSecret, "purge": purge, "values out of range": outOfRange, "cancelled": cancelled,
	} {
		t.Run(name, func(t *testing.T) { run(t, open) })
	}
}

// closing closes a store when the test ends.
func closing(t *testing.T, s challenges.Store, err error) challenges.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// inTurn asks one process after the other.
type inTurn struct {
	stores []challenges.Store
	asked  atomic.Int32
}

func (s *inTurn) Use(ctx context.Context, digest string, until time.Time) error {
	return s.stores[int(s.asked.Add(1))%len(s.stores)].Use(ctx, digest, until)
}

// usedOnce proves the contract of used challenges where each question goes to another process.
func usedOnce(t *testing.T, open opener) {
	challengetest.Run(t, func(t *testing.T) relyingparty.UsedChallenges {
		process := open(t)
		return &inTurn{stores: []challenges.Store{process(), process()}}
	})
}

// oneSecret opens a database by several processes at once, which must agree on its secret.
func oneSecret(t *testing.T, open opener) {
	process := open(t)
	var secrets [8][]byte
	var group sync.WaitGroup
	for i := range secrets {
		group.Go(func() {
			var err error
			if secrets[i], err = process().Secret(t.Context()); err != nil || len(secrets[i]) != challenges.SecretSize {
				t.Errorf("secret of %d bytes, %v", len(secrets[i]), err)
			}
		})
	}
	group.Wait()
	for _, secret := range secrets[1:] {
		if !bytes.Equal(secret, secrets[0]) {
			t.Error("processes of one database have different secrets")
		}
	}
	if other, err := open(t)().Secret(t.Context()); err != nil || bytes.Equal(other, secrets[0]) {
		t.Errorf("two databases have one secret; %v", err)
	}
}

// purge checks that the purge forgets what is over, and nothing else.
func purge(t *testing.T, open opener) {
	s := open(t)()
	now := time.Now()
	over, kept := strings.Repeat("a", 64), strings.Repeat("b", 64)
	for digest, until := range map[string]time.Time{over: now.Add(-time.Second), kept: now.Add(time.Second)} {
		if err := s.Use(t.Context(), digest, until); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Ping(t.Context()), s.Ping(t.Context()), s.Purge(t.Context(), now)); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), over, now.Add(time.Hour)); err != nil {
		t.Errorf("what is over is still kept: %v", err)
	}
	if err := s.Use(t.Context(), kept, now.Add(time.Hour)); !errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("the purge forgot what is not over: %v", err)
	}
}

// outOfRange gives a store what is no digest.
func outOfRange(t *testing.T, open opener) {
	s := open(t)()
	for name, digest := range map[string]string{"empty": "", "short": strings.Repeat("a", 63), "long": strings.Repeat("a", 65)} {
		if err := s.Use(t.Context(), digest, time.Now().Add(time.Hour)); err == nil || errors.Is(err, relyingparty.ErrChallengeUsed) {
			t.Errorf("a digest that is %s: %v", name, err)
		}
	}
}

// cancelled checks that who has left waits for nothing, and uses nothing.
func cancelled(t *testing.T, open opener) {
	s := open(t)()
	left, leave := context.WithCancel(t.Context())
	leave()
	digest := strings.Repeat("c", 64)
	for name, err := range map[string]error{"use": s.Use(left, digest, time.Now().Add(time.Hour)), "ping": s.Ping(left)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	if err := s.Use(t.Context(), digest, time.Now().Add(time.Hour)); err != nil {
		t.Errorf("used by who had left: %v", err)
	}
}
