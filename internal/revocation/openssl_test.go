package revocation_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// opensslResponder starts openssl as the OCSP responder of w's CA and returns its port on loopback. index is
// one line of openssl's CA database for the leaf, or nothing.
func opensslResponder(t *testing.T, w *world, index string, options ...string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "index.txt")
	if err := os.WriteFile(path, []byte(index), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"ocsp", "-port", "0", "-index", path, "-nmin", "5",
		"-CA", pkitest.WriteCertificates(t, dir, "ca.pem", w.ca.Certificate),
		"-rsigner", pkitest.WriteCertificates(t, dir, "responder.pem", w.responder),
		"-rkey", pkitest.WriteKey(t, dir, "responder.key", w.key),
	}
	command := exec.Command("openssl", append(args, options...)...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	lines := bufio.NewScanner(out)
	accept := regexp.MustCompile(`^ACCEPT .*:(\d+) `)
	for lines.Scan() {
		if m := accept.FindStringSubmatch(lines.Text()); m != nil {
			return "http://127.0.0.1:" + m[1]
		}
	}
	t.Fatal("openssl ocsp did not start")
	return ""
}

func TestOpenSSLResponder(t *testing.T) {
	const date = "060102150405Z"
	until := time.Now().AddDate(1, 0, 0).UTC().Format(date)
	before := time.Now().Add(-time.Hour).UTC().Format(date)
	for _, test := range []struct {
		name    string
		index   string // %s is the serial number
		options []string
		want    fault.Code
	}{
		{"good", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", nil, ""},
		{"good, named by key", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", []string{"-resp_key_id"}, ""},
		{"good, SHA-512", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", []string{"-rmd", "sha512"}, ""},
		{"revoked", "R\t" + until + "\t" + before + ",keyCompromise\t%s\tunknown\t/CN=x\n", nil, revoked},
		{"unknown", "", nil, invalid},
		{"SHA-1", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", []string{"-rmd", "sha1"}, invalid},
		{"no certificate", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", []string{"-resp_no_certs"}, invalid},
		{"signature corrupted", "V\t" + until + "\t\t%s\tunknown\t/CN=x\n", []string{"-badsig"}, invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, http.NotFoundHandler())
			serial := strings.ToUpper(w.leaf.SerialNumber.Text(16))
			if len(serial)%2 == 1 {
				serial = "0" + serial
			}
			index := test.index
			if index != "" {
				index = fmt.Sprintf(index, serial)
			}
			url := opensslResponder(t, w, index, test.options...)
			// The index names the serial number, so the certificate stays; only the address is new.
			w.leaf.OCSPServer = []string{url}
			answer, err := w.ocsp()
			wantCode(t, err, test.want)
			if err != nil {
				return
			}
			if !answer.Responder.Equal(w.responder) || !near(answer.NextUpdate, time.Now().Add(5*time.Minute)) {
				t.Errorf("answer %+v", answer)
			}
			opensslAccepts(t, w, answer.DER)
		})
	}
}

// opensslAccepts verifies a kept answer as somebody would years later.
func opensslAccepts(t *testing.T, w *world, der []byte) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "answer.der")
	if err := os.WriteFile(path, der, 0o600); err != nil {
		t.Fatal(err)
	}
	ca := pkitest.WriteCertificates(t, dir, "ca.pem", w.ca.Certificate)
	out, err := exec.Command("openssl", "ocsp", "-respin", path, "-no_nonce", "-issuer", ca,
		"-cert", pkitest.WriteCertificates(t, dir, "leaf.pem", w.leaf),
		"-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", w.root.Certificate), "-verify_other", ca).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Response verify OK") || !strings.Contains(string(out), ": good") {
		t.Errorf("openssl on the kept answer: %v: %s", err, out)
	}
}

// TestOpenSSLCRL has openssl make the lists of the root.
func TestOpenSSLCRL(t *testing.T) {
	for name, test := range map[string]struct {
		options []string
		revoke  bool
		want    fault.Code
	}{
		"good":    {nil, false, ""},
		"revoked": {nil, true, revoked},
		"SHA-1":   {[]string{"-md", "sha1"}, false, invalid},
	} {
		t.Run(name, func(t *testing.T) {
			var list []byte
			w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(list) }))
			list = opensslCRL(t, w, test.revoke, test.options...)
			_, err := w.crl()
			wantCode(t, err, test.want)
		})
	}
}

func opensslCRL(t *testing.T, w *world, revoke bool, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "ca.cnf")
	text := "[ca]\ndefault_ca=d\n[d]\ndatabase=" + dir + "/index.txt\ncrlnumber=" + dir + "/number\ndefault_md=sha384\ndefault_crl_days=1\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n"
	for path, data := range map[string]string{config: text, dir + "/index.txt": "", dir + "/number": "01\n"} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base := append([]string{
		"ca", "-config", config, "-cert", pkitest.WriteCertificates(t, dir, "root.pem", w.root.Certificate),
		"-keyfile", pkitest.WriteKey(t, dir, "root.key", w.root.Key),
	}, options...)
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("openssl", append(base, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("openssl: %v: %s", err, out)
		}
	}
	if revoke {
		run("-revoke", pkitest.WriteCertificates(t, dir, "sub.pem", w.ca.Certificate), "-crl_reason", "CACompromise")
	}
	pem, der := filepath.Join(dir, "crl.pem"), filepath.Join(dir, "crl.der")
	run("-gencrl", "-out", pem)
	if out, err := exec.Command("openssl", "crl", "-in", pem, "-outform", "DER", "-out", der).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	list, err := os.ReadFile(der)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
