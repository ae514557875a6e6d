package preferences_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/wasm/preferences"
)

func TestParsePhrase(t *testing.T) {
	tests := []struct {
		typed, want string
	}{
		{"mavi şemsiye", "mavi şemsiye"},
		{"  mavi\n  şemsiye ", "mavi şemsiye"},
		{"ığü", "ığü"},
		{"ab", ""},
		{"   ", ""},
		{strings.Repeat("ş", 60), strings.Repeat("ş", 60)},
		{strings.Repeat("ş", 61), ""},
		{"mavi\u202eşemsiye", ""},
	}
	for _, tt := range tests {
		got, ok := preferences.ParsePhrase(tt.typed)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q, %v", tt.typed, got, ok)
		}
	}
}
