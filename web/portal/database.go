package portal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/checkup"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
	pgstore "github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/postgres"
)

// database is a store with what is counted of it.
type database interface {
	store.Store
	// Observe has f told of each writing transaction. It is called before the store is used.
	Observe(f func(took time.Duration, failed bool))
	Measure(ctx context.Context) (record.Measure, error)
}

// checkStore judges the settings of the database.
func (s *Settings) checkStore() error {
	switch {
	case s.Database != "" && s.PostgresFile != "":
		return errors.New("database and postgres_file: want one of them")
	case s.PlainPostgres && s.PostgresFile == "":
		return errors.New("plain_postgres without postgres_file")
	}
	return nil
}

// openDatabase opens the database of the settings. An SQLite file is made and brought up to date; PostgreSQL's schema is by web migrate.
func openDatabase(ctx context.Context, s *Settings) (database, error) {
	if s.PostgresFile == "" {
		return sqlite.Open(ctx, s.Database)
	}
	connection, err := s.connection("")
	if err != nil {
		return nil, err
	}
	return pgstore.Open(ctx, connection, s.PlainPostgres)
}

// connection reads how to reach PostgreSQL: the settings' file, or another one.
func (s *Settings) connection(other string) (string, error) {
	if s.PostgresFile == "" {
		return "", errors.New("portal: the settings name no postgres_file")
	}
	path, name := s.PostgresFile, "postgres_file"
	if other != "" {
		path, name = other, "owner"
	}
	connection, err := postgres.ReadConnection(path)
	if err != nil {
		return "", fmt.Errorf("portal: %s: %w", name, err)
	}
	return connection, nil
}

// Migrate brings the schema of the settings' PostgreSQL database up to date, or makes it, and returns its version. owner is a file with the connection
// string of the role that owns the schema, empty for the settings' own. role is the one that serves, where that is another: it is given what it
// needs.
func Migrate(ctx context.Context, s *Settings, owner, role string) (version int, err error) {
	connection, err := s.connection(owner)
	if err != nil {
		return 0, err
	}
	return pgstore.Migrate(ctx, connection, s.PlainPostgres, role)
}

// checkDatabase looks whether this program may serve from the database. It changes nothing.
func (s *Settings) checkDatabase(ctx context.Context, r *checkup.Report) {
	if s.PostgresFile == "" {
		if r.Folder(checkup.Database, s.Database) != nil {
			return
		}
		version, newest, err := sqlite.Version(ctx, s.Database)
		r.DatabaseVersion(s.Database, version, newest, err)
		return
	}
	connection, err := s.connection("")
	if err != nil {
		r.Problem(checkup.Database, s.PostgresFile, err)
		return
	}
	version, newest, err := pgstore.Version(ctx, connection, s.PlainPostgres)
	if err == nil && version < newest {
		err = fmt.Errorf("version %d, this program wants %d: web migrate", version, newest)
	}
	if err != nil {
		r.Problem(checkup.Database, s.PostgresFile, err)
		return
	}
	r.DatabaseVersion(s.PostgresFile, version, newest, nil)
	if loses, err := pgstore.LosesAtFailover(ctx, connection, s.PlainPostgres); err != nil {
		r.Problem(checkup.Database, s.PostgresFile, err)
	} else if loses {
		r.Note("standby", checkup.Database, s.PostgresFile, "")
	}
}

// auditedDatabase is what an audit reads.
type auditedDatabase interface {
	Whole(ctx context.Context) (record.Contents, error)
	Chain(ctx context.Context, proven func(record.Entry) error) (store.Entry, error)
	Heads(ctx context.Context, proven func(store.Head)) error
	LeadsTo(ctx context.Context, e store.Entry) (bool, error)
	Copies(ctx context.Context, prove func(store.Copy) error) error
	Waiting(ctx context.Context) (int, error)
	Act(ctx context.Context, reference string) (store.Act, store.Evidence, error)
	Subject(ctx context.Context, reference string) (string, error)
	Refused(ctx context.Context, number string) (store.Receipt, []byte, error)
	Released(ctx context.Context, reference string) (store.Release, error)
	Decision(ctx context.Context, reference string) (store.Decision, error)
	Login(ctx context.Context, reference string) (store.Login, error)
	Applications(ctx context.Context) error
	Payments(ctx context.Context) error
	Change(ctx context.Context, reference string) (application.Change, string, error)
	// Rows returns all rows, to be copied.
	Rows(ctx context.Context) (record.Rows, error)
	Close() error
}

// openAudited opens a copy that nothing else uses, or, where that is empty, the database of the settings.
func openAudited(ctx context.Context, s *Settings, copied string, report func(record.Finding)) (auditedDatabase, error) {
	switch {
	case copied != "":
		return sqlite.OpenAudit(ctx, copied, true, report)
	case s.PostgresFile == "":
		return sqlite.OpenAudit(ctx, s.Database, false, report)
	}
	connection, err := s.connection("")
	if err != nil {
		return nil, err
	}
	return pgstore.OpenAudit(ctx, connection, s.PlainPostgres, report)
}

// Backup copies the database of the settings, which portals may be using, to a new file.
func Backup(ctx context.Context, s *Settings, copied string) (record.Contents, error) {
	if s.PostgresFile != "" {
		return record.Contents{}, errors.New("portal: the settings name PostgreSQL, whose backup is the server's own: pg_dump")
	}
	return sqlite.Backup(ctx, s.Database, copied)
}

// Copy copies all that is on record from one settings' database to another's, which must hold nothing: from SQLite to PostgreSQL, or back. Portals must be
// stopped: what they write meanwhile is not copied. owner is as in Migrate, of the database that is filled. Then both databases have the same rows.
func Copy(ctx context.Context, from, to *Settings, owner string) (c record.Copied, err error) {
	source, err := openAudited(ctx, from, "", func(record.Finding) {})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	rows, err := source.Rows(ctx)
	if err != nil {
		return c, err
	}
	if to.PostgresFile == "" {
		return sqlite.Receive(ctx, to.Database, rows)
	}
	connection, err := to.connection(owner)
	if err != nil {
		return c, err
	}
	return pgstore.Receive(ctx, connection, to.PlainPostgres, rows)
}
