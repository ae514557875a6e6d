package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Measure is how much waits in a database, and how large it is.
type Measure struct {
	Bytes        int64     // with the write-ahead log
	Letters      int       // in the outbox that are not sent yet
	OldestLetter time.Time // zero where there are none
	OpenReceipts int
}

// Measure counts. It reads indexes alone.
func (s *Store) Measure(ctx context.Context) (m Measure, err error) {
	var oldest sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT count(*), min(created_at), (SELECT count(*) FROM receipt WHERE code IS NULL) FROM outbox WHERE ended_at IS NULL`).
		Scan(&m.Letters, &oldest, &m.OpenReceipts)
	if err != nil {
		return m, fmt.Errorf("sqlite: measure: %w", err)
	}
	if oldest.Valid {
		m.OldestLetter = instant(oldest.Int64)
	}
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			m.Bytes += info.Size()
		}
	}
	return m, nil
}

// hasFailed reports whether an error of a transaction is the database's: a refusal is none, and who asked may have left.
func hasFailed(ctx context.Context, err error) bool {
	_, isRefusal := errors.AsType[*fault.Error](err)
	return err != nil && !isRefusal && !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil
}
