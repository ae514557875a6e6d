package portal

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/pgtest"
)

const (
	inPostgres  = " (PostgreSQL)" // the end of the names of what was measured there
	servingRole = "eonay_serving"
	servingFile = "postgres" // beside the settings
)

// onPostgres has a portal with an empty database in PostgreSQL take the portal's place, and returns how long a bare program takes to
// commit the rows of an act there, in milliseconds. The server writes as one that people rely on.
func (w *world) onPostgres(b *table.Table) (commit float64) {
	w.t.Helper()
	pgtest.Durable()
	w.t.Cleanup(func() {
		if err := pgtest.Stop(); err != nil {
			w.t.Logf("stop PostgreSQL: %v", err)
		}
	})
	w.postgres = pgtest.Database(w.t)
	db := w.owner()
	series := commits(w.t, db, ofPostgres)
	run(w.t, db, "DROP TABLE act, evidence")
	run(w.t, db, "CREATE ROLE "+servingRole+" LOGIN")
	b.Add("floor: an act's rows committed"+inPostgres, "ms", series)
	owner := filepath.Join(w.sandbox.Dir, "owner")
	for path, text := range map[string]string{owner: w.postgres, filepath.Join(w.sandbox.Dir, servingFile): w.postgres + " user=" + servingRole} {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			w.t.Fatalf("%v", err)
		}
	}
	settings := e2e.PortalSettings(w.t, w.sandbox, w.settings(nil))
	if out, err := exec.Command(e2e.Built(w.t, "web"), "migrate", "-config", settings, "-owner", owner, "-role", servingRole).CombinedOutput(); err != nil {
		w.t.Fatalf("web migrate: %v\n%s", err, out)
	}
	w.restartPortal(nil)
	return table.Median(series)
}

// owner returns the world's database, for the role that owns it.
func (w *world) owner() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("pgx", w.postgres)
	if err != nil {
		w.t.Fatalf("open the database: %v", err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// size is the database's, in bytes.
func (w *world) size() float64 {
	w.t.Helper()
	if w.postgres == "" {
		var bytes float64
		for _, end := range []string{"", "-wal"} {
			info, err := os.Stat(filepath.Join(w.sandbox.Dir, "portal.db"+end))
			if err != nil {
				w.t.Fatalf("the database's size: %v", err)
			}
			bytes += float64(info.Size())
		}
		return bytes
	}
	var bytes int64
	if err := w.owner().QueryRow("SELECT pg_database_size(current_database())").Scan(&bytes); err != nil {
		w.t.Fatalf("the database's size: %v", err)
	}
	return float64(bytes)
}
