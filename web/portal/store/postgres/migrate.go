package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/e-onay/e-onay/web/postgres"
)

// schemaName is that of the portal's schema.
const schemaName = "eonay"

// schema is the portal's schema up to a version; 0 means the newest.
func schema(version int) (*postgres.Schema, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	s := &postgres.Schema{Name: schemaName, Lock: migrationLock}
	for i, name := range files {
		if version > 0 && i == version {
			break
		}
		statements, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.Migrations = append(s.Migrations, string(statements))
	}
	return s, nil
}

// serves refuses a schema that this program cannot serve from. A newer program's may do: what it needs of programs is its own word.
func serves(ctx context.Context, q querier) error {
	s, err := schema(0)
	if err != nil {
		return err
	}
	version, oldest, err := versions(ctx, s, q)
	switch newest := len(s.Migrations); {
	case err != nil:
		return err
	case version == 0:
		return errors.New("the database has no schema yet: make it by web migrate")
	case version < newest:
		return fmt.Errorf("the database has version %d, this program wants %d: bring it up to date by web migrate", version, newest)
	case oldest > newest:
		return fmt.Errorf("the database has version %d, for programs that know %d; this one knows %d: install a newer one", version, oldest, newest)
	case version > newest:
		return nil // what is new is not for this program
	}
	return granted(ctx, q)
}

// granted refuses a role that was not given what this version needs, as where an upgrade left out its name.
func granted(ctx context.Context, q querier) error {
	var tables, columns, privileges []string
	for _, grant := range grants {
		for _, p := range privilegesOf(grant) {
			tables, columns, privileges = append(tables, p.table), append(columns, p.column), append(privileges, p.name)
		}
	}
	lacking, err := one(ctx, q, scanValue[string], `SELECT coalesce(string_agg(DISTINCT oid::regclass::text, ', '), '') FROM (
			SELECT oid, '' AS c, 'SELECT' AS p FROM pg_class WHERE relnamespace = 'eonay'::regnamespace AND relkind IN ('r', 'v')
			UNION ALL SELECT t::regclass, c, p FROM unnest($1::text[], $2::text[], $3::text[]) AS needed (t, c, p)) AS needed
		WHERE NOT CASE c WHEN '' THEN has_table_privilege(oid, p) ELSE has_column_privilege(oid, c, p) END`, tables, columns, privileges)
	if err == nil && lacking != "" {
		err = fmt.Errorf("the connection's role may not read or write all of %s: give it what it needs by web migrate -role", lacking)
	}
	return err
}

// privilege is one that the serving role needs: of a table, or of one of its columns.
type privilege struct{ name, table, column string }

// onePrivilege is a privilege in a line of grants, with the columns that it is for.
var onePrivilege = regexp.MustCompile(`([A-Z]+)(?: \(([a-z_, ]+)\))?`)

// privilegesOf returns what a line of grants gives of tables that it names.
func privilegesOf(grant string) (all []privilege) {
	given, tables, ok := strings.Cut(grant, " ON eonay.")
	if !ok {
		return nil
	}
	for table := range strings.SplitSeq(tables, ",") {
		for _, part := range onePrivilege.FindAllStringSubmatch(given, -1) {
			for column := range strings.SplitSeq(part[2], ", ") { // "" where it is for all
				all = append(all, privilege{part[1], "eonay." + strings.TrimPrefix(strings.TrimSpace(table), "eonay."), column})
			}
		}
	}
	return all
}

// versions returns the version of the schema, 0 where there is none, and the oldest that a program may know to serve from it.
func versions(ctx context.Context, s *postgres.Schema, q querier) (version, oldest int, err error) {
	if version, err = s.Version(ctx, q); err != nil || version == 0 {
		return 0, 0, err
	}
	oldest, err = one(ctx, q, scanValue[int], "SELECT oldest FROM "+schemaName+".version")
	return version, oldest, err
}

// Version connects as Open does, and returns the version of the schema, 0 where there is none, and that of this program. Where
// this program may serve from a newer one, it is said to be the program's own. It changes nothing.
func Version(ctx context.Context, connection string, plain bool) (version, newest int, err error) {
	s, err := schema(0)
	if err != nil {
		return 0, 0, err
	}
	newest = len(s.Migrations)
	pool, err := postgres.Open(ctx, options(connection, plain))
	if err != nil {
		return 0, newest, fmt.Errorf("store: PostgreSQL: %w", err)
	}
	defer pool.Close()
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	version, oldest, err := versions(ctx, s, pool)
	if err != nil {
		return 0, newest, fmt.Errorf("store: PostgreSQL: %w", err)
	}
	if version == newest {
		err = granted(ctx, pool)
	}
	if version > newest && oldest <= newest {
		version = newest
	}
	return version, newest, wrapped(err)
}

