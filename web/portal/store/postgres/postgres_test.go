package postgres_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/storetest"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/relyingparty/challengetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// database returns an empty database with the portal's schema.
func database(t *testing.T) string {
	t.Helper()
	connection := pgtest.Database(t)
	_, err := postgres.Migrate(t.Context(), connection, false, "")
	must(t, err)
	return connection
}

func open(t *testing.T, connection string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), connection, false)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// raw connects beside the store, as another program would.
func raw(t *testing.T, connection string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), connection)
	must(t, err)
	t.Cleanup(func() { db.Close(context.WithoutCancel(t.Context())) })
	_, err = db.Exec(t.Context(), "SET search_path = eonay")
	must(t, err)
	return db
}

// serving is the role that serves, and owns nothing.
const serving = "eonay_serving"

// served returns an empty database with the portal's schema, by the role that serves.
func served(t *testing.T) (owner, role string) {
	t.Helper()
	owner = pgtest.Database(t)
	_, err := raw(t, owner).Exec(t.Context(), `DO $$ BEGIN IF to_regrole('`+serving+`') IS NULL THEN CREATE ROLE `+serving+` LOGIN; END IF; END $$`)
	must(t, err)
	_, err = postgres.Migrate(t.Context(), owner, false, serving)
	must(t, err)
	return owner, owner + " user=" + serving
}

// TestContract proves the contract for two processes on one database, whose role may do no more than they need. All parts have one database, emptied
// between them: to make a schema takes longer than most of them.
func TestContract(t *testing.T) {
	owner, role := served(t)
	db := raw(t, owner)
	storetest.Run(t, func(t *testing.T) store.Store {
		_, err := db.Exec(t.Context(), emptied)
		must(t, err)
		return storetest.Turns(open(t, role), open(t, role))
	})
}

// emptied deletes all that is in the schema, past its triggers, as only a superuser can.
const emptied = `DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'eonay'::regnamespace AND relkind = 'r' AND relname <> 'version' LOOP
    EXECUTE format('DELETE FROM eonay.%I', name);
  END LOOP;
END $$`

func TestUsedChallenges(t *testing.T) {
	challengetest.Run(t, func(t *testing.T) relyingparty.UsedChallenges {
		_, role := served(t)
		return open(t, role).UsedChallenges()
	})
}

// TestVersions opens databases without the schema, of an older program, and of newer ones that this one may serve, and may not.
func TestVersions(t *testing.T) {
	connection := pgtest.Database(t)
	opens := func(says string) {
		t.Helper()
		s, err := postgres.Open(t.Context(), connection, false)
		if err == nil {
			s.Close()
		}
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	opens("web migrate")
	newest, err := postgres.Migrate(t.Context(), connection, false, "")
	must(t, err)
	opens("")
	if again, err := postgres.Migrate(t.Context(), connection, false, ""); err != nil || again != newest {
		t.Errorf("again: version %d, %v", again, err)
	}
	db := raw(t, connection)
	for _, step := range []struct{ statement, says string }{
		{"UPDATE version SET number = 0", "web migrate"},
		{"UPDATE version SET number = 98, oldest = 1", ""},
		{"UPDATE version SET number = 99, oldest = 99", "install a newer one"},
	} {
		_, err := db.Exec(t.Context(), step.statement)
		must(t, err)
		opens(step.says)
	}
	if _, err := postgres.Migrate(t.Context(), connection, false, ""); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("migrating a newer program's schema: %v", err)
	}
	owner, role := served(t)
	connection = role
	opens("")
	for _, step := range []struct{ lacking, says string }{
		{"UPDATE (payload) ON job", "all of job: "}, {"INSERT ON act", "all of act, job: "}, {"SELECT ON head", "all of act, head, job: give it what it needs by web migrate -role"},
	} {
		_, err = raw(t, owner).Exec(t.Context(), "REVOKE "+step.lacking+" FROM "+serving)
		must(t, err)
		opens(step.says)
	}
	if _, _, err := postgres.Version(t.Context(), role, false); err == nil || !strings.Contains(err.Error(), "web migrate -role") {
		t.Errorf("the version for a role that may not read: %v", err)
	}
	for _, name := range []string{"a b", `a"`, "a; DROP SCHEMA eonay"} {
		if _, err := postgres.Migrate(t.Context(), connection, false, name); err == nil || !strings.Contains(err.Error(), "want a role's name") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
