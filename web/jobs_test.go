package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// TestJobs lists what was given up, without what it says, and has one done again.
func TestJobs(t *testing.T) {
	dir := t.TempDir()
	config, database := filepath.Join(dir, "portal.json"), filepath.Join(dir, "portal.db")
	text := `{"issuer": "http://localhost:1", "client_id": "portal", "client_secret": "0123456789abcdef", "anchors": "none.pem", "database": "` + database + `"}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	err = db.PutJobs(t.Context(), store.Job{
		Key: "notice/A/3", Kind: "notice", Application: "A", Payload: []byte("gizli"), DueAt: now, ExpiresAt: now.Add(time.Hour),
	})
	j, leaseErr := db.LeaseJob(t.Context(), "notice", now, now.Add(time.Minute))
	if err := errors.Join(err, leaseErr, db.JobFailed(t.Context(), j, now, time.Time{})); err != nil {
		t.Fatal(err)
	}
	err = db.PutJobs(t.Context(), store.Job{
		Key: "status/B/2", Kind: "status", Application: "B", Payload: []byte("gizli"), DueAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	web := func(args ...string) (status int, said string) {
		var out bytes.Buffer
		status = run(t.Context(), append([]string{"jobs", args[0], "-config", config}, args[1:]...), strings.NewReader(""), &out, &out)
		return status, out.String()
	}
	status, said := web("list")
	if status != 0 || !strings.Contains(said, `"key":"notice/A/3","kind":"notice","application":"A","attempts":1,`) || strings.Contains(said, "gizli") {
		t.Errorf("list: %d %q", status, said)
	}
	status, said = web("list", "-waiting")
	if status != 0 || !strings.HasPrefix(said, `{"key":"status/B/2","kind":"status","application":"B","attempts":0,"since":"`) || strings.Contains(said, "gizli") ||
		strings.Contains(said, "notice/A/3") {
		t.Errorf("list -waiting: %d %q", status, said)
	}
	for _, key := range []string{"notice/A/4", ""} {
		if status, said := web("retry", key); status != 1 || !strings.Contains(said, "no job with the key") {
			t.Errorf("retry %q: %d %q", key, status, said)
		}
	}
	if status, said := web("retry"); status != 1 || !strings.Contains(said, "want 1") {
		t.Errorf("retry without a key: %d %q", status, said)
	}
	if status, said := web("retry", "notice/A/3"); status != 0 || !strings.Contains(said, "notice/A/3") {
		t.Errorf("retry: %d %q", status, said)
	}
	if status, said := web("list"); status != 0 || said != "" {
		t.Errorf("list afterwards: %d %q", status, said)
	}
	if j, err := db.LeaseJob(t.Context(), "notice", time.Now(), time.Now().Add(time.Minute)); err != nil || string(j.Payload) != "gizli" {
		t.Errorf("it is to be done again: %+v, %v", j, err)
	}
}
