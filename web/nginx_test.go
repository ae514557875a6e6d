package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestNginx has nginx judge the site of the page and serve it; a portal with the page's settings is asked through it. What a visitor writes of
// addresses and ids does not reach it.
func TestNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	site := block(t, "operation/proxy.md", "nginx.conf")
	if example, err := os.ReadFile("../packaging/operator/nginx.conf.example"); err != nil || string(example) != site {
		t.Errorf("the page's site is not nginx.conf.example: %v", err)
	}
	w := newWorld(t)
	var settings map[string]any
	if err := json.Unmarshal([]byte(block(t, "operation/proxy.md", "proxy.json")), &settings); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	settings["listen"] = address
	// The visitor is on this machine too, so the proxy's own address is named.
	settings["proxy"].(map[string]any)["networks"] = []string{"127.0.0.1"}
	set(t, w.config, settings)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(15) }()

	public := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	roots := serveSite(t, nginx, site, address, public)
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 5)}}
			return dialer.DialContext(ctx, network, public)
		},
		TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true,
	}}
	var ids []string
	for path, want := range map[string]int{"/giris": 200, "/saglik/hazir": 403} {
		request, err := http.NewRequest("GET", "https://online.example.tr"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Real-IP", "203.0.113.1")
		request.Header.Set("X-Request-Id", "of-the-visitor")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
		id := response.Header.Get("X-Request-Id")
		if want == 200 && (len(id) != 32 || response.Header.Get("Strict-Transport-Security") == "") {
			t.Errorf("%s: %v", path, response.Header)
		}
		if want == 200 {
			ids = append(ids, id)
		}
	}
	if status := portal.end(15); status != 0 {
		t.Errorf("the portal ended with %d", status)
	}
	log := portal.log.String()
	if !strings.Contains(log, `"from":"127.0.0.5"`) || strings.Contains(log, "203.0.113.1") || strings.Contains(log, "of-the-visitor") {
		t.Errorf("the log has\n%s", log)
	}
	for _, id := range ids {
		if !strings.Contains(log, `"request":"`+id+`"`) {
			t.Errorf("no line of request %s in\n%s", id, log)
		}
	}
}

// serveSite starts nginx with a site between two addresses, until the test ends, and returns the root of its certificate.
func serveSite(t *testing.T, nginx, site, portal, public string) *x509.CertPool {
	t.Helper()
	dir := t.TempDir()
	key := pkitest.Key(t, "P-256 TLS")
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"online.example.tr"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pkitest.WriteKey(t, dir, "tls.key", key)
	for from, to := range map[string]string{
		"listen 443 ssl http2;": "listen " + public + " ssl http2;", "listen [::]:443 ssl http2;": "",
		"listen 80;": "listen unix:" + filepath.Join(dir, "80") + ";", "listen [::]:80;": "",
		"/etc/ssl/online.example.tr.pem": filepath.Join(dir, "tls.pem"), "/etc/ssl/private/online.example.tr.key": filepath.Join(dir, "tls.key"),
		"http://127.0.0.1:8080": "http://" + portal,
	} {
		if !strings.Contains(site, from) {
			t.Fatalf("the site has no %q", from)
		}
		site = strings.ReplaceAll(site, from, to)
	}
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf("pid %s;\nerror_log %s;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", filepath.Join(dir, "pid"), filepath.Join(dir, "error.log"), &temp, site)
	for name, data := range map[string]string{"tls.pem": string(certificate), "nginx.conf": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(nginx, "-t", "-q", "-c", config).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	if out, err := exec.Command(nginx, "-c", config).CombinedOutput(); err != nil { // it returns once it listens
		t.Fatalf("nginx: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(nginx, "-c", config, "-s", "stop").CombinedOutput(); err != nil {
			t.Errorf("nginx -s stop: %v\n%s", err, out)
		}
	})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool
}
