package postgres_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/test/pgtest"
)

// TestBackup restores what pg_dump has written into another database: it is equal by the audit, its schema too, and the role that serves goes on there.
func TestBackup(t *testing.T) {
	owner, role := served(t)
	s := open(t, role)
	fillAll(t, s)
	before, err := s.NewestEntry(t.Context())
	must(t, err)
	restored := pgtest.Database(t)
	dump := filepath.Join(t.TempDir(), "portal.dump")
	for _, args := range [][]string{
		{"pg_dump", "--format=custom", "--schema=eonay", "--file=" + dump, owner},
		{"pg_restore", "--exit-on-error", "--single-transaction", "--dbname=" + restored, dump},
	} {
		if out, err := exec.Command(pgtest.Program(t, args[0]), args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	found, c := audit(t, restored+" user="+serving)
	if len(found) > 0 || c.Entries != int(before.Number) {
		t.Errorf("%+v, %v", c, found)
	}
	if err := open(t, restored+" user="+serving).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
