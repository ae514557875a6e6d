package postgres_test

import (
	"testing"

	portal "github.com/e-onay/e-onay/web/portal/store/postgres"
)

// TestMigrateGivesWay has the schema brought up to date while one portal is in the middle of a transaction: another goes on, the first gets the table that
// the migration has locked meanwhile, and the migration is done in the end.
func TestMigrateGivesWay(t *testing.T) {
	owner, role := before(t, "paper_scans")
	busy, other, watcher := raw(t, role), raw(t, role), raw(t, owner)
	_, err := busy.Exec(t.Context(), `BEGIN; UPDATE application SET version = version`)
	must(t, err)
	migrated := make(chan error, 1)
	go func() {
		_, err := portal.Migrate(t.Context(), owner, false, "")
		migrated <- err
	}()
	waiting(t, watcher) // for the table application, with a lock on application_change
	_, err = other.Exec(t.Context(), `UPDATE application SET version = version`)
	must(t, err)
	waiting(t, watcher)
	_, err = busy.Exec(t.Context(), `INSERT INTO application_change SELECT * FROM application_change; COMMIT`)
	must(t, err)
	must(t, <-migrated)
}
