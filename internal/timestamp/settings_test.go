package timestamp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/timestamp"
)

// TestSettings reads authorities, and refuses what would be asked in vain.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"password": "gizli söz\n", "empty": "\n", "long": strings.Repeat("x", 2000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kamuSM := func(file string) *timestamp.KamuSMSettings {
		return &timestamp.KamuSMSettings{Customer: 7, PasswordFile: file}
	}
	for _, test := range []struct {
		name     string
		settings timestamp.Settings
		isGood   bool
	}{
		{"address", timestamp.Settings{URL: "http://tsa.example/"}, true},
		{"everything", timestamp.Settings{URL: "https://tsa.example/", Policy: "2.16.792.1", Header: map[string]string{"x-key": "a"}, KamuSM: kamuSM("password")}, true},
		{"absolute path", timestamp.Settings{URL: "https://tsa.example/", KamuSM: kamuSM(filepath.Join(dir, "password"))}, true},
		{"no address", timestamp.Settings{}, false},
		{"a file's address", timestamp.Settings{URL: "file:///etc/passwd"}, false},
		{"policy in letters", timestamp.Settings{URL: "http://tsa.example/", Policy: "a.b"}, false},
		{"policy that is no identifier", timestamp.Settings{URL: "http://tsa.example/", Policy: "9.1"}, false},
		{"no password", timestamp.Settings{URL: "http://tsa.example/", KamuSM: kamuSM("not there")}, false},
		{"empty password", timestamp.Settings{URL: "http://tsa.example/", KamuSM: kamuSM("empty")}, false},
		{"long password", timestamp.Settings{URL: "http://tsa.example/", KamuSM: kamuSM("long")}, false},
	} {
		got, err := test.settings.Authority(dir)
		if (err == nil) != test.isGood {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && test.settings.KamuSM != nil && got.KamuSM.Password != "gizli söz" {
			t.Errorf("%s: another password", test.name)
		}
		if err == nil && test.settings.Header != nil && got.Header.Get("X-Key") != "a" {
			t.Errorf("%s: header %v", test.name, got.Header)
		}
	}
}
