package letters

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gatewaySettings are of a gateway at an address.
func gatewaySettings(t *testing.T, url, token string) *Settings {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Settings{Server: "localhost:1", TLS: noTLS, From: "a@posta.example", SMSGateway: &SMSGateway{URL: url, TokenFile: path}}
}

// TestSMSGateway: an SMS is handed over with its ID and the token; what the gateway answers says whether another attempt is of use, no
// redirect is followed, and no error has number or text.
func TestSMSGateway(t *testing.T) {
	const phone, text = "+905001112233", "Kodunuz: 1234 5678"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	status, asked := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		var got struct{ ID, To, Text string }
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.ID != "id" || got.To != phone || got.Text != text || r.Method != "POST" ||
			r.Header.Get("Authorization") != "Bearer gizli" {
			t.Errorf("got %s %+v %v %q", r.Method, got, err, r.Header.Get("Authorization"))
		}
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(status)
	}))
	defer server.Close()
	c, err := NewTransport(gatewaySettings(t, server.URL+"/sms", "gizli\n"))
	if err != nil {
		t.Fatal(err)
	}
	deliver := func(ctx context.Context) error {
		return c.Deliver(ctx, Letter{ID: "id", To: phone, Subject: "konu", Text: text})
	}
	for answer, want := range map[int]string{
		200: "", 201: "", 202: "", 204: "", 400: "for good", 422: "for good", 301: "later", 307: "later", 401: "later", 403: "later", 404: "later", 429: "later", 500: "later", 503: "later",
	} {
		status = answer
		err := deliver(t.Context())
		got := "later"
		switch {
		case err == nil:
			got = ""
		case errors.Is(err, ErrUndeliverable):
			got = "for good"
		}
		if got != want || err != nil && (strings.Contains(err.Error(), "905") || strings.Contains(err.Error(), "1234")) {
			t.Errorf("%d: %v, want %q", answer, err, want)
		}
	}
	if asked != 14 {
		t.Errorf("asked %d times", asked)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := deliver(over); err == nil || errors.Is(err, ErrUndeliverable) || strings.Contains(err.Error(), "905") {
		t.Errorf("without time: %v", err)
	}
	if err := c.Deliver(t.Context(), Letter{To: "ayse@ornek.test"}); err == nil || strings.Contains(err.Error(), "SMS") || asked != 14 {
		t.Errorf("a mail: %v", err) // no mail server is there
	}
}

func TestSMSGatewaySettings(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://sms.example/gonder": true, "http://localhost:8025/sms": true, "http://127.0.0.1/sms": true, "http://sms.example/": false, "": false,
		"ftp://sms.example": false, "https://": false, "https://a:b@sms.example": false, "https://sms.example/#a": false, "sms.example": false,
	} {
		m := gatewaySettings(t, url, "gizli")
		if err := m.Check(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	m := gatewaySettings(t, "https://sms.example", "gizli")
	m.SMSAddress = "{phone}@sms.example"
	if err := m.Check(); err == nil {
		t.Error("two ways for SMS were taken")
	}
	m.SMSAddress, m.SMSGateway.TokenFile = "", ""
	if err := m.Check(); err == nil {
		t.Error("no token was taken")
	}
	for _, token := range []string{"", "\n", "two words", "a\r\nX: y"} {
		if _, err := NewTransport(gatewaySettings(t, "https://sms.example", token)); err == nil {
			t.Errorf("the token %q was taken", token)
		}
	}
	open := gatewaySettings(t, "https://sms.example", "gizli")
	if err := os.Chmod(open.SMSGateway.TokenFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := NewTransport(open); err == nil {
		t.Error("a token that everybody can read was taken")
	}
	if to := (Contact{Phone: "+905001112233"}).SMSAddress(open); to.To != "+905001112233" || to.Shown != "+•••33" {
		t.Errorf("an SMS goes to %+v", to)
	}
}
