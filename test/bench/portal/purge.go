package portal

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

const (
	oldActs     = 1_000_000 // whose challenges stay
	oldSessions = 40_000    // which the purge deletes
	writers     = 4
	writesEach  = 250
	// writesOfOne is below what the portal lets one session be issued.
	writesOfOne = 25
)

// measurePurge measures how long a write takes, a code that a person is issued, without a purge and beside one, in a
// database with a million acts.
func measurePurge(t e2e.T, b *table.Table) {
	w := newWorld(t)
	before := w.writers()
	beside := w.writers()
	alone := w.write(before, func() bool { return false })
	db := w.database()
	fill(t, db)
	w.restartPortal(nil) // which purges at its start
	left := func() (n int) {
		if err := db.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM session WHERE expires_at = 1000 LIMIT 1)`).Scan(&n); err != nil {
			t.Fatalf("count the sessions: %v", err)
		}
		return n
	}
	start := time.Now()
	series := w.write(beside, func() bool { return left() == 0 })
	for left() > 0 {
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(start)
	b.Add("portal: a write, alone", "ms", alone)
	b.Add("portal: a write, beside the purge at a million acts", "ms", series).Against(table.Median(alone))
	b.Add(fmt.Sprintf("portal: the purge of %d sessions beside these writes", oldSessions), "s", []float64{took.Seconds()})
}

// writers returns people who have approved the text, enough for all writes of one series.
func (w *world) writers() [][]*person {
	groups := make([][]*person, writers)
	for i := range groups {
		for range writesEach / writesOfOne {
			p := newPerson(w.t, w.portal.URL, w.sandbox)
			p.approve(w.t)
			groups[i] = append(groups[i], p)
		}
	}
	return groups
}

// write has each group ask for new codes until it has asked for all, or over says so; it returns how long each took.
func (w *world) write(groups [][]*person, over func() bool) (series []float64) {
	w.t.Helper()
	all := make(chan []float64, len(groups))
	for _, group := range groups {
		go func() {
			var times []float64
			defer func() { all <- times }()
			for i := 0; i < writesEach && !over(); i++ {
				start := time.Now()
				status, answer, err := group[i%len(group)].post("/nes/e-onay/imza/kod", url.Values{})
				if err != nil || status != http.StatusSeeOther {
					w.t.Fatalf("ask for a code: %d %.300s %v", status, answer, err)
				}
				times = append(times, ms(time.Since(start)))
			}
		}()
	}
	for range groups {
		series = append(series, <-all...)
	}
	if len(series) == 0 {
		w.t.Fatalf("nobody wrote")
	}
	return series
}

func (w *world) database() *sql.DB {
	db, err := sql.Open("sqlite", filepath.Join(w.sandbox.Dir, "portal.db"))
	if err != nil {
		w.t.Fatalf("open the database: %v", err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	run(w.t, db, "PRAGMA busy_timeout = 10000")
	return db
}

// fill puts used challenges, as those of acts on record, and sessions that are over into the database.
func fill(t e2e.T, db *sql.DB) {
	t.Helper()
	run(t, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at, used)
		SELECT printf('OLD-%%d', i), randomblob(32), 1, '10000000146', 'give', '168857414351237', 'f00d', zeroblob(200), 500, 1000, 1 FROM n`, oldActs))
	run(t, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO session (id, citizen_number, name, created_at, seen_at, expires_at)
		SELECT randomblob(32), '10000000146', 'AYŞE', 500, 500, 1000 FROM n`, oldSessions))
}
