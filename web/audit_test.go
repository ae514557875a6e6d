package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
)

// configure changes the portal's settings.
func (w *world) configure(changes map[string]any) {
	w.t.Helper()
	set(w.t, w.config, changes)
}

// newKey writes a key, and its public key, and returns their files.
func newKey(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public = filepath.Join(dir, "key.pem"), filepath.Join(dir, "public.pem")
	for path, block := range map[string]*pem.Block{private: {Type: "PRIVATE KEY", Bytes: der}, public: {Type: "PUBLIC KEY", Bytes: publicDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return private, public
}

// audit runs the command, and returns its exit status and what it has seen.
func (w *world) audit(args ...string) (status int, report portal.AuditReport) {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(w.t.Context(), append([]string{"audit", "-config", w.config}, args...), strings.NewReader(""), &stdout, &stderr)
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		w.t.Fatalf("audit %v: %d %s %s", args, status, &stdout, &stderr)
	}
	if (status == 0) != (report.Findings == 0) {
		w.t.Errorf("audit %v ends with %d: %+v", args, status, report)
	}
	return status, report
}

// TestAudit proves what a portal has recorded, beside it and after it, and finds out that an older database was put in the place of
// the one whose head is published.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	key, public := newKey(t)
	_, stranger := newKey(t)
	heads := filepath.Join(t.TempDir(), "heads.jsonl")
	w.configure(map[string]any{"evidence_key_file": key, "evidence_heads": heads})
	sign := func() {
		t.Helper()
		portal := start(t, "serve", "-config", w.config)
		_, body := w.prepare(portal.url)
		w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
		if _, r := w.audit(); r.Findings > 0 {
			t.Errorf("beside the portal: %+v", r.First)
		}
		if status := portal.end(syscall.SIGTERM); status != 0 {
			t.Fatalf("the portal ended with %d\n%s", status, &portal.log)
		}
	}
	sign()
	older := filepath.Join(t.TempDir(), "older.db")
	var out bytes.Buffer
	if status := run(t.Context(), []string{"backup", "-config", w.config, older}, strings.NewReader(""), &out, &out); status != 0 {
		t.Fatal(&out)
	}
	sign()
	_, r := w.audit()
	if r.Findings > 0 || r.Acts != 2 || r.Entries != 2 || r.Heads != 2 || r.Published < 2 {
		t.Errorf("%+v", r)
	}
	if _, r := w.audit("-key", public, "-database", older); r.Findings > 0 || r.Acts != 1 || r.Published != 0 {
		t.Errorf("the copy: %+v", r)
	}
	if _, r := w.audit("-key", stranger); r.Findings < 4 || r.First[0].Kind != "head" {
		t.Errorf("with another key: %+v", r)
	}
	if err := os.Rename(heads, heads+".away"); err != nil {
		t.Fatal(err)
	}
	if _, r := w.audit(); r.Findings != 1 || !strings.Contains(r.First[0].What, "is not there") {
		t.Errorf("without the file of heads: %+v", r)
	}
	if _, r := w.audit("-heads", heads+".away"); r.Findings > 0 || r.Published < 2 {
		t.Errorf("with the file of heads from elsewhere: %+v", r)
	}
	if err := os.Rename(heads+".away", heads); err != nil {
		t.Fatal(err)
	}
	w.replaceDatabase(older)
	_, r = w.audit()
	if r.Findings != 1 || r.First[0].Kind != "head" || !strings.Contains(r.First[0].What, "no such entry any more") {
		t.Errorf("an older database: %+v", r)
	}
}

// replaceDatabase puts another database in the place of the portal's, which does not run.
func (w *world) replaceDatabase(path string) {
	w.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{w.database + "-wal", w.database + "-shm"} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	}
	if err := os.WriteFile(w.database, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}
