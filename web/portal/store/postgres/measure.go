package postgres

import (
	"context"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Measure counts what waits, by indexes alone, and asks the server how large the database is.
func (s *Store) Measure(ctx context.Context) (record.Measure, error) {
	m, err := one(ctx, s.pool, func(row scanner) (m record.Measure, err error) {
		err = row.Scan(&m.OpenReceipts, &m.Bytes)
		return m, err
	}, `SELECT count(*), pg_database_size(current_database()) FROM receipt WHERE code IS NULL`)
	if err != nil {
		return m, fmt.Errorf("store: measure: %w", err)
	}
	return m, nil
}
