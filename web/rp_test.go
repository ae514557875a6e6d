package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestRelyingPartyService makes a key by the verb, starts the service by the verb, asks it with the key, and stops it.
func TestRelyingPartyService(t *testing.T) {
	var out, log strings.Builder
	if status := run(t.Context(), []string{"rp", "key"}, nil, &out, &log); status != 0 {
		t.Fatalf("rp key: %d %s", status, &log)
	}
	var key struct{ Key, Digest string }
	if err := json.Unmarshal([]byte(out.String()), &key); err != nil || len(key.Key) < 52 || len(key.Digest) != 64 {
		t.Fatalf("rp key: %s %v", &out, err)
	}
	dir := t.TempDir()
	pkitest.WriteCertificates(t, dir, "anchors.pem", pkitest.Root(t, "Deneme Kök").Certificate)
	metrics := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	settings := `{"listen":"127.0.0.1:0","metrics_listen":"` + metrics + `","sites":[{"name":"a","keys":["` + key.Digest + `"],"origins":["https://a.example"],"anchors":"anchors.pem"}]}`
	path := filepath.Join(dir, "rp.json")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "rp", "serve", "-config", path)
	for header, want := range map[string]int{"Bearer " + key.Key: http.StatusOK, "Bearer x": http.StatusUnauthorized} {
		request, err := http.NewRequest("POST", p.url+"/v1/login/request", strings.NewReader(`{"session":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%d, want %d", response.StatusCode, want)
		}
	}
	for url, want := range map[string]int{"http://" + metrics + "/metrics": http.StatusOK, p.url + "/metrics": http.StatusNotFound} {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != want || want == http.StatusOK && !strings.Contains(string(text), "\neonay_requests_total{route=\"/v1/login/request\",result=\"ok\"} 1\n") {
			t.Errorf("%s: %d %v\n%s", url, response.StatusCode, err, text)
		}
	}
	if status := p.end(syscall.SIGTERM); status != 0 {
		t.Errorf("ended with %d\n%s", status, &p.log)
	}
	for _, args := range [][]string{{"rp"}, {"rp", "sit"}, {"rp", "key", "x"}, {"rp", "serve", "x"}, {"rp", "serve", "-config", dir}} {
		if status := run(t.Context(), args, nil, &out, &log); status == 0 {
			t.Errorf("%q is taken", args)
		}
	}
}
