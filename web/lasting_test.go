package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// misbehaveTSA has the sandbox's time-stamp authority misbehave.
func (w *world) misbehaveTSA(how string) {
	w.t.Helper()
	response, err := http.Post(w.sandbox+"/admin/misbehave", "application/json", strings.NewReader(fmt.Sprintf(`{"tsa":%q}`, how)))
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("misbehave %q: %v", how, err)
	}
	response.Body.Close()
}

// lastingState asks the database for a number about the only act.
func (w *world) lastingState(query string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.database+"?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil && !errors.Is(err, sql.ErrNoRows) {
		w.t.Fatal(err)
	}
	return n
}

// TestLasting has a portal make an act last that was recorded when it named no authority: not while the sandbox's authority misbehaves,
// and then at once. The audit proves the copy, and finds one that was changed.
func TestLasting(t *testing.T) {
	w := newWorld(t)
	withLasting := w.lastingSettings()
	w.configure(map[string]any{"lasting": nil})
	portal := start(t, "serve", "-config", w.config)
	reference, body := w.prepare(portal.url)
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
	if answer := w.must("GET", portal.url+"/saglik/kalici", "", "", 200); answer != "off\n" {
		t.Errorf("%q without an authority", answer)
	}
	stop := func() {
		t.Helper()
		if status := portal.end(syscall.SIGTERM); status != 0 {
			t.Fatalf("the portal ended with %d\n%s", status, &portal.log)
		}
	}
	stop()
	if _, r := w.audit(); r.Findings > 0 || r.Copies != 0 {
		t.Errorf("%+v", r)
	}

	w.configure(map[string]any{"lasting": withLasting})
	for _, how := range []string{"wrong-imprint", "expired", "wrong-signer", "hang"} {
		w.misbehaveTSA(how)
		w.lastingNow()
		portal = start(t, "serve", "-config", w.config)
		if how != "hang" {
			w.until("the attempt has failed", func(int64) bool {
				return w.lastingState(`SELECT count(*) FROM lasting_due WHERE code IS NOT NULL`) == 1
			}, 0)
		}
		stop()
		if n := w.lastingState(`SELECT count(*) FROM lasting`); n != 0 {
			t.Errorf("%s: %d copies", how, n)
		}
	}

	w.misbehaveTSA("ok")
	w.lastingNow()
	portal = start(t, "serve", "-config", w.config)
	w.until("there is a copy", func(int64) bool { return w.lastingState(`SELECT count(*) FROM lasting`) == 1 }, 0)
	if answer := w.must("GET", portal.url+"/saglik/kalici", "", "", 200); answer != "ok\n" {
		t.Errorf("%q with a copy", answer)
	}
	stop()
	if _, r := w.audit(); r.Findings > 0 || r.Copies != 1 {
		t.Errorf("%+v", r)
	}
	s := w.open()
	c, err := s.NewestCopy(context.Background(), reference)
	if err != nil || c.LastsUntil.IsZero() || errors.Join(s.Close()) != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	w.change(`DROP TRIGGER lasting_kept_1`, `UPDATE lasting SET lasts_until = lasts_until + 31536000000`)
	if _, r := w.audit(); r.Findings != 2 { // the trigger that is gone is one
		t.Errorf("a changed copy: %+v", r)
	}
	w.change(`DROP TRIGGER lasting_kept_2`, `DELETE FROM lasting`)
	if _, r := w.audit(); r.Findings != 2 || r.Copies != 0 {
		t.Errorf("a copy that is gone: %+v", r)
	}
}

// lastingSettings are what the sandbox names.
func (w *world) lastingSettings() any {
	return map[string]any{"authorities": []any{map[string]any{"url": w.sandbox + "/tsa"}}}
}

// lastingNow has what waits be due.
func (w *world) lastingNow() {
	w.change(`UPDATE lasting_due SET due_at = 0, attempts = 0, code = NULL`)
}

// change changes the portal's database, which does not run.
func (w *world) change(statements ...string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	for _, one := range statements {
		if _, err := db.Exec(one); err != nil {
			w.t.Fatal(err)
		}
	}
}
