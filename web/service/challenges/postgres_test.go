package challenges_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/service/challenges"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

func TestPostgres(t *testing.T) {
	contract(t, func(t *testing.T) func() challenges.Store {
		database := pgtest.Database(t)
		return func() challenges.Store { return openPostgres(t, database) }
	})
}

func openPostgres(t *testing.T, database string) challenges.Store {
	t.Helper()
	s, err := challenges.OpenPostgres(t.Context(), database, false)
	return closing(t, s, err)
}

// execute runs statements in a database, as its administrator does.
func execute(t *testing.T, database, statements string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(t.Context(), statements)
	if err := errors.Join(err, db.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresRefusesNewerDatabase(t *testing.T) {
	database := pgtest.Database(t)
	openPostgres(t, database)
	openPostgres(t, database) // of this version
	execute(t, database, "UPDATE eonay_rp.version SET number = 2")
	if s, err := challenges.OpenPostgres(t.Context(), database, false); err == nil {
		s.Close()
		t.Error("a database of a newer program was opened")
	}
}

// TestPostgresRole opens a database by a role that may make no schema, in one that was made for it.
func TestPostgresRole(t *testing.T) {
	database := pgtest.Database(t)
	execute(t, database, "CREATE ROLE rp LOGIN; CREATE SCHEMA eonay_rp AUTHORIZATION rp")
	if err := openPostgres(t, database+" user=rp").Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPostgresPurgesMany has the purge go on after its first statement.
func TestPostgresPurgesMany(t *testing.T) {
	database := pgtest.Database(t)
	s := openPostgres(t, database)
	execute(t, database, `INSERT INTO eonay_rp.used_challenge (digest, keep_until)
		SELECT lpad(to_hex(n), 64, '0'), CASE WHEN n <= 12000 THEN now() - interval '1 s' ELSE now() + interval '1 h' END FROM generate_series(1, 12001) n`)
	// Far ahead is a process whose clock is wrong.
	if err := s.Purge(t.Context(), time.Now().Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	execute(t, database, "DO $$ BEGIN ASSERT (SELECT count(*) FROM eonay_rp.used_challenge) = 1; END $$")
}

// TestPostgresLocked checks that a statement which the database holds up ends by itself.
func TestPostgresLocked(t *testing.T) {
	t.Parallel() // it waits
	database := pgtest.Database(t)
	s := openPostgres(t, database)
	db, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	if _, err := db.Exec(t.Context(), "BEGIN; LOCK TABLE eonay_rp.used_challenge"); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), digest(1), time.Now().Add(time.Hour)); err == nil || errors.Is(err, relyingparty.ErrChallengeUsed) {
		t.Errorf("%v, want that the time is over", err)
	}
	if _, err := db.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), digest(1), time.Now().Add(time.Hour)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func digest(n int) string { return fmt.Sprintf("%064x", n) }

// TestPostgresCrashes kills the server while two processes use challenges, each of which both want, and starts it again. Whoever was told that
// a challenge is theirs is the only one, also after the crash; the others are refused; both processes go on by themselves.
func TestPostgresCrashes(t *testing.T) {
	const most, before = 100_000, 200 // the server is killed once so many are used
	database := pgtest.Database(t)
	stores := []challenges.Store{openPostgres(t, database), openPostgres(t, database)}
	until := time.Now().Add(time.Hour)
	var mu sync.Mutex
	won, last := map[int]int{}, 0
	var failed []error
	enough, over := make(chan struct{}), make(chan struct{})
	// use reports whether the database has answered.
	use := func(s challenges.Store, n int) bool {
		err := s.Use(t.Context(), digest(n), until)
		mu.Lock()
		defer mu.Unlock()
		last = max(last, n)
		switch {
		case err == nil:
			if won[n]++; won[n] == 1 && len(won) == before {
				close(enough)
			}
		case !errors.Is(err, relyingparty.ErrChallengeUsed):
			failed = append(failed, err)
			return false
		}
		return true
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := i / 2; n < most && use(stores[i%2], n); n += 4 {
			}
		})
	}
	go func() { group.Wait(); close(over) }()
	select {
	case <-enough:
	case <-over: // all clients were refused before that, and nothing would close enough
		t.Fatalf("%d used, and then: %v", len(won), errors.Join(failed...))
	}
	pgtest.Crash(t)
	<-over
	if err := stores[0].Ping(t.Context()); err == nil {
		t.Error("a database that is away is said to be well")
	}
	pgtest.Start(t)
	for n := range last + 1 {
		again := 0
		for _, s := range stores {
			err := s.Use(t.Context(), digest(n), until)
			if err == nil {
				again++
			} else if !errors.Is(err, relyingparty.ErrChallengeUsed) {
				t.Fatalf("challenge %d after the crash: %v", n, err)
			}
		}
		if won[n]+again > 1 {
			t.Fatalf("challenge %d was used %d times, and %d times after the crash", n, won[n], again)
		}
	}
	t.Logf("%d of %d used before the crash", len(won), last+1)
}
