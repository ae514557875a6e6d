package postgres_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/store"
	portal "github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/postgres"
)

// before makes the schema as it is before a migration, for the role that serves.
func before(t *testing.T, migration string) (owner, role string) {
	t.Helper()
	owner = pgtest.Database(t)
	db := raw(t, owner)
	s := &postgres.Schema{Name: "eonay", Lock: 1}
	paths, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	for _, path := range paths {
		if strings.Contains(path, migration) {
			break
		}
		statements, err := os.ReadFile(path)
		must(t, err)
		s.Migrations = append(s.Migrations, string(statements))
	}
	must(t, pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return s.Migrate(t.Context(), tx) }))
	_, err = db.Exec(t.Context(), `DO $$ BEGIN IF to_regrole('`+serving+`') IS NULL THEN CREATE ROLE `+serving+` LOGIN; END IF; END $$;
		GRANT USAGE ON SCHEMA eonay TO `+serving+`; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA eonay TO `+serving)
	must(t, err)
	return owner, owner + " user=" + serving
}

// TestEvidenceOfAProgramOfBefore has a program of before, whose statements are prepared and whose role the migration is not told, go on while the database is
// taken to this version: it reads what acts of either have, and adds its own.
func TestEvidenceOfAProgramOfBefore(t *testing.T) {
	owner, role := before(t, "evidence_once")
	ctx, old := t.Context(), raw(t, role)
	add := func(reference string, der byte) {
		t.Helper()
		_, err := old.Exec(ctx, `INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at)
			VALUES ($1, $2, 1, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3)`, reference, reference)
		must(t, err)
		_, err = old.Exec(ctx, `INSERT INTO evidence (reference, kind, number, der, url) VALUES ($1, $2, $3, $4, $5)`, reference, "crl", 1, []byte{der}, "http://crl.example")
		must(t, err)
	}
	read := func(reference string) (got string) {
		t.Helper()
		rows, err := old.Query(ctx, `SELECT kind, number, der, url FROM evidence WHERE reference = $1
			UNION ALL SELECT 'signer' COLLATE "C", number, der, NULL FROM evidence_signer WHERE reference = $1 ORDER BY 1, 2`, reference)
		must(t, err)
		for rows.Next() {
			var (
				kind   string
				number int64
				der    []byte
				url    *string
			)
			must(t, rows.Scan(&kind, &number, &der, &url))
			got += kind + string(der)
		}
		must(t, rows.Err())
		return got
	}
	add("before", 8)
	read("before")

	_, err := portal.Migrate(ctx, owner, false, "")
	must(t, err)
	s := open(t, owner)
	_, arrival := issue(t, s, "A", ayse)
	r, err := s.Receive(ctx, arrival)
	must(t, err)
	must(t, s.Complete(ctx, store.Completion{Receipt: r.Number, Reference: "A", Evidence: evidence}))
	add("beside", 9)
	for reference, want := range map[string]string{"before": "crl\x08", "A": "certificate\x01ocsp\x02signer\x03", "beside": "crl\x09"} {
		if got := read(reference); got != want {
			t.Errorf("the program of before reads %q of the act %s, want %q", got, reference, want)
		}
	}
	e, err := s.Evidence(ctx, "beside")
	if err != nil || len(e.CRLs) != 1 || string(e.CRLs[0].DER) != "\x09" {
		t.Errorf("this program reads %+v of the other's act, %v", e, err)
	}
}

// TestEvidenceIsKeptOnce has two acts and a login rest on the same bytes.
func TestEvidenceIsKeptOnce(t *testing.T) {
	connection := database(t)
	s, db := open(t, connection), raw(t, connection)
	recordAll(t, s) // an act and a login
	_, arrival := issue(t, s, "Z", "11111111101")
	r, err := s.Receive(t.Context(), arrival)
	must(t, err)
	must(t, s.Complete(t.Context(), store.Completion{Receipt: r.Number, Reference: "Z", Evidence: evidence}))
	var items, kept, inline int
	must(t, db.QueryRow(context.Background(), `SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM act_evidence),
		(SELECT count(*) FROM inline_evidence) + (SELECT count(*) FROM inline_evidence_signer)`).Scan(&items, &kept, &inline))
	if items != 3 || kept != 6 || inline != 0 {
		t.Errorf("%d items for %d of two acts and a login, %d inline", items, kept, inline)
	}
}
