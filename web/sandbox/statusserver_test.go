package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// askStatus asks the authority for a status at a minute of an hour, as the portal does, and returns its answer.
func (w *world) askStatus(serial, status, reason string, minute int) (int, string) {
	w.t.Helper()
	token, err := os.ReadFile(w.path("status-token"))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.askStatusWith(strings.TrimSpace(string(token)), map[string]any{
		"serial": serial, "status": status, "reason": reason, "at": time.Date(2028, 2, 29, 12, minute, 0, 0, time.UTC), "key": "k",
	})
}

func (w *world) askStatusWith(token string, body map[string]any) (int, string) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.url+"/ca/status", bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	var answer struct{ Serial, Status, Error string }
	_ = json.NewDecoder(response.Body).Decode(&answer)
	if response.StatusCode == http.StatusOK && answer.Serial != serialOf(body) {
		return response.StatusCode, "of another certificate"
	}
	return response.StatusCode, answer.Status + answer.Error
}

func serialOf(body map[string]any) string { return body["serial"].(string) }

// says checks what openssl reads of a certificate in an OCSP answer and in the CRL.
func (w *world) says(certificate issued, ocsp, crl string) {
	w.t.Helper()
	out, err := w.ask(w.file(certificate.Certificate))
	if err != nil || !regexp.MustCompile(`Response verify OK\n(.*\n)*.*`+ocsp).MatchString(out) {
		w.t.Errorf("OCSP: %v\n%s\nwant %s", err, out, ocsp)
	}
	der := filepath.Join(w.t.TempDir(), "list.crl")
	if err := os.WriteFile(der, w.get(w.url+"/crl/intermediate.crl"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	entry := regexp.MustCompile(`Serial Number: 0*` + certificate.Serial + `\n(?:.+\n)*`).FindString(listText(w, der))
	if crl == "" && entry != "" || !regexp.MustCompile(crl).MatchString(entry) {
		w.t.Errorf("the CRL's entry is %q, want %s", entry, crl)
	}
}

// listText is a CRL as openssl prints it, with each entry ending in an empty line.
func listText(w *world, der string) string {
	text := mustOpenSSL(w.t, "crl", "-inform", "DER", "-in", der, "-noout", "-text")
	return strings.ReplaceAll(text, "    Serial Number: ", "\n    Serial Number: ")
}

// TestStatus: openssl reads in OCSP answers and CRLs what was asked for, and a restart forgets nothing of it.
func TestStatus(t *testing.T) {
	dir := t.TempDir()
	p := startProgram(t, dir)
	w := p.world
	c := w.issue(newKey(t, "P-256"), "valid")
	for _, step := range []struct {
		minute                int
		status, reason, stand string
		ocsp, crl             string
	}{
		{1, "suspended", "certificateHold", "suspended", `: revoked\n(.*\n)*\s*Reason: certificateHold\n`, `Certificate Hold`},
		{2, "active", "removeFromCRL", "active", `: good\n`, ``},
		{1, "suspended", "certificateHold", "active", `: good\n`, ``}, // it comes late
		{3, "suspended", "", "suspended", `: revoked\n(.*\n)*\s*Reason: certificateHold\n`, `Certificate Hold`},
		{3, "suspended", "", "suspended", `: revoked\n(.*\n)*\s*Reason: certificateHold\n`, `Certificate Hold`}, // twice
		{4, "revoked", "keyCompromise", "revoked", `: revoked\n(.*\n)*\s*Reason: keyCompromise\n`, `Key Compromise`},
		{5, "active", "", "revoked", `: revoked\n(.*\n)*\s*Reason: keyCompromise\n`, `Key Compromise`},
		{6, "suspended", "", "revoked", `: revoked\n(.*\n)*\s*Reason: keyCompromise\n`, `Key Compromise`},
	} {
		if status, stands := w.askStatus(c.Serial, step.status, step.reason, step.minute); status != http.StatusOK || stands != step.stand {
			t.Errorf("%s at minute %d: %d %s, want %s", step.status, step.minute, status, stands, step.stand)
		}
		w.says(c, step.ocsp, step.crl)
	}
	held := w.issue(newKey(t, "P-256"), "valid")
	w.askStatus(held.Serial, "suspended", "", 9)
	_ = p.end(syscall.SIGKILL) // it ends by the signal, as asked
	again := startProgram(t, dir)
	again.says(c, `Reason: keyCompromise\n`, `Key Compromise`)
	again.says(held, `Reason: certificateHold\n`, `Certificate Hold`)
	if _, stands := again.askStatus(held.Serial, "active", "", 8); stands != "suspended" {
		t.Errorf("a request from before the restart that comes late: %s", stands)
	}
	if err := again.end(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

func TestStatusRefuses(t *testing.T) {
	w := start(t)
	c := w.issue(newKey(t, "P-256"), "valid")
	if status, _ := w.askStatusWith("guess", map[string]any{"serial": c.Serial, "status": "revoked"}); status != http.StatusUnauthorized {
		t.Errorf("another token: %d", status)
	}
	for name, test := range map[string]struct {
		serial, status, reason string
		want                   int
	}{
		"no serial":             {"", "revoked", "", http.StatusBadRequest},
		"another's certificate": {"01", "revoked", "", http.StatusNotFound},
		"no status":             {c.Serial, "", "", http.StatusBadRequest},
		"unknown status":        {c.Serial, "expired", "", http.StatusBadRequest},
		"unknown reason":        {c.Serial, "revoked", "lost", http.StatusBadRequest},
		"hold as a revocation":  {c.Serial, "revoked", "certificateHold", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			if status, answer := w.askStatus(test.serial, test.status, test.reason, 1); status != test.want {
				t.Errorf("%d %s, want %d", status, answer, test.want)
			}
		})
	}
	w.says(c, `: good\n`, ``)
}

// TestStatusMisbehaves: who asks is left without an answer that can be believed, and what "lost" says nothing of is done.
func TestStatusMisbehaves(t *testing.T) {
	w := start(t)
	c := w.issue(newKey(t, "P-256"), "valid")
	for conduct, want := range map[string]int{"down": 0, "busy": http.StatusServiceUnavailable, "refused": http.StatusUnprocessableEntity} {
		w.misbehave("status", conduct)
		if status, answer := w.askStatus(c.Serial, "suspended", "", 1); status != want {
			t.Errorf("%s: %d %s", conduct, status, answer)
		}
	}
	w.says(c, `: good\n`, ``)
	w.misbehave("status", "lost")
	if status, answer := w.askStatus(c.Serial, "suspended", "", 1); status != 0 {
		t.Errorf("lost: %d %s", status, answer)
	}
	w.says(c, `Reason: certificateHold\n`, `Certificate Hold`)
	w.misbehave("status", "other")
	if _, answer := w.askStatus(c.Serial, "suspended", "", 1); answer != "of another certificate" {
		t.Errorf("other: %s", answer)
	}
}
