package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
	"github.com/e-onay/e-onay/web/portal/store/storetest"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	return sqlitetest.Open(t, path)
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "a name with ?&#%20.db"))
	})
}

// raw opens the file beside the store, as another program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		if got := s.Pragma(t.Context(), pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, s.Close())
	open(t, path)
	open(t, path) // two processes
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	if _, err := raw(t, path).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v, want a refusal of version 99", err)
	}
}

func TestNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Error("opened a file that is no database")
	}
}

func TestRecordsCannotBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	open(t, path)
	db := raw(t, path)
	const act = `act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at)`
	const hash = `zeroblob(32)`
	const receipt = `receipt (number, reference, citizen_number, name, signature, received_at, due_at)`
	const release = `puk_release (reference, citizen_number, card, machine, claim, claim_signature, issued_at)`
	const applied = `application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, fee, salt, created_at, changed_at)`
	const applicationChange = `application_change (reference, version, event, by_actor, at, reason, basis, way, from_state, to_state, digest)`
	for _, statement := range []string{
		`INSERT INTO ` + act + ` VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`INSERT INTO evidence (reference, kind, number, der) VALUES ('A', 'crl', 1, x'03')`,
		`INSERT INTO ` + release + ` VALUES ('P', '10000000146', 'S', 'M', x'01', x'02', 3)`,
		`INSERT INTO ` + release + ` VALUES ('Q', '10000000146', 'S', 'M', x'01', x'02', 3)`,
		`UPDATE puk_release SET outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'Q'`,
		`INSERT INTO ` + receipt + ` VALUES (1, 'B', '10000000146', 'AYŞE', x'02', 3, 4)`,
		`INSERT INTO ` + receipt + ` VALUES (2, 'C', '11111111110', 'MEHMET', x'02', 3, 4)`,
		`UPDATE receipt SET code = 'certificate_revoked', refused_at = 5 WHERE number = 2`,
		`UPDATE receipt SET due_at = 5 WHERE number = 1`,
		`INSERT INTO login VALUES ('L', '10000000146', 'AYŞE', 'e-imza', 'https://a.example', 'n', x'01', 1, 2)`,
		`INSERT INTO evidence_signer VALUES ('A', 1, x'01')`,
		`INSERT INTO item VALUES (` + hash + `, x'01')`,
		`INSERT INTO login_evidence VALUES ('L', 'ocsp', 1, NULL, ` + hash + `)`, `INSERT INTO act_evidence VALUES ('A', 'ocsp', 1, NULL, ` + hash + `)`,
		`INSERT INTO institution_change VALUES (1, 'belediye', 'Belediye', 'Municipality', '', 1, NULL)`,
		`INSERT INTO officer_change VALUES (1, '10000000146', 'belediye', 1, NULL)`,
		`INSERT INTO people_list VALUES ('K', 'belediye', '10000000146', NULL, ` + hash + `, x'01', 'checked', 7, 0, 0, 1, 1, 1)`,
		`INSERT INTO role_change VALUES (1, '10000000146', 'reviewer', NULL, 1, NULL, NULL)`,
		`INSERT INTO decision VALUES ('D', 'text', 'editor', 's', '11111111101', x'01', '10000000146', 1, 9)`, `INSERT INTO decision VALUES ('E', 'text', 'editor', 's', '11111111101', x'01', '10000000146', 1, 9)`,
		`INSERT INTO decision_end VALUES ('D', 'confirmed', '11111111110', 2, '')`,
		`INSERT INTO legal_text VALUES (1, 'e-onay', 'f00d', 'a', 2, 'D')`, `INSERT INTO announcement VALUES (1, 'A', 'a', 'b', 'c', 'd', '', 2, 3, 0, 'D')`,
		`INSERT INTO chain VALUES (1, 'act', 'A', 0, ` + hash + `, ` + hash + `)`,
		`INSERT INTO chain VALUES (2, 'login', 'L', 0, ` + hash + `, ` + hash + `)`,
		`INSERT INTO head VALUES (1, ` + hash + `, 1, x'01')`,
		`INSERT INTO ` + applied + ` VALUES ('A', 1, '10000000146', 'AYŞE', 'nes', 'person', 'draft', 1, '{}', '', 0, zeroblob(16), 1, 1)`,
		`INSERT INTO ` + applied + ` VALUES ('B', 1, '11111111110', 'MEHMET', 'nes', 'person', 'cancelled', 1, '{}', '', 0, zeroblob(16), 1, 1)`,
		`UPDATE application SET version = 2, citizen_number = NULL, name = NULL, form = NULL, security_word = NULL, salt = NULL, erased_at = 2 WHERE reference = 'B'`,
		`INSERT INTO ` + applicationChange + ` VALUES ('A', 1, 'create', 'person', 1, '', '', '', '', 'draft', ` + hash + `)`,
		`INSERT INTO goods_order VALUES ('G', 1, 'reader', 'received', '{}', 0, 1, 1)`, `INSERT INTO goods_order_change VALUES ('G', 1, 'create', NULL, 1, '', 'received')`,
		`INSERT INTO paper_scan VALUES ('A', 1, 'image/png', x'01')`,
		`INSERT INTO shipment_state VALUES ('TR1', '1', 'A', 'accepted', '', 1, 1)`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		`UPDATE act SET name = 'MEHMET'`, `DELETE FROM act`,
		`UPDATE evidence SET der = x'04'`, `DELETE FROM evidence`, `UPDATE inline_evidence SET der = x'04'`, `DELETE FROM inline_evidence`,
		`INSERT INTO ` + act + ` VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // a second first act
		`INSERT INTO ` + act + ` VALUES ('B', '10000000146', 2, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`, // given twice
		`REPLACE INTO ` + act + ` VALUES ('A', '11111111110', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`REPLACE INTO ` + act + ` VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3)`,
		`REPLACE INTO evidence (reference, kind, number, der) VALUES ('A', 'crl', 1, x'04')`,
		`DELETE FROM puk_release`,
		`UPDATE puk_release SET outcome = 'pin_locked' WHERE reference = 'Q'`,
		`UPDATE puk_release SET outcome = NULL, report = NULL, report_signature = NULL, reported_at = NULL WHERE reference = 'Q'`,
		`UPDATE puk_release SET outcome = 'done', report = x'01', reported_at = 4 WHERE reference = 'P'`, // unsigned
		`UPDATE puk_release SET card = 'T' WHERE reference = 'P'`,
		`UPDATE puk_release SET card = 'T', outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`UPDATE puk_release SET claim = x'04', outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`UPDATE puk_release SET issued_at = 0, outcome = 'done', report = x'01', report_signature = x'02', reported_at = 4 WHERE reference = 'P'`,
		`UPDATE login SET name = 'MEHMET'`, `DELETE FROM login`, `REPLACE INTO login VALUES ('L', '', '', '', '', '', x'', 1, 2)`,
		`UPDATE inline_evidence_signer SET der = x'02'`, `DELETE FROM inline_evidence_signer`, `REPLACE INTO evidence_signer VALUES ('A', 1, x'02')`,
		`UPDATE item SET der = x'02'`, `DELETE FROM item`, `REPLACE INTO item VALUES (` + hash + `, x'02')`,
		`UPDATE act_evidence SET url = 'a'`, `DELETE FROM act_evidence`, `REPLACE INTO act_evidence VALUES ('A', 'ocsp', 1, 'a', ` + hash + `)`,
		`UPDATE login_evidence SET url = 'a'`, `DELETE FROM login_evidence`, `REPLACE INTO login_evidence VALUES ('L', 'ocsp', 1, 'a', ` + hash + `)`,
		`UPDATE institution_change SET terms = 'x'`, `DELETE FROM institution_change`, `REPLACE INTO institution_change VALUES (1, 'okul', '', '', '', 1, NULL)`,
		`UPDATE officer_change SET institution = 'okul'`, `DELETE FROM officer_change`, `REPLACE INTO officer_change VALUES (1, '10000000146', 'okul', 1, NULL)`,
		`UPDATE people_list SET content = x'02'`, `UPDATE people_list SET sha256 = randomblob(32)`, `UPDATE people_list SET institution = 'okul'`,
		`UPDATE people_list SET lines = 8`, `UPDATE people_list SET done = 8`, `UPDATE people_list SET state = 'done'`,
		`UPDATE application SET version = 2, institution = 'belediye' WHERE reference = 'A'`,
		`UPDATE paper_scan SET content = x'02'`, `UPDATE paper_scan SET content = NULL`, `UPDATE paper_scan SET media_type = 'text/html'`, `DELETE FROM paper_scan`,
		`REPLACE INTO paper_scan VALUES ('A', 1, 'image/png', x'02')`,
		`UPDATE role_change SET role = 'courier'`, `DELETE FROM role_change`, `REPLACE INTO role_change VALUES (1, '10000000146', 'courier', NULL, 1, NULL, NULL)`,
		`UPDATE decision SET asked = x'02'`, `DELETE FROM decision`, `REPLACE INTO decision VALUES ('D', 'text', 'editor', 's', NULL, x'02', '10000000146', 1, 9)`,
		`UPDATE decision_end SET reason = 'a'`, `DELETE FROM decision_end`, `REPLACE INTO decision_end VALUES ('D', 'refused', '11111111110', 2, '')`,
		`INSERT INTO decision_end VALUES ('E', 'confirmed', '10000000146', 2, '')`, // by its asker
		`INSERT INTO decision_end VALUES ('E', 'confirmed', '11111111101', 2, '')`, // by whom it is about
		`INSERT INTO decision_end VALUES ('E', 'confirmed', '11111111110', 9, '')`, // too late
		`UPDATE legal_text SET body = 'b'`, `DELETE FROM legal_text`, `REPLACE INTO legal_text VALUES (1, 'e-onay', 'f00d', 'b', 2, 'D')`,
		`UPDATE announcement SET link = 'b'`, `DELETE FROM announcement`, `REPLACE INTO announcement VALUES (1, 'A', 'a', 'b', 'c', 'd', 'x', 2, 3, 0, 'D')`,
		`UPDATE chain SET before = 1`, `DELETE FROM chain WHERE number = 2`, `REPLACE INTO chain VALUES (2, 'act', 'B', 0, ` + hash + `, ` + hash + `)`,
		`INSERT INTO chain VALUES (4, 'act', 'B', 0, ` + hash + `, ` + hash + `)`, // a gap
		`INSERT INTO chain VALUES (3, 'act', 'A', 0, ` + hash + `, ` + hash + `)`, // a second one
		`UPDATE head SET signature = x'02'`, `DELETE FROM head`, `REPLACE INTO head VALUES (1, ` + hash + `, 1, x'02')`,
		`INSERT INTO head VALUES (2, randomblob(32), 1, x'01')`, `INSERT INTO head VALUES (3, ` + hash + `, 1, x'01')`,
		`INSERT INTO unchained VALUES (1, 'act', 'A')`,
		`UPDATE application SET state = 'active' WHERE reference = 'A'`, `UPDATE application SET version = 3 WHERE reference = 'A'`, // not the next version
		`UPDATE application SET version = 2, citizen_number = '11111111110' WHERE reference = 'A'`,
		`UPDATE application SET version = 2, kind = 'seal' WHERE reference = 'A'`, `UPDATE application SET version = 2, payer = 'institution' WHERE reference = 'A'`,
		`UPDATE application SET version = 2, created_at = 2 WHERE reference = 'A'`, `UPDATE application SET version = 2, salt = zeroblob(8) WHERE reference = 'A'`,
		`UPDATE application SET version = 2, salt = NULL WHERE reference = 'A'`, `UPDATE application SET version = 2, erased_at = 2 WHERE reference = 'A'`,
		`UPDATE application SET version = 3, fee = 1 WHERE reference = 'B'`, // after its erasure
		`DELETE FROM application WHERE reference = 'B'`,
		`REPLACE INTO ` + applied + ` VALUES ('B', 1, '11111111110', 'MEHMET', 'nes', 'person', 'draft', 1, '{}', '', 0, zeroblob(16), 1, 1)`,
		`INSERT INTO ` + applied + ` VALUES ('C', 1, '10000000146', 'AYŞE', 'nes', 'person', 'held', 1, '{}', '', 0, zeroblob(16), 1, 1)`,        // a second open one
		`INSERT INTO ` + applied + ` VALUES ('C', 2, '11111111110', 'MEHMET', 'nes', 'person', 'cancelled', 1, '{}', '', 0, zeroblob(16), 1, 1)`, // not the first version
		`INSERT INTO ` + applied + ` VALUES ('C/1', 1, '11111111110', 'MEHMET', 'nes', 'person', 'cancelled', 1, '{}', '', 0, zeroblob(16), 1, 1)`,
		`UPDATE application_change SET reason = 'x'`, `DELETE FROM application_change`,
		`REPLACE INTO ` + applicationChange + ` VALUES ('A', 1, 'create', 'person', 1, '', '', '', '', 'held', ` + hash + `)`,
		`INSERT INTO ` + applicationChange + ` VALUES ('A', 3, 'open', 'person', 1, '', '', '', '', 'held', ` + hash + `)`, // a gap
		`UPDATE goods_order_change SET note = 'x'`, `DELETE FROM goods_order_change`, `REPLACE INTO goods_order_change VALUES ('G', 1, 'create', NULL, 1, '', 'paid')`,
		`UPDATE shipment_state SET state = 'lost'`, `DELETE FROM shipment_state`, `REPLACE INTO shipment_state VALUES ('TR1', '1', 'A', 'lost', '', 1, 1)`,
		`DELETE FROM receipt`, `DELETE FROM receipt WHERE number = 2`,
		`UPDATE receipt SET signature = x'03' WHERE number = 1`, `UPDATE receipt SET name = 'MEHMET' WHERE number = 1`,
		`UPDATE receipt SET acr = 'high', amr = '' WHERE number = 1`, `UPDATE receipt SET received_at = 4 WHERE number = 1`, `UPDATE receipt SET number = 3 WHERE number = 1`,
		`UPDATE receipt SET code = NULL, refused_at = NULL WHERE number = 2`, `UPDATE receipt SET due_at = 6 WHERE number = 2`,
		`UPDATE receipt SET code = 'certificate_revoked' WHERE number = 1`,                // without a time
		`INSERT INTO ` + receipt + ` VALUES (3, 'D', '10000000146', 'AYŞE', x'02', 3, 4)`, // a second open one
		`REPLACE INTO ` + receipt + ` VALUES (1, 'D', '10000000146', 'AYŞE', x'03', 3, 4)`,
		`REPLACE INTO ` + receipt + ` VALUES (2, 'C', '11111111110', 'MEHMET', x'03', 3, 4)`,
		`REPLACE INTO ` + receipt + ` VALUES (3, 'D', '10000000146', 'AYŞE', x'03', 3, 4)`,
		`REPLACE INTO ` + release + ` VALUES ('P', '11111111110', 'S', 'M', x'01', x'02', 3)`,
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s: done", statement)
		}
	}
}

// older makes a database of an earlier version of the schema.
func older(t *testing.T, path string, version int) *sql.DB {
	t.Helper()
	migrations, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(migrations) < version {
		t.Fatalf("%d migrations, %v", len(migrations), err)
	}
	db := raw(t, path)
	for _, name := range migrations[:version] {
		statements, err := os.ReadFile(name)
		must(t, err)
		_, err = db.Exec(string(statements))
		must(t, err)
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version))
	must(t, err)
	return db
}

// TestReadersStay: a connection costs more to open than most reads cost.
func TestReadersStay(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "portal.db"))
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 100 {
				if _, err := s.NewestAct(t.Context(), "10000000146"); !errors.Is(err, store.ErrNotFound) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := s.ReadersClosed(); n > 0 {
		t.Errorf("%d connections were closed between reads", n)
	}
}

// TestWritesInTheirOrder: with many who write at once, whoever came first is not the last.
func TestWritesInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), path)
		must(t, err)
		defer s.Close()
		over := make(chan struct{})
		const enter = `INSERT INTO written VALUES (?)`
		must(t, s.Exec(t.Context(), `CREATE TABLE written (number INTEGER)`))
		for i := range 20 {
			go func() {
				if i%2 == 1 {
					must(t, s.Exec(t.Context(), enter, i))
					return
				}
				must(t, s.Transact(t.Context(), func(tx *sql.Tx) error {
					<-over // the first; the others come after it has gone
					_, err := tx.Exec(enter, i)
					return err
				}))
			}()
			synctest.Wait()
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := s.Transact(gone, func(*sql.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left while waiting: %v", err)
		}
		close(over)
		synctest.Wait()
		order := s.Written(t.Context())
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("written in the order %v", order)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFirstVersionIsKept opens a database of the first version, with a challenge in it.
func TestFirstVersionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	session := store.HashOf("a")
	db := older(t, path, 1)
	if _, err := db.Exec(`INSERT INTO challenge VALUES ('A', ?, 1, '10000000146', 'give', '168857414351237', 'f00d', x'01', 1000, 2000)`, session[:]); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).NewestChallenge(t.Context(), session, store.Give)
	if err != nil || got.Reference != "A" || got.Code != "168857414351237" || got.ExpiresAt.UnixMilli() != 2000 || got.Used {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestVersion asks for the version of a database of the first program, which stays so, of one of today, and of none.
func TestVersion(t *testing.T) {
	dir := t.TempDir()
	old, today := filepath.Join(dir, "old.db"), filepath.Join(dir, "portal.db")
	older(t, old, 1)
	open(t, today)
	_, newest, err := sqlite.Version(t.Context(), filepath.Join(dir, "none.db"))
	if !errors.Is(err, fs.ErrNotExist) || newest < 2 {
		t.Errorf("of none: %d, %v", newest, err)
	}
	for path, want := range map[string]int{old: 1, today: newest} {
		for range 2 {
			if version, _, err := sqlite.Version(t.Context(), path); err != nil || version != want {
				t.Errorf("%s: version %d, %v, want %d", path, version, err, want)
			}
		}
	}
}

func TestContractOfManyProcesses(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		path := filepath.Join(t.TempDir(), "portal.db")
		return storetest.Turns(open(t, path), open(t, path), open(t, path), open(t, path))
	})
}
