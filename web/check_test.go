package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// checked is the report of web check.
type checked struct {
	OK    bool
	Lines []struct {
		Check, What, Says string
		OK                bool
		Do                *struct{ TR, EN string }
	}
}

// faults are the checks that fail, in their order.
func (c checked) faults() (all []string) {
	for _, line := range c.Lines {
		if !line.OK {
			all = append(all, line.Check)
		}
	}
	return slices.Compact(all)
}

// check runs a verb that proves settings, and returns its report.
func check(t *testing.T, args ...string) (c checked, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), append(args, "-json"), nil, &stdout, &stderr)
	if err := json.Unmarshal(stdout.Bytes(), &c); err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, &stdout, &stderr)
	}
	if (status == 0) != c.OK || c.OK != (len(c.faults()) == 0) {
		t.Errorf("status %d with %+v", status, c)
	}
	for _, line := range c.Lines {
		if !line.OK && (line.Do == nil || line.Do.TR == "" || line.Says == "") {
			t.Errorf("no cause, or nothing to do: %+v", line)
		}
	}
	return c, status
}

// TestCheck proves the settings of a portal that is well, and of one with each fault, one after the other.
func TestCheck(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.config)
	good, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	sample := filepath.Join(dir, "person.pem")
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asPEM := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	write("person.pem", asPEM(w.certificate))
	past := pkitest.Root(t, "Eski Kök", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-3, 0, 0), time.Now().AddDate(0, 0, -1)
	})
	write("past.pem", asPEM(past.Certificate))
	for name, content := range map[string]string{
		"text.txt": "Kabul ediyorum.\n", "hidden.txt": "Kabul\u202eediyorum.\n", "good.json": `{"announcements":[]}`, "wrong.json": `{"announcements":[{}]}`,
	} {
		write(name, []byte(content))
	}
	wrongTime := wrongClock(t)
	s := w.open()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(w.database)
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range map[string]byte{"older.db": 1, "newer.db": 99} {
		data[63] = version // user_version is four bytes from 60 on
		write(name, data)
	}
	dead := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	mail := map[string]any{"server": dead, "tls": "none", "from": "Deneme <e-onay@deneme.test>"}
	for _, test := range []struct {
		name    string
		members map[string]any
		fault   string
	}{
		{"well", nil, ""},
		{"an anchor that is a person's", map[string]any{"anchors": "person.pem"}, "certificates revocation"},
		{"an anchor that has ended", map[string]any{"anchors": "past.pem"}, "certificates revocation"},
		{"no PUK key", map[string]any{"puk_key_file": "none.key"}, "keys"},
		{"a database of a newer program", map[string]any{"database": "newer.db"}, "database"},
		{"a database of the version before", map[string]any{"database": "older.db"}, ""},
		{"no folder for the database", map[string]any{"database": "none/portal.db"}, "database"},
		{"no downloads", map[string]any{"downloads": "none"}, "files"},
		{"texts of one's own", map[string]any{"undertaking": "text.txt", "text_archive": ".", "announcements": "good.json"}, ""},
		{"no undertaking", map[string]any{"undertaking": "none.txt"}, "files"},
		{"a form that hides characters", map[string]any{"application_form": "hidden.txt"}, "files"},
		{"no archive of texts", map[string]any{"text_archive": "none"}, "files"},
		{"announcements that are wrong", map[string]any{"announcements": "wrong.json"}, "files"},
		{"no gateway", map[string]any{"issuer": "http://" + dead}, "gateway"},
		{"no mail server", map[string]any{"mail": mail}, "mail"},
		{"no time-stamp authority", map[string]any{"lasting": map[string]any{"authorities": []any{map[string]any{"url": "http://" + dead}}}}, "timestamps"},
		{"no payment provider", map[string]any{"payment": map[string]any{"address": "http://" + dead, "merchant": "m", "key_file": "payment.key"}}, "payment"},
		{"another merchant", map[string]any{"payment": map[string]any{"address": w.sandbox + "/odeme-kurulusu", "merchant": "m", "key_file": "payment.key"}}, "payment"},
		{"a clock that is wrong", map[string]any{"issuer": wrongTime.URL, "lasting": nil, "anchors": "past.pem"}, "certificates revocation clock"},
		{"a member that is unknown", map[string]any{"anchor": "anchors.pem"}, "settings"},
	} {
		t.Run(test.name, func(t *testing.T) {
			write("portal.json", good)
			members := test.members
			if members != nil {
				set(t, w.config, members)
			}
			c, _ := check(t, "check", "-config", w.config, "-certificate", sample)
			if got := strings.Join(c.faults(), " "); got != test.fault {
				t.Errorf("faults %q, want %q:\n%+v", got, test.fault, c.Lines)
			}
		})
	}
	t.Run("no responder", func(t *testing.T) {
		write("portal.json", good)
		w.must("POST", w.sandbox+"/admin/misbehave", "application/json", `{"ocsp":"down"}`, 200)
		c, _ := check(t, "check", "-config", w.config, "-certificate", sample)
		w.must("POST", w.sandbox+"/admin/misbehave", "application/json", `{"ocsp":"ok"}`, 200)
		if got := strings.Join(c.faults(), " "); got != "revocation" {
			t.Errorf("faults %q: %+v", got, c.Lines)
		}
	})
	t.Run("nothing is changed", func(t *testing.T) {
		write("portal.json", good)
		set(t, w.config, map[string]any{"database": "later.db"})
		c, status := check(t, "check", "-config", w.config)
		if _, err := os.Stat(filepath.Join(dir, "later.db")); err == nil || status != 0 {
			t.Errorf("status %d, a database was made: %v\n%+v", status, err == nil, c)
		}
	})
	t.Run("in words", func(t *testing.T) {
		write("portal.json", good)
		set(t, w.config, map[string]any{"downloads": "none"})
		for language, says := range map[string]string{"": "SORUN  Dosyalar: ", "-en": "FAULT  Files: "} {
			var stdout bytes.Buffer
			args := slices.DeleteFunc([]string{"check", "-config", w.config, language}, func(s string) bool { return s == "" })
			if status := run(t.Context(), args, nil, &stdout, &stdout); status != 1 || !strings.Contains(stdout.String(), says) {
				t.Errorf("%q: status %d\n%s", language, status, &stdout)
			}
		}
	})
}

