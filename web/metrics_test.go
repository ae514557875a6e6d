package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// set adds members to a settings file.
func set(t *testing.T, path string, members map[string]any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		all[name] = value
	}
	if data, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMetrics records an act and has a request refused; the portal's metrics tell of both, of what was asked of the authority and of the store,
// at their own address and not at the site's.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	listen := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
	set(t, w.config, map[string]any{"metrics_listen": listen})
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGTERM) }()
	_, body := w.prepare(portal.url)
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
	w.must("GET", portal.url+"/nes/yok/"+ayse, "", "", 404)
	w.must("GET", portal.url+"/metrics", "", "", 404)
	text := w.must("GET", "http://"+listen+"/metrics", "", "", 200)
	host := strings.TrimPrefix(w.sandbox, "http://")
	for _, line := range []string{
		`eonay_acts_total{kind="give",result="recorded"} 1`,
		`eonay_refusals_total{code="not_found"} 2`,
		`eonay_requests_total{route="POST /nes/e-onay/imza",result="200"} 1`,
		`eonay_requests_total{route="",result="404"} 2`,
		`eonay_outbound_requests_total{kind="ocsp",host="` + host + `",outcome="ok"} 1`,
		`eonay_outbound_duration_seconds_count{kind="crl",host="` + host + `"} 1`,
		`eonay_jobs_waiting{kind="letter-code"} 0`,
		`eonay_receipts_open 0`,
		`eonay_store_up 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, name := range []string{"eonay_store_write_seconds_count ", "eonay_store_bytes ", "eonay_anchor_ends_seconds "} {
		if strings.Contains(text, name+"0\n") || !strings.Contains(text, name) {
			t.Errorf("no value of %s", name)
		}
	}
	if strings.Contains(text, ayse) || strings.Contains(text, "Ayşe") {
		t.Error("the metrics name somebody")
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
	response, err := http.Get("http://" + listen + "/nes")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("the site is served beside the metrics: %d", response.StatusCode)
	}
}
