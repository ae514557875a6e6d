package screen_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/wasm/screen"
)

func TestParseOrigin(t *testing.T) {
	tests := []struct {
		in, host string
		encoded  bool
	}{
		{"https://online.example.tr", "online.example.tr", false},
		{"https://online.example.tr:8443", "online.example.tr:8443", false},
		{"https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com", true},
		{"https://a.xn--80ak6aa92e.com", "a.xn--80ak6aa92e.com", true},
		{"http://localhost:8080", "localhost:8080", false},
		{"http://127.0.0.1", "127.0.0.1", false},
		{"http://[::1]:8080", "[::1]:8080", false},
		{"http://example.tr", "", false},
		{"http://localhost.example.tr", "", false},
		{"http://site.localhost", "", false},
		{"file://", "", false},
		{"chrome-extension://abcdef", "", false},
		{"null", "", false},
		{"", "", false},
		{"https://", "", false},
		{"https://şişli.tr", "", false},
		{"https://a b", "", false},
		{"https://a/b", "", false},
		{"https://user@example.tr", "", false},
		{"https://online.example.tr.", "", false},
		{"https://online.example.tr.:8443", "", false},
		{"https://" + strings.Repeat("a", 400), "", false},
	}
	for _, tt := range tests {
		got, err := screen.ParseOrigin(tt.in)
		if got.Host != tt.host || got.Encoded != tt.encoded || (err != nil) != (tt.host == "") {
			t.Errorf("%q: %+v, %v", tt.in, got, err)
		}
	}
}
