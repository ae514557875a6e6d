package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// TestPurgeFindsRowsByIndex: a purge that reads every used challenge holds the write lock for seconds once there are
// a million of them.
func TestPurgeFindsRowsByIndex(t *testing.T) {
	plans, err := open(t, filepath.Join(t.TempDir(), "portal.db")).PurgePlans(t.Context())
	if err != nil || len(plans) == 0 {
		t.Fatal(plans, err)
	}
	for _, plan := range plans {
		for _, detail := range plan {
			if strings.HasPrefix(detail, "SCAN") {
				t.Errorf("a table is read as a whole: %q", plan)
			}
		}
	}
}

// TestPurgeLetsWritesThrough: other processes write while there is still something to purge.
func TestPurgeLetsWritesThrough(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s, other := open(t, path), open(t, path)
	db := raw(t, path)
	const sessions = 3000
	if _, err := db.Exec(fmt.Sprintf(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO session (id, citizen_number, name, created_at, seen_at, expires_at) SELECT randomblob(32), '10000000146', 'AYŞE', 0, 0, 1000 FROM n`, sessions)); err != nil {
		t.Fatal(err)
	}
	purged := make(chan error, 1)
	go func() { purged <- s.Purge(t.Context(), time.UnixMilli(2000)) }()
	between := false
	for i := 0; ; i++ {
		var left int
		if err := db.QueryRow(`SELECT count(*) FROM session WHERE expires_at = 1000`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			break
		}
		must(t, other.CreateSession(t.Context(), store.Session{ID: store.HashOf(fmt.Sprint(i)), ExpiresAt: time.UnixMilli(3000)}))
		if err := db.QueryRow(`SELECT count(*) FROM session WHERE expires_at = 1000`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		between = between || left > 0 && left < sessions
	}
	must(t, <-purged)
	if !between {
		t.Error("no write came through before the purge was over")
	}
}

// TestUsedChallengesAreMarked opens a database of the third version, in which one of two challenges is used.
func TestUsedChallengesAreMarked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db := older(t, path, 3)
	session := store.HashOf("a")
	for _, statement := range []string{
		`INSERT INTO challenge VALUES ('A', ?, 1, '10000000146', 'give', '168857414351237', 'f00d', x'01', 1000, 2000)`,
		`INSERT INTO challenge VALUES ('B', ?, 2, '10000000146', 'give', '168857414351238', 'f00d', x'01', 1000, 2000)`,
	} {
		if _, err := db.Exec(statement, session[:]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`INSERT INTO act VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	must(t, s.Purge(t.Context(), time.UnixMilli(3000)))
	if c, err := s.Challenge(t.Context(), "A"); err != nil || !c.Used {
		t.Errorf("the used challenge: %+v, %v", c, err)
	}
	if _, err := s.Challenge(t.Context(), "B"); err == nil {
		t.Error("the unused challenge is still there")
	}
}

// TestOwnListsFindRowsByIndex: a page of one person's reads that person's rows only, whatever a million others have.
func TestOwnListsFindRowsByIndex(t *testing.T) {
	plans, err := open(t, filepath.Join(t.TempDir(), "portal.db")).OwnPlans(t.Context())
	if err != nil || len(plans) == 0 {
		t.Fatal(plans, err)
	}
	for _, plan := range plans {
		for _, detail := range plan {
			if strings.HasPrefix(detail, "SCAN") {
				t.Errorf("a table is read as a whole: %q", plan)
			}
		}
	}
}
