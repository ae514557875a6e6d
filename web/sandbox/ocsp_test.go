package sandbox_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ask has openssl ask the responder about a certificate and verify the answer.
func (w *world) ask(certificate string, more ...string) (string, error) {
	args := []string{"ocsp", "-issuer", w.path("intermediates.pem"), "-cert", certificate, "-url", w.url + "/ocsp",
		"-CAfile", w.path("anchors.pem"), "-verify_other", w.path("intermediates.pem"), "-timeout", "2"}
	return openssl(append(args, more...)...)
}

func TestOCSP(t *testing.T) {
	w := start(t)
	good := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	revoked := w.issue(newKey(t, "P-256"), "valid")
	if status, answer := w.post("/ca/revoke", map[string]string{"serial": strings.ToLower(revoked.Serial)}); status != http.StatusOK {
		t.Fatalf("revoke: %d %s", status, answer)
	}
	for name, c := range map[string]struct {
		file string
		more []string
		want string
	}{
		"good":         {good, nil, `Response verify OK\n.*: good\n`},
		"revoked":      {w.file(revoked.Certificate), nil, `Response verify OK\n.*: revoked\n(.*\n)*\s*Revocation Time: `},
		"never issued": {good, []string{"-serial", "0x0123456789"}, `Response verify OK\n(.*\n)*0x0123456789: unknown\n`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := w.ask(c.file, c.more...)
			if err != nil || !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("openssl: %v\n%s", err, out)
			}
			if strings.Contains(out, "WARNING") {
				t.Errorf("openssl warns:\n%s", out)
			}
		})
	}
}

// On openssl's command line the hash must stand before the certificate it applies to.
func TestOCSPHashes(t *testing.T) {
	w := start(t)
	file := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	for _, hash := range []string{"sha1", "sha256", "sha384", "sha512"} {
		out, err := openssl("ocsp", "-"+hash, "-issuer", w.path("intermediates.pem"), "-cert", file, "-url", w.url+"/ocsp",
			"-CAfile", w.path("anchors.pem"), "-verify_other", w.path("intermediates.pem"), "-text")
		if err != nil || !strings.Contains(out, "Hash Algorithm: "+hash) || !strings.Contains(out, ": good\n") {
			t.Errorf("%s: %v\n%s", hash, err, out)
		}
	}
	if out, _ := openssl("ocsp", "-md5", "-issuer", w.path("intermediates.pem"), "-cert", file, "-url", w.url+"/ocsp"); !strings.Contains(out, "unauthorized (6)") {
		t.Errorf("MD5: %s", out)
	}
}

func TestOCSPOfAnotherIssuer(t *testing.T) {
	w := start(t)
	c := w.issue(newKey(t, "P-256"), "untrusted")
	out, _ := openssl("ocsp", "-issuer", w.file(c.Chain[0]), "-cert", w.file(c.Certificate), "-url", w.url+"/ocsp")
	if !strings.Contains(out, "Responder Error: unauthorized (6)") {
		t.Errorf("openssl: %s", out)
	}
}

func TestOCSPResponder(t *testing.T) {
	w := start(t)
	file := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	out, err := w.ask(file, "-text", "-nonce")
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	_, response, _ := strings.Cut(out, "OCSP Response Data:")
	response = squeeze(response)
	for _, want := range []string{"OCSP Signing", "OCSP No Check", "OCSP Nonce", "Signature Algorithm: ecdsa-with-SHA256", "Next Update:"} {
		if !strings.Contains(response, want) {
			t.Errorf("openssl does not print %q in\n%s", want, response)
		}
	}
}

// Each fault is seen by openssl; nonces are on by default.
func TestOCSPMisbehaviour(t *testing.T) {
	w := start(t)
	file := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	for conduct, want := range map[string]string{
		"ok":           `Response verify OK\n.*: good\n`,
		"down":         `(?i)error querying OCSP responder`,
		"hang":         `(?i)error querying OCSP responder`,
		"revoked":      `Response verify OK\n.*: revoked\n`,
		"unknown":      `Response verify OK\n.*: unknown\n`,
		"wrong-nonce":  `Nonce Verify error`,
		"no-nonce":     `WARNING: no nonce in response\nResponse verify OK\n`,
		"other-serial": `Response verify OK\n.*ERROR: No Status found`,
		"stale":        `Response verify OK\n.*WARNING: Status times invalid`,
		"wrong-signer": `Response Verify Failure`,
		"no-eku":       `Response Verify Failure\n(.*\n)*.*missing ocspsigning usage`,
		"garbage":      `(?i)error querying OCSP responder`,
		"try-later":    `Responder Error: trylater \(3\)`,
	} {
		t.Run(conduct, func(t *testing.T) {
			w.misbehave("ocsp", conduct)
			timeout := "5"
			if conduct == "hang" {
				timeout = "1"
			}
			out, _ := w.ask(file, "-timeout", timeout, "-nonce") // its exit status says less than its words
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("openssl prints\n%s\nwant %s", out, want)
			}
		})
	}
}

