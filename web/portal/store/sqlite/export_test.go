package sqlite

import "context"

// Pragma returns a setting of the writing connection.
func (s *Store) Pragma(ctx context.Context, name string) (value string) {
	if err := s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
		return err.Error()
	}
	return value
}
