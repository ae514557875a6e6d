package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/test/pgtest"
)

// servingRole is the role that the portals of a test connect as.
const servingRole = "eonay_serving"

// onPostgres has the world's portals keep their record in PostgreSQL, and returns a file that says how its owner connects.
func (w *world) onPostgres() (owner string) {
	w.t.Helper()
	return w.onDatabase(pgtest.Database(w.t))
}

// onDatabase does so in the database of a connection string, whose role becomes its owner. A role of its own only serves.
func (w *world) onDatabase(connection string) (owner string) {
	w.t.Helper()
	db, err := pgx.Connect(w.t.Context(), connection)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close(w.t.Context())
	if _, err := db.Exec(w.t.Context(), `DO $$ BEGIN IF to_regrole('`+servingRole+`') IS NULL THEN CREATE ROLE `+servingRole+` LOGIN; END IF; END $$`); err != nil {
		w.t.Fatal(err)
	}
	w.postgres = connection + " user=" + servingRole
	folder := filepath.Dir(w.config)
	owner = filepath.Join(folder, "owner")
	for name, text := range map[string]string{owner: connection, filepath.Join(folder, "postgres"): w.postgres} {
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	w.configure(map[string]any{"database": nil, "postgres_file": "postgres"})
	return owner
}

// command runs a verb, and returns its exit status and what it has written.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// TestPostgres makes the schema, and gives and withdraws E-Onay by a portal of its own process; check, audit and backup say what is so before and after.
func TestPostgres(t *testing.T) {
	w := newWorld(t)
	owner := w.onPostgres()
	checked := func(says string) {
		t.Helper()
		if _, out, _ := command(t, "check", "-en", "-json", "-config", w.config); !strings.Contains(out, says) {
			t.Errorf("check says %s, want %q", out, says)
		}
	}
	checked("web migrate")
	if status, _, says := command(t, "serve", "-config", w.config); status != 1 || !strings.Contains(says, "web migrate") {
		t.Errorf("without the schema: %d %s", status, says)
	}
	if status, out, says := command(t, "migrate", "-config", w.config, "-owner", owner, "-role", servingRole); status != 0 || !strings.Contains(out, `"version":`) {
		t.Fatalf("migrate: %d %s%s", status, out, says)
	}
	checked("this program knows")
	w.logIn()
	metrics := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	w.configure(map[string]any{"metrics_listen": metrics})
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGKILL) }()
	for range 2 {
		reference, body := w.prepare(portal.url)
		w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
		if !w.whole(reference) {
			t.Errorf("%s is not on record", reference)
		}
	}
	w.must("GET", portal.url+"/saglik/hazir", "", "", 200)
	text := w.must("GET", "http://"+metrics+"/metrics", "", "", 200)
	for _, line := range []string{"eonay_store_up 1\n", "eonay_receipts_open 0\n"} {
		if !strings.Contains(text, line) || strings.Contains(text, "eonay_store_bytes 0\n") || strings.Contains(text, "eonay_store_write_seconds_count 0\n") {
			t.Errorf("metrics: %s", text)
		}
	}
	if _, r := w.audit(); r.Findings > 0 || r.Acts != 2 || r.Entries != 2 {
		t.Errorf("%+v", r)
	}
	if status, _, says := command(t, "backup", "-config", w.config, filepath.Join(t.TempDir(), "copy.db")); status != 1 || !strings.Contains(says, "pg_dump") {
		t.Errorf("backup: %d %s", status, says)
	}
	if status := portal.end(syscall.SIGTERM); status != 0 {
		t.Errorf("the portal ended with %d\n%s", status, &portal.log)
	}
}

// TestFailover has people sign while the server crashes and its synchronous standby takes over: what was answered is on record there, and the portal goes on
// by itself.
func TestFailover(t *testing.T) {
	drill(t)
	w := newWorld(t)
	pair := pgtest.NewPair(t)
	owner := w.onDatabase(pair.Connection())
	if status, _, says := command(t, "migrate", "-config", w.config, "-owner", owner, "-role", servingRole); status != 0 {
		t.Fatal(says)
	}
	if _, out, _ := command(t, "check", "-json", "-config", w.config); strings.Contains(out, losesAtFailover) {
		t.Errorf("check warns of a server that waits for its standby: %s", out)
	}
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGKILL) }()
	answered, finish := w.threeSign(portal.url)
	signs := func() {
		t.Helper()
		w.until("five more signatures are answered", func(before int64) bool { return answered.Load() >= before+5 }, answered.Load())
	}
	signs()
	pair.FailOver()
	signs()
	w.settled(finish())
	if _, r := w.audit(); r.Findings > 0 || r.Acts == 0 || r.Acts != r.Entries {
		t.Errorf("%+v", r)
	}
}

// losesAtFailover is in the warning of a standby that may lack what was answered.
const losesAtFailover = "synchronous_standby_names"

// TestCheckWarnsOfStandby checks settings that name a second server, for which the first does not wait.
func TestCheckWarnsOfStandby(t *testing.T) {
	w := newWorld(t)
	owner := w.onDatabase(strings.Replace(pgtest.Database(t), " user=", ",/nowhere user=", 1))
	if status, _, says := command(t, "migrate", "-config", w.config, "-owner", owner, "-role", servingRole); status != 0 {
		t.Fatal(says)
	}
	if _, out, _ := command(t, "check", "-json", "-config", w.config); !strings.Contains(out, losesAtFailover) {
		t.Errorf("check says %s", out)
	}
}

// TestCopy moves a portal from SQLite to PostgreSQL and back, with what it has on record: each goes on where the one before ended, and the published heads
// are those of one record.
func TestCopy(t *testing.T) {
	w := newWorld(t)
	key, _ := newKey(t)
	w.configure(map[string]any{"evidence_key_file": key, "evidence_heads": filepath.Join(t.TempDir(), "heads.jsonl")})
	act := func(acts int) {
		t.Helper()
		portal := start(t, "serve", "-config", w.config)
		_, body := w.prepare(portal.url)
		w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
		if status := portal.end(syscall.SIGTERM); status != 0 {
			t.Fatalf("the portal ended with %d\n%s", status, &portal.log)
		}
		if _, r := w.audit(); r.Findings > 0 || r.Acts != acts || r.Entries != acts || r.Heads < acts || r.Published < acts {
			t.Errorf("act %d: %+v", acts, r)
		}
	}
	act(1)
	onSQLite := filepath.Join(filepath.Dir(w.config), "sqlite.json")
	text, err := os.ReadFile(w.config)
	if err == nil {
		err = os.WriteFile(onSQLite, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	owner := w.onPostgres()
	for _, args := range [][]string{
		{"migrate", "-config", w.config, "-owner", owner, "-role", servingRole},
		{"copy", "-from", onSQLite, "-to", w.config, "-owner", owner},
	} {
		if status, out, says := command(t, args...); status != 0 {
			t.Fatalf("%v: %s%s", args, out, says)
		}
	}
	act(2)
	if status, _, says := command(t, "copy", "-from", w.config, "-to", onSQLite); status != 1 || !strings.Contains(says, "is there already") {
		t.Errorf("over the old database: %d %s", status, says)
	}
	set(t, onSQLite, map[string]any{"database": "back.db"})
	if status, out, says := command(t, "copy", "-from", w.config, "-to", onSQLite); status != 0 {
		t.Fatalf("back: %s%s", out, says)
	}
	w.config, w.postgres = onSQLite, ""
	act(3)
}