func (w *world) ocspRequest(certificate string, more ...string) []byte {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "request.der")
	mustOpenSSL(w.t, append([]string{"ocsp", "-issuer", w.path("intermediates.pem"), "-cert", certificate, "-reqout", file}, more...)...)
	request, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	return request
}

// GET carries the request in the path, whose base64 holds every character that paths are sensitive to.
func TestOCSPByGet(t *testing.T) {
	w := start(t)
	certificate := w.file(w.issue(newKey(t, "P-256"), "valid").Certificate)
	// Serial numbers of which base64 makes "//" and, in one of the three positions, "++".
	serials := []string{"-serial", "0xFFFFFFFFFFFFFFFF"}
	for _, shift := range []string{"01", "0101", "010101"} {
		serials = append(serials, "-serial", "0x"+shift+"FBEFBEFBEFBE")
	}
	encoded := base64.StdEncoding.EncodeToString(w.ocspRequest(certificate, append(serials, "-no_nonce")...))
	for _, sensitive := range []string{"//", "++"} {
		if !strings.Contains(encoded, sensitive) {
			t.Errorf("%q is not in %s", sensitive, encoded)
		}
	}
	for _, path := range []string{encoded, url.PathEscape(encoded), strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(encoded)} {
		response := filepath.Join(t.TempDir(), "response.der")
		if err := os.WriteFile(response, w.get(w.url+"/ocsp/"+path), 0o600); err != nil {
			t.Fatal(err)
		}
		out := mustOpenSSL(t, append([]string{"ocsp", "-issuer", w.path("intermediates.pem"), "-cert", certificate, "-respin", response,
			"-CAfile", w.path("anchors.pem"), "-verify_other", w.path("intermediates.pem")}, serials...)...)
		if !strings.Contains(out, "Response verify OK") || !strings.Contains(out, ": good\n") || strings.Count(out, ": unknown\n") != 4 {
			t.Errorf("%s: %s", path, out)
		}
	}
}

func TestOCSPRefuses(t *testing.T) {
	w := start(t)
	request := w.ocspRequest(w.file(w.issue(newKey(t, "P-256"), "valid").Certificate))
	const media = "application/ocsp-request"
	for name, c := range map[string]struct {
		method, path, media string
		body                []byte
		status              int
		answer              []byte
	}{
		"other method":   {"PUT", "/ocsp", media, request, http.StatusMethodNotAllowed, nil},
		"other type":     {"POST", "/ocsp", "text/plain", request, http.StatusUnsupportedMediaType, nil},
		"too long":       {"POST", "/ocsp", media, make([]byte, 9<<10), http.StatusRequestEntityTooLarge, nil},
		"no base64":      {"GET", "/ocsp/-", "", nil, http.StatusBadRequest, nil},
		"empty path":     {"GET", "/ocsp/", "", nil, http.StatusOK, []byte{0x30, 3, 0x0a, 1, 1}},
		"no DER":         {"POST", "/ocsp", media, []byte("hello"), http.StatusOK, []byte{0x30, 3, 0x0a, 1, 1}},
		"one byte short": {"POST", "/ocsp", media, request[:len(request)-1], http.StatusOK, []byte{0x30, 3, 0x0a, 1, 1}},
		"one byte more":  {"POST", "/ocsp", media, append(bytes.Clone(request), 0), http.StatusOK, []byte{0x30, 3, 0x0a, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, w.url+c.path, bytes.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", c.media)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != c.status || c.answer != nil && !bytes.Equal(answer, c.answer) {
				t.Errorf("answered %s % x (%v), want %d % x", response.Status, answer, err, c.status, c.answer)
			}
		})
	}
}

// A web server's certificate parser, not ours, must find the addresses.
func TestCertificatePointsAtTheSandbox(t *testing.T) {
	w := start(t)
	leaf, err := x509.ParseCertificate(w.issue(newKey(t, "P-256"), "valid").Certificate)
	if err != nil {
		t.Fatal(err)
	}
	intermediate, err := x509.ParseCertificate(w.get(leaf.IssuingCertificateURL[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckSignatureFrom(intermediate); err != nil {
		t.Error(err)
	}
	root, err := x509.ParseCertificate(w.get(intermediate.IssuingCertificateURL[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := intermediate.CheckSignatureFrom(root); err != nil {
		t.Error(err)
	}
	if statement := string(w.get(w.url + "/cps")); !strings.Contains(statement, "Deneme ESHS") {
		t.Errorf("practice statement %q", statement)
	}
}