// wrongClock is a login gateway whose clock is an hour ahead.
func wrongClock(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%[1]q,"token_endpoint":%[1]q,"jwks_uri":%q}`, server.URL, server.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[{}]}`) })
	return server
}

// TestCheckService proves the settings of a service that is well, and with faults.
func TestCheckService(t *testing.T) {
	dir := t.TempDir()
	pkitest.WriteCertificates(t, dir, "anchors.pem", pkitest.Root(t, "Deneme Kök").Certificate)
	pkitest.WriteKey(t, dir, "request.key", pkitest.Key(t, "P-256 requests"))
	config := filepath.Join(dir, "rp.json")
	const digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
	for _, test := range []struct{ name, members, site, fault string }{
		{"well", ``, ``, ""},
		{"no anchors", ``, `"anchors":"none.pem"`, "certificates"},
		{"a key that is none", ``, `"request_key_file":"anchors.pem","title":"A"`, "settings"},
		{"no TLS key", `"tls_certificate":"anchors.pem","tls_key":"none.key",`, ``, "tls"},
		{"no folder for the database", `"database":"none/rp.db",`, ``, "database"},
		{"no spool", `"spool":"none",`, ``, "files"},
		{"no database server", `"postgres_file":"postgres",`, ``, "database"},
		{"a member that is unknown", `"sits":[],`, ``, "settings"},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := `"anchors":"anchors.pem","request_key_file":"request.key","title":"A"`
			if test.site != "" {
				site = test.site
				if !strings.Contains(site, "anchors\":") {
					site += `,"anchors":"anchors.pem"`
				}
			}
			text := `{` + test.members + `"sites":[{"name":"a","keys":["` + digest + `"],"origins":["https://a.example"],` + site + `}]}`
			for name, data := range map[string]string{"rp.json": text, "postgres": "host=" + dir + " user=nobody password=secret-of-the-test"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, _ := check(t, "rp", "check", "-config", config)
			if got := strings.Join(c.faults(), " "); got != test.fault {
				t.Errorf("faults %q, want %q:\n%+v", got, test.fault, c.Lines)
			}
			if strings.Contains(fmt.Sprint(c), "secret-of-the-test") {
				t.Error("the report has a password")
			}
		})
	}
}
