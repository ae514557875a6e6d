// Package postgres is the portal's store in a PostgreSQL database, which portals on several machines may share.
//
// A commit is on the server's disk when it returns, and on that of a synchronous standby where the server has one. Methods that judge before they
// record take a lock of the person first (lock.go), so that read committed suffices; what is entered in the chain takes the chain's lock last.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/postgres"
)

const (
	// queryTimeout is for one statement, with the wait for a connection; the server itself ends the statement, or its wait for a lock, after the
	// same time.
	queryTimeout = 10 * time.Second
	// transactTimeout is for a transaction with all its tries.
	transactTimeout = 30 * time.Second
	// tries is how often a transaction is tried that the server has ended for the sake of others.
	tries = 5
)

// Store implements store.Store.
type Store struct {
	pool     *pgxpool.Pool
	together together
	observe  func(took time.Duration, failed bool)
}

var _ store.Store = (*Store)(nil)

//go:embed migrations/*.sql
var migrations embed.FS

func options(connection string, plain bool) postgres.Options {
	return postgres.Options{Connection: connection, Plain: plain, Program: "eonay-portal", Timeout: queryTimeout, Schema: schemaName, Prepare: true}
}

// Open connects to a database by libpq's connection string. One whose schema is older than this program, or for newer ones alone, is refused; Migrate
// brings it up to date. So is a connection beyond this machine without TLS that verifies the server, unless plain is true. No error has the
// password.
func Open(ctx context.Context, connection string, plain bool) (*Store, error) {
	pool, err := postgres.Open(ctx, options(connection, plain))
	if err != nil {
		return nil, fmt.Errorf("store: PostgreSQL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	if err := serves(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: PostgreSQL: %w", err)
	}
	return &Store{pool: pool, together: together{turn: make(chan struct{}, 1)}}, nil
}

// probeSize is about what an act needs with its evidence, CRLs aside.
const probeSize = 64 << 10

// Ping implements store.Store. A standby, or a server whose disk is full, cannot commit.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.exec(ctx, `INSERT INTO probe (id, data) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, randomBytes(probeSize))
	return err
}

// Observe has f told of each call that writes, how long it took with the wait for a connection, and whether the database has failed it. It is called
// before the store is used.
func (s *Store) Observe(f func(took time.Duration, failed bool)) { s.observe = f }

// Close implements store.Store. It waits for the calls under way.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// transact runs f in a transaction, again where the server has ended it for the sake of others: both of its codes say that nothing was committed. After
// another error it is not repeated, since its outcome may be unknown.
func (s *Store) transact(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return s.observed(ctx, func() error {
		limited, cancel := context.WithTimeout(ctx, transactTimeout)
		defer cancel()
		return s.begin(limited, f)
	})
}

// observed runs f, which writes, and tells Observe's function of it.
func (s *Store) observed(ctx context.Context, f func() error) error {
	began := time.Now()
	err := f()
	if s.observe != nil {
		s.observe(time.Since(began), record.HasFailed(ctx, err))
	}
	return err
}

// begin is transact for what takes as long as there is to do.
func (s *Store) begin(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return again(func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(ctx, tx) })
	})
}

// exec runs one statement as a transaction of its own and returns how many rows it has changed.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = again(func() error {
		n, err = exec(ctx, s.pool, statement, args...)
		return err
	})
	return n, err
}

func again(f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if ended, ok := errors.AsType[*pgconn.PgError](err); try < tries && ok && (ended.Code == "40001" || ended.Code == "40P01") {
			continue
		}
		return refused(err)
	}
}

// refusals are what a violated constraint means, by its name. The methods judge before they write, so that these speak only where something
// else writes to the database beside them.
var refusals = map[string]fault.Code{
	"receipt_open":                refusal.SignaturePending,
	"act_reference":               refusal.CodeUsed,
	"act_number":                  refusal.ActNotPossible,
	"puk_release_reference":       refusal.CodeUsed,
	"application_open":            refusal.ApplicationOpen,
	"application_shipment":        refusal.ApplicationState,
	"application_change_shipment": refusal.ApplicationState,
	"shipment_due_shipment":       refusal.ApplicationState,
}

// refused is an error as the contract has it.
func refused(err error) error {
	if violated, ok := errors.AsType[*pgconn.PgError](err); ok && violated.Code == "23505" {
		if code, known := refusals[violated.ConstraintName]; known {
			return fault.New(code, err)
		}
	}
	return err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// unlimited is a transaction whose statements may take as long as they do: it reads all there is.
type unlimited struct{ pgx.Tx }

// limited is a context for one statement.
func limited(ctx context.Context, q querier) (context.Context, context.CancelFunc) {
	if _, ok := q.(unlimited); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, queryTimeout)
}

// scanner is a row of one or of many.
type scanner interface{ Scan(into ...any) error }

// exec runs one statement and returns how many rows it has changed.
func exec(ctx context.Context, q querier, statement string, args ...any) (int64, error) {
	ctx, cancel := limited(ctx, q)
	defer cancel()
	done, err := q.Exec(ctx, statement, args...)
	return done.RowsAffected(), err
}

// one returns what scan makes of the row of a query, store.ErrNotFound where there is none.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (result T, err error) {
	ctx, cancel := limited(ctx, q)
	defer cancel()
	result, err = scan(q.QueryRow(ctx, query, args...))
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// all returns what scan makes of every row.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (list []T, err error) {
	ctx, cancel := limited(ctx, q)
	defer cancel()
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// scanValue makes one value of a row.
func scanValue[T any](row scanner) (value T, err error) {
	err = row.Scan(&value)
	return value, err
}

func millis(t time.Time) int64       { return t.UnixMilli() }
func instant(millis int64) time.Time { return time.UnixMilli(millis).UTC() }

// orNull is a time as a row has it, nil for the zero time.
func orNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	at := millis(t)
	return &at
}

func instantOrZero(millis *int64) time.Time {
	if millis == nil {
		return time.Time{}
	}
	return instant(*millis)
}

// notNull is data for a column that has a value, if an empty one.
func notNull(data []byte) []byte { return append([]byte{}, data...) }
