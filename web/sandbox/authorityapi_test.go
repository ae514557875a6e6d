package sandbox_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestIssueRefuses(t *testing.T) {
	w := start(t)
	good := map[string]any{"publicKey": spki(t, newKey(t, "P-256")), "name": "Ayşe Yılmaz", "citizenNumber": "10000000146", "kind": "valid"}
	edwards, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]map[string]any{
		"key that is no key":    {"publicKey": []byte{0x30, 0x00}},
		"no key":                {"publicKey": nil},
		"RSA-1024":              {"publicKey": spki(t, newKey(t, "RSA-1024"))},
		"P-521":                 {"publicKey": spki(t, newKey(t, "P-521"))},
		"Ed25519":               {"publicKey": spki(t, edwards)},
		"empty name":            {"name": ""},
		"65 letters":            {"name": strings.Repeat("ş", 65)},
		"line end in name":      {"name": "Ayşe\nYılmaz"},
		"direction mark":        {"name": "Ayşe \u202eYılmaz"},
		"blank at the end":      {"name": "Ayşe "},
		"another number":        {"citizenNumber": "00000000000"},
		"no number":             {"citizenNumber": ""},
		"unknown kind":          {"kind": "Valid"},
		"unknown field":         {"days": 3},
		"longer than the limit": {"name": strings.Repeat("a", 17<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			body := map[string]any{}
			for k, v := range good {
				body[k] = v
			}
			for k, v := range change {
				body[k] = v
			}
			status, answer := w.post("/ca/issue", body)
			if status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
				t.Errorf("answered %d %s", status, answer)
			}
			var refusal struct{ Error string }
			if err := json.Unmarshal(answer, &refusal); err != nil || refusal.Error == "" {
				t.Errorf("no reason in %q", answer)
			}
			if number, ok := change["citizenNumber"].(string); ok && number != "" && strings.Contains(string(answer), number) {
				t.Errorf("repeats the citizen number: %s", answer)
			}
		})
	}
	if status, answer := w.post("/ca/issue", good); status != http.StatusOK {
		t.Errorf("the unchanged request: %d %s", status, answer)
	}
}

// TestIssueToNobody: tests may have as many people as they like, of numbers that fail the checksum, and never one that could
// be a real person's.
func TestIssueToNobody(t *testing.T) {
	w := start(t)
	refused := 0
	for ending := range 100 {
		status, answer := w.post("/ca/issue", map[string]any{
			"publicKey": spki(t, newKey(t, "P-256")), "name": "Ayşe Yılmaz", "citizenNumber": fmt.Sprintf("200000000%02d", ending), "kind": "none",
		})
		if status != http.StatusBadRequest {
			t.Fatalf("answered %d %s", status, answer)
		}
		if strings.Contains(string(answer), "citizenNumber") {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("of 100 numbers with the same beginning %d are refused, want the one that passes the checksum", refused)
	}
}

// What an operator may do, a web page may not.
func TestOperatorOnly(t *testing.T) {
	w := start(t)
	host := strings.TrimPrefix(w.url, "http://")
	for _, path := range []string{"/ca/issue", "/ca/revoke", "/ca/status", "/admin/misbehave", "/admin/courier"} {
		for _, c := range []struct {
			name   string
			change func(*http.Request)
			status int
		}{
			{"of a page", func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, http.StatusForbidden},
			{"of our own page", func(r *http.Request) { r.Header.Set("Origin", w.url) }, http.StatusForbidden},
			{"of a browser", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
			{"to a rebound name", func(r *http.Request) { r.Host = "example.com:" + host[len("localhost:"):] }, http.StatusForbidden},
			{"as a form", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, http.StatusUnsupportedMediaType},
			{"without a type", func(r *http.Request) { r.Header.Del("Content-Type") }, http.StatusUnsupportedMediaType},
			{"deleting", func(r *http.Request) { r.Method = http.MethodDelete }, http.StatusMethodNotAllowed},
			{"no JSON", func(*http.Request) {}, http.StatusBadRequest},
		} {
			t.Run(path+" "+c.name, func(t *testing.T) {
				r, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(`{} {}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				c.change(r)
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != c.status {
					t.Errorf("answered %s, want %d", response.Status, c.status)
				}
			})
		}
	}
}

func TestRevokeRefuses(t *testing.T) {
	w := start(t)
	stranger := w.issue(newKey(t, "P-256"), "untrusted")
	for serial, want := range map[string]int{
		"":                      http.StatusBadRequest,
		"-1":                    http.StatusBadRequest,
		"0":                     http.StatusBadRequest,
		"xyz":                   http.StatusBadRequest,
		strings.Repeat("1", 41): http.StatusBadRequest,
		"../../identity/port":   http.StatusBadRequest,
		"01":                    http.StatusNotFound,
		stranger.Serial:         http.StatusNotFound,
	} {
		if status, answer := w.post("/ca/revoke", map[string]string{"serial": serial}); status != want {
			t.Errorf("revoke %q: %d %s, want %d", serial, status, answer, want)
		}
	}
}

func TestMisbehaveSetsOnlyWhatIsNamed(t *testing.T) {
	w := start(t)
	now := func() string { return string(w.get(w.url + "/admin/misbehave")) }
	if got, want := now(), `{"ocsp":"ok","crl":"ok","tsa":"ok","login":"ok","mail":"ok","status":"ok","courier":"ok","payment":"ok"}`+"\n"; got != want {
		t.Fatalf("at the start %q, want %q", got, want)
	}
	w.misbehave("ocsp", "stale")
	w.misbehave("login", "unsigned")
	// The bad value spoils the whole request.
	status, _ := w.post("/admin/misbehave", map[string]string{"ocsp": "ok", "crl": "stael"})
	if status != http.StatusBadRequest {
		t.Errorf("unknown value: %d", status)
	}
	if got, want := now(), `{"ocsp":"stale","crl":"ok","tsa":"ok","login":"unsigned","mail":"ok","status":"ok","courier":"ok","payment":"ok"}`+"\n"; got != want {
		t.Errorf("now %q, want %q", got, want)
	}
}
