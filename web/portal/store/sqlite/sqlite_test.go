package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/storetest"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "a name with ?&#%20.db"))
	})
}

// raw opens the file beside the store, as another program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		if got := s.Pragma(t.Context(), pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	open(t, path) // two processes
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	if _, err := raw(t, path).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v, want a refusal of version 99", err)
	}
}

func TestNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Error("opened a file that is no database")
	}
}

func TestRecordsCannotBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	open(t, path)
	db := raw(t, path)
	const release = `puk_release (reference, citizen_number, card, machine, claim, claim_signature, issued_at)`
	for _, statement := range []string{
		`INSERT INTO act VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`INSERT INTO evidence VALUES ('A', 'crl', 1, x'03')`,
		`INSERT INTO ` + release + ` VALUES ('P', '10000000146', 'S', 'M', x'01', x'02', 3)`,
		`INSERT INTO ` + release + ` VALUES ('Q', '10000000146', 'S', 'M', x'01', x'02', 3)`,
		`UPDATE puk_release SET outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'Q'`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		`UPDATE act SET name = 'MEHMET'`, `DELETE FROM act`,
		`UPDATE evidence SET der = x'04'`, `DELETE FROM evidence`,
		`INSERT INTO act VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // a second first act
		`INSERT INTO act VALUES ('B', '10000000146', 2, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // given twice
		`REPLACE INTO act VALUES ('A', '11111111110', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`REPLACE INTO act VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`REPLACE INTO evidence VALUES ('A', 'crl', 1, x'04')`,
		`DELETE FROM puk_release`,
		`UPDATE puk_release SET outcome = 'pin_locked' WHERE reference = 'Q'`,
		`UPDATE puk_release SET outcome = NULL, report = NULL, report_signature = NULL, reported_at = NULL WHERE reference = 'Q'`,
		`UPDATE puk_release SET outcome = 'done', report = x'01', reported_at = 4 WHERE reference = 'P'`, // unsigned
		`UPDATE puk_release SET card = 'T' WHERE reference = 'P'`,
		`UPDATE puk_release SET card = 'T', outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`UPDATE puk_release SET claim = x'04', outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`UPDATE puk_release SET issued_at = 0, outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`REPLACE INTO ` + release + ` VALUES ('P', '11111111110', 'S', 'M', x'01', x'02', 3)`,
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s: done", statement)
		}
	}
}

// TestFirstVersionIsKept opens a database of the first version, with a challenge in it.
func TestFirstVersionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	first, err := os.ReadFile("migrations/0001_sessions_challenges_acts.sql")
	if err != nil {
		t.Fatal(err)
	}
	session := store.HashOf("a")
	db := raw(t, path)
	for _, statement := range []string{string(first), "PRAGMA user_version = 1"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`INSERT INTO challenge VALUES ('A', ?, 1, '10000000146', 'give', '168857414351237', 'f00d', x'01', 1000, 2000)`, session[:]); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).NewestChallenge(t.Context(), session, store.Give)
	if err != nil || got.Reference != "A" || got.Code != "168857414351237" || got.ExpiresAt.UnixMilli() != 2000 || got.Used {
		t.Errorf("got %+v, %v", got, err)
	}
}

// turns hands each call to the next of several stores on one file, as several processes would.
type turns struct {
	store.Store
	all  []*sqlite.Store
	next atomic.Int64
}

func (s *turns) turn() *sqlite.Store { return s.all[int(s.next.Add(1))%len(s.all)] }

func (s *turns) Complete(ctx context.Context, c store.Completion) error {
	return s.turn().Complete(ctx, c)
}

func (s *turns) IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error {
	return s.turn().IssueChallenge(ctx, c, limit)
}

func (s *turns) PutCards(ctx context.Context, cards []store.Card, differs store.PUKsDiffer) error {
	return s.turn().PutCards(ctx, cards, differs)
}

func (s *turns) Release(ctx context.Context, c store.Claim) ([]byte, error) {
	return s.turn().Release(ctx, c)
}

func (s *turns) Report(ctx context.Context, r store.Report) error { return s.turn().Report(ctx, r) }

func (s *turns) RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error {
	return s.turn().RevokeMachine(ctx, citizenNumber, id, at)
}

func TestContractOfManyProcesses(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		path := filepath.Join(t.TempDir(), "portal.db")
		s := &turns{}
		for range 4 {
			s.all = append(s.all, open(t, path))
		}
		s.Store = s.all[0]
		return s
	})
}
