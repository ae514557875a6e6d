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
	oldActs      = 1_000_000 // each with its challenge, five items of evidence and an application with two changes: eleven million rows
	oldSessions  = 40_000    // which the purge deletes
	oldCancelled = 5_000     // applications that are erased
	dueRenewals  = 5_000     // which go to production by themselves
	writers      = 4
	writesEach   = 250
	// writesOfOne is below what the portal lets one session be issued.
	writesOfOne = 25
)

// measureJobs measures how long a write takes, a code that a person is issued: alone, and beside the jobs that a portal does by
// itself on a record of a million acts. It deletes sessions that are over, erases applications and moves renewals on.
func measureJobs(t e2e.T, b *table.Table) {
	w := newWorld(t)
	before := w.writers()
	beside := w.writers()
	alone := w.write(before, func() bool { return false })
	w.portal.Stop()
	db := w.database()
	fill(t, db)
	w.restartPortal(nil) // which purges and erases at its start
	left := func() (n int) {
		if err := db.QueryRow(`SELECT (SELECT count(*) FROM (SELECT 1 FROM session WHERE expires_at = 1000 LIMIT 1))
			+ (SELECT count(*) FROM (SELECT 1 FROM application WHERE state = 'cancelled' AND erased_at IS NULL LIMIT 1))
			+ (SELECT count(*) FROM (SELECT 1 FROM application WHERE state = 'held' LIMIT 1))`).Scan(&n); err != nil {
			t.Fatalf("count what is left: %v", err)
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
	b.Add("portal: a write, beside the jobs at a million acts", "ms", series).Against(table.Median(alone))
	b.Add(fmt.Sprintf("portal: %d sessions, %d erasures, %d renewals beside these writes", oldSessions, oldCancelled, dueRenewals), "s",
		[]float64{took.Seconds()})
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

// fill puts acts as they are on record, with their evidence and applications, and sessions that are over into the database. The
// acts' numbers begin with 0, as no person's does.
func fill(t e2e.T, db *sql.DB) {
	t.Helper()
	run(t, db, "PRAGMA synchronous = OFF")
	run(t, db, "PRAGMA cache_size = -500000") // 500 MB
	tx, err := db.Begin()
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	defer tx.Rollback()
	run(t, tx, fmt.Sprintf(`CREATE TEMPORARY TABLE n AS WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n`, oldActs))
	for _, statement := range []string{
		`INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at, used)
		 SELECT printf('OLD-%d', i), randomblob(32), 1, printf('%011d', i), 'give', '168857414351237', 'f00d', zeroblob(200), 500, 1000, 1 FROM n`,
		`INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at)
		 SELECT printf('OLD-%d', i), printf('%011d', i), 1, 'AYŞE', 'give', 'f00d', zeroblob(200), zeroblob(200), 500, 600, 700 FROM n`,
		`INSERT INTO evidence (reference, kind, number, der)
		 SELECT printf('OLD-%d', i), kind, number, zeroblob(40) FROM n,
		   (SELECT 'certificate' AS kind, 0 AS number UNION ALL VALUES ('certificate', 1), ('certificate', 2), ('ocsp', 0), ('crl', 0))`,
		`INSERT INTO application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, way, basis, fee,
		   replaces, not_before, not_after, salt, created_at, changed_at)
		 SELECT printf('OLD-%d', i), 1, printf('%011d', i), 'AYŞE', 'nes', 'institution', 'draft', 500, '{}', '', 'paper', 'X', 0,
		   500, 500, 4000000000000, zeroblob(16), 500, 500 FROM n`,
		`INSERT INTO application_change (reference, version, event, by_actor, at, reason, basis, way, from_state, to_state, digest)
		 SELECT printf('OLD-%d', i), 1, 'create', 'person', 500, '', '', '', '', 'draft', zeroblob(32) FROM n`,
		fmt.Sprintf(`UPDATE application SET version = 2, state = iif(substr(reference, 5) + 0 <= %d, 'cancelled', iif(substr(reference, 5) + 0 <= %d, 'held', 'active'))`,
			oldCancelled, oldCancelled+dueRenewals),
		`INSERT INTO application_change (reference, version, event, by_actor, at, reason, basis, way, from_state, to_state, digest)
		 SELECT reference, 2, 'cancel', 'person', 500, '', '', '', 'draft', state, zeroblob(32) FROM application WHERE reference LIKE 'OLD-%'`,
		fmt.Sprintf(`INSERT INTO session (id, citizen_number, name, created_at, seen_at, expires_at)
		 SELECT randomblob(32), '00000000146', 'AYŞE', 500, 500, 1000 FROM n WHERE i <= %d`, oldSessions),
	} {
		run(t, tx, statement)
	}
	if err := tx.Commit(); err != nil {
		t.Fatalf("commit: %v", err)
	}
	run(t, db, "PRAGMA synchronous = FULL")
	run(t, db, "PRAGMA wal_checkpoint(TRUNCATE)") // a record of this size has come by and by
}
