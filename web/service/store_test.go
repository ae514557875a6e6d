package service_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/service"
)

// onPostgres has the service keep its challenges in a database of PostgreSQL.
func onPostgres(t *testing.T, s *service.Settings) {
	t.Helper()
	s.Database, s.PostgresFile = "", filepath.Join(t.TempDir(), "postgres")
	if err := os.WriteFile(s.PostgresFile, []byte(pgtest.Database(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPostgres runs the service twice on one database. A challenge that one has made the other verifies, once. While the database is away
// logins are refused as unavailable and use nothing; the service goes on once it is back.
func TestPostgres(t *testing.T) {
	w := newWorld(t)
	onPostgres(t, w.settings)
	first, stopFirst := serve(t, w.settings)
	second, stopSecond := serve(t, w.settings)
	card := w.ca.card("Ayşe Yılmaz", ayse)
	login := func() map[string]string {
		var request loginRequest
		w.url = first
		w.ask("dernek", "/v1/login/request", map[string]string{"session": "oturum"}, &request)
		return answer("oturum", request.Nonce, pkitest.LoginToken(t, card.certificate, card.key, other, request.Nonce))
	}
	one, two := login(), login()
	w.url = second
	w.ask("dernek", "/v1/login/verify", one, new(evidence))
	pgtest.Crash(t)
	w.refused(w.call("dernek", "POST", "/v1/login/verify", two), 503, "unavailable")
	w.refused(w.call("", "GET", "/health/ready", nil), 503, "unavailable")
	pgtest.Start(t)
	w.ask("dernek", "/v1/login/verify", two, new(evidence))
	for _, w.url = range []string{first, second} {
		for _, used := range []map[string]string{one, two} {
			w.refused(w.call("dernek", "POST", "/v1/login/verify", used), 403, "form_expired")
		}
	}
	for _, stop := range []func() error{stopFirst, stopSecond} {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestPostgresFile checks that files with a connection string which cannot be taken are refused when the service starts.
func TestPostgresFile(t *testing.T) {
	w := newWorld(t)
	s := *w.settings
	s.Database, s.PostgresFile = "", filepath.Join(t.TempDir(), "postgres")
	for name, test := range map[string]struct {
		text string
		mode os.FileMode
		says string
	}{
		"two lines":           {"host=/x\ndbname=rp", 0o600, "one line"},
		"too long":            {strings.Repeat(" ", 4097), 0o600, "longer than"},
		"read by everybody":   {"host=/x password=sifre", 0o644, "chmod"},
		"plain, far away":     {"host=db.example password=sifre", 0o600, "plain_postgres"},
		"nothing is there":    {"host=/nowhere password=sifre", 0o600, "/nowhere"},
		"no file of the name": {"", 0, "no such file"},
	} {
		if test.says == "chmod" && runtime.GOOS == "windows" {
			continue
		}
		if err := os.RemoveAll(s.PostgresFile); err != nil {
			t.Fatal(err)
		}
		if test.mode != 0 {
			if err := os.WriteFile(s.PostgresFile, []byte(test.text), test.mode); err != nil {
				t.Fatal(err)
			}
		}
		err := service.Serve(t.Context(), &s, io.Discard, slog.Default())
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "sifre") {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}
