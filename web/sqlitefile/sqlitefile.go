// Package sqlitefile opens the SQLite files of the portal and of the service: readable by their owner only, and in write-ahead mode
// before anything else is done with them.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long a statement waits for the lock of another process.
const busyTimeout = "busy_timeout(5000)"

const (
	walAgain   = 10 * time.Millisecond // between two attempts to begin write-ahead mode
	walTimeout = time.Minute
)

// Create creates the file if there is none, and has it be in write-ahead mode, which it keeps. Connections need not ask for it.
func Create(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", address(path, url.Values{"_pragma": {busyTimeout}}))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, walTimeout)
	defer cancel()
	return errors.Join(beginWAL(ctx, db, pause), db.Close())
}

// beginWAL turns a file to write-ahead mode. SQLite reads the mode first and asks for the write lock next. Where another process got
// that meanwhile, SQLite does not wait for busy_timeout, since the two might wait for each other: it lets go and refuses. So it is
// tried again here, after a pause.
func beginWAL(ctx context.Context, db *sql.DB, pause func(context.Context) error) error {
	for {
		var mode string
		err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			return fmt.Errorf("journal mode is %q, want wal", mode)
		}
		if !isBusy(err) {
			return err
		}
		if pause(ctx) != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(walAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func isBusy(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code()&0xff == sqlite3.SQLITE_BUSY // further bits say why
}

// Writing is the address of a file that Create has made, for connections with some pragmas of their own beside those that every
// one has. lock is when their transactions take the write lock: "immediate" or "deferred".
func Writing(path, lock string, pragmas ...string) string {
	return address(path, url.Values{
		"_txlock": {lock}, "_pragma": append([]string{busyTimeout, "synchronous(FULL)", "trusted_schema(0)"}, pragmas...),
	})
}

// address is the address of a file for the driver.
func address(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}