// rolePattern is a name of a role that needs no quotes.
var rolePattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// grants are what the role of the serving program may do; of evidence, only add and read.
var grants = []string{
	`USAGE ON SCHEMA eonay`,
	`SELECT ON ALL TABLES IN SCHEMA eonay`,
	`INSERT ON eonay.act, eonay.evidence, eonay.evidence_signer, eonay.inline_evidence, eonay.inline_evidence_signer, eonay.act_evidence, eonay.login, eonay.item, eonay.login_evidence, eonay.chain, eonay.head, eonay.lasting,
	 eonay.application_change, eonay.institution_change, eonay.officer_change, eonay.payment_change, eonay.role_change, eonay.decision, eonay.decision_end, eonay.legal_text, eonay.announcement,
	 eonay.shipment_state, eonay.goods_order_change, eonay.paper_scan`,
	`SELECT ON SEQUENCE eonay.receipt_number_seq`, // for web copy
	`INSERT, UPDATE, DELETE ON eonay.session, eonay.one_time_code`,
	`INSERT, UPDATE (expires_at, used, received), DELETE ON eonay.challenge`,
	`INSERT, UPDATE (due_at, code, refused_at), DELETE ON eonay.receipt`,
	`INSERT, UPDATE (puk, puk_refused) ON eonay.card`,
	`INSERT ON eonay.card_certificate`,
	`INSERT, DELETE ON eonay.failure, eonay.word_try`,
	`INSERT, UPDATE (protection, platform, last_seen, revoked_at, attested_at) ON eonay.machine`,
	`INSERT, UPDATE (outcome, report, report_signature, reported_at) ON eonay.puk_release`,
	`INSERT, UPDATE (address), DELETE ON eonay.contact`,
	`INSERT, UPDATE ON eonay.application`,
	`INSERT, UPDATE (version, status, at) ON eonay.published_status`,
	`INSERT, UPDATE, DELETE ON eonay.draft_form`,
	`INSERT, DELETE ON eonay.application_recheck, eonay.application_key`,
	`INSERT, UPDATE, DELETE ON eonay.shipment_due`,
	`INSERT, UPDATE (version, state, form, changed_at) ON eonay.goods_order`,
	`INSERT, UPDATE (confirmed_by, content, state, done, created, changed_at, due_at), DELETE ON eonay.people_list`,
	`INSERT, DELETE ON eonay.people_list_line`,
	`INSERT, UPDATE (version, state, number, received, currency, basis, changed_at) ON eonay.payment`,
	`INSERT, UPDATE (message, due_at, attempts, ended_at, sent), DELETE ON eonay.outbox`,
	`INSERT, UPDATE (payload, due_at, attempts, ended_at, given_up), DELETE ON eonay.job`,
	`INSERT, UPDATE, DELETE ON eonay.used_login_challenge`,
	`INSERT, UPDATE ON eonay.lasting_due`,
	`INSERT, UPDATE ON eonay.probe`,
}

// Migrate makes the schema, or brings it up to date, and returns its version. The connection's role owns it. role, unless it is empty, is another
// one, which serves: it is given what that needs.
func Migrate(ctx context.Context, connection string, plain bool, role string) (version int, err error) {
	if role != "" && !rolePattern.MatchString(role) {
		return 0, fmt.Errorf("store: PostgreSQL: %q: want a role's name of small letters, digits and _", role)
	}
	s, err := schema(0)
	if err != nil {
		return 0, err
	}
	o := options(connection, plain)
	o.Timeout = 0 // a migration may have much to do
	pool, err := postgres.Open(ctx, o)
	if err != nil {
		return 0, fmt.Errorf("store: PostgreSQL: %w", err)
	}
	defer pool.Close()
	for isNewest := false; !isNewest; {
		err := besidePortals(ctx, pool, func(tx pgx.Tx) (err error) {
			if isNewest, err = s.Step(ctx, tx); err != nil || !isNewest || role == "" {
				return err
			}
			_, err = tx.Exec(ctx, "GRANT "+strings.Join(grants, " TO "+role+"; GRANT ")+" TO "+role, pgx.QueryExecModeSimpleProtocol)
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("store: PostgreSQL: %w", err)
		}
	}
	return len(s.Migrations), nil
}

const (
	// migrationPatience is how long a migration waits for a table, while whoever comes after it waits too. It is less than the second after which the
	// server ends one of two that wait for each other, so that the migration gives way and no person's request does.
	migrationPatience = 500 * time.Millisecond
	// migrationTries is how often a migration is tried whose tables others have.
	migrationTries = 100
)

// besidePortals runs f in a transaction that gives way to portals which serve meanwhile: they lock the same tables in an order of their own.
func besidePortals(ctx context.Context, pool *pgxpool.Pool, f func(tx pgx.Tx) error) error {
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", migrationPatience.Milliseconds())); err != nil {
				return err
			}
			return f(tx)
		})
		refusal, ok := errors.AsType[*pgconn.PgError](err)
		gaveWay := ok && (refusal.Code == "55P03" || refusal.Code == "40P01")
		switch {
		case !gaveWay:
			return err
		case try == migrationTries:
			return fmt.Errorf("tables are in use, as by an audit; what was begun is undone: try again when it has ended: %w", err)
		}
		select { // those who waited behind it go first
		case <-time.After(migrationPatience/2 + rand.N(migrationPatience)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
