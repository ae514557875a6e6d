package sqlitefile

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// TestBeginWALWhileAnotherWrites: a file that another process writes to, as it does that turns it to write-ahead mode, gets that mode
// afterwards.
func TestBeginWALWhileAnotherWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	open := func() *sql.DB {
		db, err := sql.Open("sqlite", Writing(path, "immediate"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	other, err := open().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	err = beginWAL(t.Context(), open(), func(context.Context) error { refused++; return other.Commit() })
	if err != nil || refused != 1 {
		t.Errorf("%v after %d refusals, want one", err, refused)
	}
}

// TestManyCreate has many connections turn new files to write-ahead mode at once, as processes do that are started together. SQLite's
// locks are between connections, whether they are of one process or of several.
func TestManyCreate(t *testing.T) {
	for i := range 30 {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("a name with ?&#%%20 %d.db", i))
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range 16 {
			all.Go(func() {
				<-begin
				if err := Create(t.Context(), path); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
		db, err := sql.Open("sqlite", Writing(path, "deferred", "foreign_keys(1)"))
		if err != nil {
			t.Fatal(err)
		}
		var mode string
		err = db.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode)
		db.Close()
		if err != nil || mode != "wal" {
			t.Fatalf("journal mode %q, %v", mode, err)
		}
	}
}

// TestOwnersOnly: others on the machine cannot read a new file.
func TestOwnersOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such mode")
	}
	path := filepath.Join(t.TempDir(), "new.db")
	if err := Create(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
