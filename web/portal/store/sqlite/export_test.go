package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// Pragma returns a setting of the writing connection.
func (s *Store) Pragma(ctx context.Context, name string) (value string) {
	if err := s.write.db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
		return err.Error()
	}
	return value
}

// Transact runs f in a transaction.
func (s *Store) Transact(ctx context.Context, f func(*sql.Tx) error) error { return s.transact(ctx, f) }

// Exec runs one statement, as the purge does.
func (s *Store) Exec(ctx context.Context, statement string, arguments ...any) error {
	_, err := s.write.exec(ctx, statement, arguments...)
	return err
}

// Written returns what tests have written into a table of that name, in its order.
func (s *Store) Written(ctx context.Context) []int {
	numbers, _ := all(ctx, s.write.db, func(row scanner) (n int, err error) { return n, row.Scan(&n) }, `SELECT number FROM written ORDER BY rowid`)
	return numbers
}

// ReadersClosed returns how many reading connections were closed because too many were idle.
func (s *Store) ReadersClosed() int64 { return s.read.Stats().MaxIdleClosed }

// PurgePlans returns how SQLite finds the rows of each statement of the purge.
func (s *Store) PurgePlans(ctx context.Context) (plans [][]string, err error) {
	for _, statement := range purges {
		plan, err := all(ctx, s.write.db, scanPlan, "EXPLAIN QUERY PLAN "+statement, 0, purgeBatch)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// OwnPlans returns how SQLite finds the rows of a person, for the lists and for the statements of Erase.
func (s *Store) OwnPlans(ctx context.Context) (plans [][]string, err error) {
	for _, statement := range append([]string{sessionsOf, actsOf, copiesOf, receiptsOf, loginsOf, challengesOf, messagesOf}, erasures...) {
		plan, err := all(ctx, s.write.db, scanPlan, "EXPLAIN QUERY PLAN "+strings.ReplaceAll(statement, "?", "1"))
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// ApplicationPlans returns how SQLite finds applications that are due, or in a list.
func (s *Store) ApplicationPlans(ctx context.Context) (plans [][]string, err error) {
	for _, query := range append([]string{applicationsOf, applicationsIn, applicationsToErase, unpaidApplications, applicationColumns + byShipment, sealBySerial, ordersIn, ordersToErase, applicants, applicantsIn, applicantsCounted, openAmong, listsOf, listsBy, leasedList}, dueQueries...) {
		plan, err := all(ctx, s.read, scanPlan, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func scanPlan(row scanner) (detail string, err error) {
	var id, parent, unused int
	err = row.Scan(&id, &parent, &unused, &detail)
	return detail, err
}

// HaltCheckpoints ends the goroutine that checkpoints; Checkpoint does its work.
func (s *Store) HaltCheckpoints() {
	s.checkpoints.cancel()
	<-s.checkpoints.ended
}

// Checkpoint copies the log into the file.
func (s *Store) Checkpoint(ctx context.Context) error { return s.checkpoints.checkpoint(ctx) }
