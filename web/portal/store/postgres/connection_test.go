package postgres_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	connecting "github.com/e-onay/e-onay/web/postgres"
)

// TestNamesAreOurs has tables of the same names come first: in the role's own search_path, and in the connection's temporary schema.
func TestNamesAreOurs(t *testing.T) {
	owner, role := served(t)
	db := raw(t, owner)
	_, err := db.Exec(t.Context(), `CREATE SCHEMA another; CREATE TABLE another.session (LIKE eonay.session); GRANT ALL ON SCHEMA another TO `+serving+`;
		GRANT ALL ON another.session TO `+serving+`; ALTER ROLE `+serving+` SET search_path = another`)
	must(t, err)
	defer func() {
		_, err := db.Exec(t.Context(), `ALTER ROLE `+serving+` RESET search_path`)
		must(t, err)
	}()
	must(t, open(t, role).CreateSession(t.Context(), store.Session{ID: store.HashOf("a"), CitizenNumber: ayse}))
	var ours, theirs int
	must(t, db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM eonay.session), (SELECT count(*) FROM another.session)`).Scan(&ours, &theirs))
	if ours != 1 || theirs != 0 {
		t.Errorf("%d sessions in the portal's table, %d in another", ours, theirs)
	}

	pool, err := connecting.Open(t.Context(), connecting.Options{Connection: role + " pool_max_conns=1", Schema: "eonay"})
	must(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `CREATE TEMPORARY TABLE session ()`)
	must(t, err)
	var first bool
	must(t, pool.QueryRow(t.Context(), `SELECT 'session'::regclass = 'eonay.session'::regclass`).Scan(&first))
	if !first {
		t.Error("a temporary table comes first")
	}
}

// TestHeldUp checks that a statement which the database holds up ends by itself.
func TestHeldUp(t *testing.T) {
	t.Parallel() // it waits
	connection := database(t)
	s, other := open(t, connection), raw(t, connection)
	_, err := other.Exec(t.Context(), "BEGIN; LOCK TABLE session")
	must(t, err)
	if err := s.DeleteSession(t.Context(), store.HashOf("a")); err == nil {
		t.Error("it was not held up")
	}
	_, err = other.Exec(t.Context(), "ROLLBACK")
	must(t, err)
	must(t, s.TouchSession(t.Context(), store.HashOf("a"), time.Now()))
}
