package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

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

func TestEvidenceCannotBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	open(t, path)
	db := raw(t, path)
	statements := []string{
		`INSERT INTO act VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`INSERT INTO evidence VALUES ('A', 'crl', 1, x'03')`,
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		`UPDATE act SET name = 'MEHMET'`, `DELETE FROM act`,
		`UPDATE evidence SET der = x'04'`, `DELETE FROM evidence`,
		`INSERT INTO act VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // a second first act
		`INSERT INTO act VALUES ('B', '10000000146', 2, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // given twice
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s: done", statement)
		}
	}
}

// turns hands each call to the next of several stores on one file, as several processes would.
type turns struct {
	store.Store
	all  []*sqlite.Store
	next atomic.Int64
}

func (s *turns) Complete(ctx context.Context, c store.Completion) error {
	return s.all[int(s.next.Add(1))%len(s.all)].Complete(ctx, c)
}

func (s *turns) IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error {
	return s.all[int(s.next.Add(1))%len(s.all)].IssueChallenge(ctx, c, limit)
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
