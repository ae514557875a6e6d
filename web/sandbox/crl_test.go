package sandbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// crls fetches both CRLs and returns a file that holds them as PEM.
func (w *world) crls() string {
	w.t.Helper()
	var all []byte
	for _, name := range []string{"root.crl", "intermediate.crl"} {
		der, text := filepath.Join(w.t.TempDir(), name), filepath.Join(w.t.TempDir(), name)
		if err := os.WriteFile(der, w.get(w.url+"/crl/"+name), 0o600); err != nil {
			w.t.Fatal(err)
		}
		mustOpenSSL(w.t, "crl", "-inform", "DER", "-in", der, "-out", text)
		pem, err := os.ReadFile(text)
		if err != nil {
			w.t.Fatal(err)
		}
		all = slices.Concat(all, pem)
	}
	file := filepath.Join(w.t.TempDir(), "crls.pem")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// verdict is what openssl says of a certificate when it checks every CRL of the path.
func (w *world) verdict(certificate string) string {
	out, _ := openssl("verify", "-x509_strict", "-crl_check_all", "-CRLfile", w.crls(),
		"-CAfile", w.path("anchors.pem"), "-untrusted", w.path("intermediates.pem"), certificate)
	return out
}

func TestCRL(t *testing.T) {
	w := start(t)
	good := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	revoked := w.issue(newKey(t, "P-256"), "valid")
	if status, answer := w.post("/ca/revoke", map[string]string{"serial": revoked.Serial}); status != http.StatusOK {
		t.Fatalf("revoke: %d %s", status, answer)
	}
	if out := w.verdict(good); !regexp.MustCompile(`: OK\n$`).MatchString(out) {
		t.Errorf("good: %s", out)
	}
	if out := w.verdict(w.file(revoked.Certificate)); !regexp.MustCompile(`error 23 at 0 depth lookup: certificate revoked`).MatchString(out) {
		t.Errorf("revoked: %s", out)
	}
}

func TestCRLMisbehaviour(t *testing.T) {
	w := start(t)
	file := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	for conduct, want := range map[string]string{
		"ok":           `: OK\n$`,
		"stale":        `CRL has expired`,
		"wrong-signer": `CRL signature failure|unable to get certificate CRL`,
		"revoked-ca":   `error 23 at 1 depth lookup: certificate revoked`,
	} {
		w.misbehave("crl", conduct)
		if out := w.verdict(file); !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s: openssl says\n%s\nwant %s", conduct, out, want)
		}
	}
	for conduct, least := range map[string]int{"large": 200_000, "huge": 1_000_000} {
		w.misbehave("crl", conduct)
		if out := w.verdict(file); !strings.HasSuffix(out, ": OK\n") {
			t.Errorf("%s: openssl says\n%s", conduct, out)
		}
		if n := len(w.get(w.url + "/crl/root.crl")); n < least || n > least*3/2 {
			t.Errorf("%s: %d bytes", conduct, n)
		}
	}
	w.misbehave("crl", "garbage")
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, w.get(w.url+"/crl/root.crl"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := openssl("crl", "-inform", "DER", "-in", garbage, "-noout"); err == nil {
		t.Errorf("garbage: openssl reads it: %s", out)
	}
	w.misbehave("crl", "down")
	if response, err := http.Get(w.url + "/crl/root.crl"); err == nil {
		response.Body.Close()
		t.Errorf("down: answered %s", response.Status)
	}
}
