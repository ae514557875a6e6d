package challenges_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/e-onay/e-onay/web/service/challenges"
)

func TestSQLite(t *testing.T) {
	contract(t, func(t *testing.T) func() challenges.Store {
		path := filepath.Join(t.TempDir(), "rp.db")
		return func() challenges.Store {
			s, err := challenges.OpenSQLite(t.Context(), path)
			return closing(t, s, err)
		}
	})
}

// TestSQLiteFile checks that the secret is readable by the file's owner only.
func TestSQLiteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rp.db")
	s, err := challenges.OpenSQLite(t.Context(), path)
	closing(t, s, err)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the database has mode %v, %v", info.Mode(), err)
	}
}

func TestSQLiteRefusesNewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rp.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("PRAGMA user_version = 2")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err := challenges.OpenSQLite(t.Context(), path); err == nil {
		s.Close()
		t.Error("a database of a newer program was opened")
	}
}
