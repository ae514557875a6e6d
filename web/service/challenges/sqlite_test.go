package challenges_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
	"github.com/e-onay/e-onay/web/service/challenges"
)

func open(t *testing.T, path string) *challenges.SQLite {
	t.Helper()
	s, err := challenges.OpenSQLite(t.Context(), path)
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

// TestUsedOnce proves the contract of used challenges, also where each question goes to another process.
func TestUsedOnce(t *testing.T) {
	challengetest.Run(t, func(t *testing.T) relyingparty.UsedChallenges {
		path := filepath.Join(t.TempDir(), "rp.db")
		return &inTurn{stores: []challenges.Store{open(t, path), open(t, path)}}
	})
}

func TestSecretStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rp.db")
	var secrets [3][]byte
	for i, s := range []challenges.Store{open(t, path), open(t, path), open(t, filepath.Join(t.TempDir(), "other.db"))} {
		var err error
		if secrets[i], err = s.Secret(t.Context()); err != nil || len(secrets[i]) != challenges.SecretSize {
			t.Fatalf("secret of %d bytes, %v", len(secrets[i]), err)
		}
	}
	if !bytes.Equal(secrets[0], secrets[1]) || bytes.Equal(secrets[0], secrets[2]) {
		t.Error("want one secret for each database")
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the database has mode %v, %v", info.Mode(), err)
	}
}

// TestPurge checks that the purge forgets what is over, and nothing else.
func TestPurge(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "rp.db"))
	now := time.Now()
	over, kept := strings.Repeat("a", 64), strings.Repeat("b", 64)
	for digest, until := range map[string]time.Time{over: now.Add(-time.Second), kept: now.Add(time.Second)} {
		if err := s.Use(t.Context(), digest, until); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Ping(t.Context()), s.Purge(t.Context(), now)); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), over, now.Add(time.Hour)); err != nil {
		t.Errorf("what is over is still kept: %v", err)
	}
	if err := s.Use(t.Context(), kept, now.Add(time.Hour)); !errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("the purge forgot what is not over: %v", err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rp.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("PRAGMA user_version = 2")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err := challenges.OpenSQLite(t.Context(), path); err == nil {
		s.Close()
		t.Error("a database of a newer program was opened")
	}
}
