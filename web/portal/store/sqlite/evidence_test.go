package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// versionOf returns the version that a migration brings.
func versionOf(t *testing.T, name string) int {
	t.Helper()
	migrations, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	at := slices.IndexFunc(migrations, func(path string) bool { return strings.Contains(path, name) })
	if at < 0 {
		t.Fatalf("no migration %s", name)
	}
	return at + 1
}

func TestEvidenceIsKeptOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	for _, person := range []string{"10000000146", "11111111110"} {
		give(t, s, person)
		e, err := s.Evidence(t.Context(), person)
		if err != nil || len(e.Path) != 2 || len(e.CRLSigners) != 1 || string(e.Path[1]) != "\x03" || string(e.CRLSigners[0]) != "\x07" {
			t.Errorf("the evidence of %s: %+v, %v", person, e, err)
		}
	}
	login(t, s, "L") // has the certificates too
	var items, kept, inline int
	must(t, raw(t, path).QueryRow(`SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM act_evidence),
		(SELECT count(*) FROM inline_evidence) + (SELECT count(*) FROM inline_evidence_signer)`).Scan(&items, &kept, &inline))
	if items != 6 || kept != 6 || inline != 0 {
		t.Errorf("%d items for %d of two acts and a login, %d inline", items, kept, inline)
	}
}

// TestEvidenceOfAProgramOfBefore has a program of before, whose statements are prepared, go on while this one takes the database to its version: it reads what
// acts of either have, and adds its own.
func TestEvidenceOfAProgramOfBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db := older(t, path, versionOf(t, "evidence_once")-1)
	add := func(reference string, statement *sql.Stmt, values ...any) {
		t.Helper()
		_, err := db.Exec(`INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at)
			VALUES (?1, ?1, 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, reference)
		must(t, err)
		_, err = statement.Exec(values...)
		must(t, err)
	}
	insert, err := db.Prepare(`INSERT INTO evidence (reference, kind, number, der, url) VALUES (?1, ?2, ?3, ?4, ?5)`)
	must(t, err)
	read, err := db.Prepare(`SELECT kind, number, der, url FROM evidence WHERE reference = ?1
		UNION ALL SELECT 'signer', number, der, NULL FROM evidence_signer WHERE reference = ?1 ORDER BY 1, 2`)
	must(t, err)
	add("before", insert, "before", "crl", 1, []byte{8}, "http://crl.example")

	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	give(t, s, "after")
	add("beside", insert, "beside", "crl", 1, []byte{9}, "http://crl.example")
	for reference, want := range map[string]string{"before": "crl\x08", "after": "certificate\x02certificate\x03signer\x07", "beside": "crl\x09"} {
		rows, err := read.Query(reference)
		must(t, err)
		var got string
		for rows.Next() {
			var (
				kind   string
				number int
				der    []byte
				url    sql.NullString
			)
			must(t, rows.Scan(&kind, &number, &der, &url))
			got += kind + string(der)
		}
		must(t, rows.Close())
		if got != want {
			t.Errorf("the program of before reads %q of the act %s, want %q", got, reference, want)
		}
	}
	e, err := s.Evidence(t.Context(), "beside")
	if err != nil || len(e.CRLs) != 1 || string(e.CRLs[0].DER) != "\x09" || e.CRLs[0].URL != "http://crl.example" {
		t.Errorf("this program reads %+v of the other's act, %v", e, err)
	}
}
