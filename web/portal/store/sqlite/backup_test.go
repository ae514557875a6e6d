package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// give logs a person in and records their first act.
func give(t *testing.T, s *sqlite.Store, citizenNumber string) {
	t.Helper()
	now := time.Now()
	session := store.Session{ID: store.HashOf(citizenNumber), CitizenNumber: citizenNumber, Name: "AYŞE", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, s.CreateSession(t.Context(), session))
	must(t, s.IssueChallenge(t.Context(), store.Challenge{Reference: citizenNumber, Session: session.ID, CitizenNumber: citizenNumber, Kind: store.Give, Document: []byte{4},
		IssuedAt: now, ExpiresAt: now.Add(time.Minute)}, store.Limit{Count: 1, Window: time.Minute}))
	r, err := s.Receive(t.Context(), store.Arrival{Reference: citizenNumber, Session: session.ID, SessionIdle: time.Hour, ReceivedAt: now, Signature: []byte{1}, DueAt: now})
	must(t, err)
	must(t, s.Complete(t.Context(), store.Completion{Receipt: r.Number, Reference: citizenNumber,
		Evidence: store.Evidence{Path: [][]byte{{2}, {3}}, CRLSigners: [][]byte{{7}}, SigningTime: now, VerifiedAt: now, RecordedAt: now}}))
}

// TestBackupBesideWriters copies a database while acts are recorded: what was recorded before is in the copy, and the copy
// is whole.
func TestBackupBesideWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a name with ?&#%20.db")
	s := open(t, path)
	for i := range 20 {
		give(t, s, fmt.Sprint("before ", i))
	}
	copied := filepath.Join(dir, "copy.db")
	var contents record.Contents
	ended := make(chan error, 1)
	go func() {
		var err error
		contents, err = sqlite.Backup(t.Context(), path, copied)
		ended <- err
	}()
	beside := 0
	for running := true; running; beside++ {
		select {
		case err := <-ended:
			must(t, err)
			running = false
		default:
			give(t, s, fmt.Sprint("beside ", beside))
		}
	}
	if contents.Acts < 20 || contents.Acts > 20+beside {
		t.Errorf("%+v, with %d acts beside", contents, beside)
	}
	if again, err := sqlite.Check(t.Context(), copied); err != nil || again != contents {
		t.Errorf("%+v, %v", again, err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := open(t, copied).Act(t.Context(), "before 19"); err != nil {
		t.Errorf("an act that was recorded before: %v", err)
	}
	if _, err := sqlite.Backup(t.Context(), path, copied); err == nil {
		t.Error("a backup was written over another one")
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".backup*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestCheckFindsFaults takes something from a backup and sees it missed.
func TestCheckFindsFaults(t *testing.T) {
	for name, statements := range map[string][]string{
		"a trigger":        {"DROP TRIGGER act_kept_2"},
		"an index":         {"DROP INDEX challenge_unused"},
		"another trigger":  {"DROP TRIGGER act_kept_2", "CREATE TRIGGER act_kept_2 BEFORE DELETE ON act WHEN 0 BEGIN SELECT 1; END"},
		"an act":           {"DROP TRIGGER act_kept_2", "DELETE FROM act", "CREATE TRIGGER act_kept_2 BEFORE DELETE ON act BEGIN SELECT RAISE(ABORT, 'acts are kept as they are'); END"},
		"its evidence":     {"DROP TRIGGER act_evidence_kept_2", "DELETE FROM act_evidence", "CREATE TRIGGER act_evidence_kept_2 BEFORE DELETE ON act_evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END"},
		"its version":      {"PRAGMA user_version = 0"},
		"a later version":  {"PRAGMA user_version = 99"},
		"an older version": {"PRAGMA user_version = 3"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "portal.db")
			s := open(t, path)
			give(t, s, "a")
			must(t, s.Close())
			if _, err := sqlite.Check(t.Context(), path); err != nil {
				t.Fatalf("before: %v", err)
			}
			db := raw(t, path)
			for _, statement := range statements {
				_, err := db.Exec(statement)
				must(t, err)
			}
			must(t, db.Close())
			if c, err := sqlite.Check(t.Context(), path); err == nil {
				t.Errorf("not missed: %+v", c)
			}
		})
	}
	t.Run("its end", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "portal.db")
		s := open(t, path)
		give(t, s, "a")
		must(t, s.Close())
		must(t, os.Truncate(path, 8192))
		if c, err := sqlite.Check(t.Context(), path); err == nil {
			t.Errorf("not missed: %+v", c)
		}
	})
}
