package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

const (
	pageSize  = 4096
	frameSize = pageSize + 24 // of a page in the write-ahead log
	somePages = 10            // that writePages appends, with one or two more
)

// logged opens a store with a table for writePages, which checkpoints only when told to.
func logged(t *testing.T) (s *sqlite.Store, path string) {
	path = filepath.Join(t.TempDir(), "portal.db")
	s = open(t, path)
	s.HaltCheckpoints()
	must(t, s.Exec(t.Context(), `CREATE TABLE written (number INTEGER PRIMARY KEY, data BLOB) STRICT`))
	must(t, s.Checkpoint(t.Context()))
	return s, path
}

func writePages(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if err := s.Exec(t.Context(), `INSERT INTO written (number, data) VALUES (1, randomblob(?)) ON CONFLICT DO UPDATE SET data = excluded.data`, somePages*pageSize); err != nil {
		t.Error(err)
	}
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

// TestCommitsLeaveTheFile: no commit copies the log into the file, however long that has become; a checkpoint does.
func TestCommitsLeaveTheFile(t *testing.T) {
	s, path := logged(t)
	before := fileOf(t, path)
	for range 300 {
		writePages(t, s)
	}
	if !bytes.Equal(fileOf(t, path), before) {
		t.Error("a commit has written the file")
	}
	must(t, s.Checkpoint(t.Context()))
	if bytes.Equal(fileOf(t, path), before) {
		t.Error("the checkpoint has not written the file")
	}
}

// TestLogStaysShortBesideWrites: the log begins at its start again while somebody writes without a pause.
func TestLogStaysShortBesideWrites(t *testing.T) {
	s, path := logged(t)
	const writes = 600
	over := make(chan struct{})
	go func() {
		defer close(over)
		for range writes {
			writePages(t, s)
		}
	}()
	for isOver := false; !isOver; {
		select {
		case <-over:
			isOver = true
		default:
			must(t, s.Checkpoint(t.Context()))
		}
	}
	if size, all := sizeOf(t, path+"-wal"), int64(writes*somePages*frameSize); size > all/2 {
		t.Errorf("the log has %d bytes after writes of %d", size, all)
	}
}

// TestCheckpointBesideReader: a reading transaction goes on to see the state it began with, others write meanwhile, and the log is copied once it has
// ended.
func TestCheckpointBesideReader(t *testing.T) {
	s, path := logged(t)
	reader, err := raw(t, path).Begin()
	must(t, err)
	defer reader.Rollback()
	count := func() (n int) {
		must(t, reader.QueryRow(`SELECT count(*) FROM written`).Scan(&n))
		return n
	}
	if n := count(); n != 0 {
		t.Fatalf("%d rows before", n)
	}
	before := fileOf(t, path)
	for range 150 {
		writePages(t, s)
	}
	must(t, s.Checkpoint(t.Context()))
	writePages(t, s)
	if n := count(); n != 0 || !bytes.Equal(fileOf(t, path), before) {
		t.Errorf("the reader sees %d rows of later", n)
	}
	must(t, reader.Rollback())
	must(t, s.Checkpoint(t.Context()))
	size := sizeOf(t, path+"-wal")
	writePages(t, s)
	if bytes.Equal(fileOf(t, path), before) || sizeOf(t, path+"-wal") != size {
		t.Error("the log was not copied, or does not begin at its start again")
	}
}
