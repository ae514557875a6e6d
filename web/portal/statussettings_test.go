package portal

import (
	"os"
	"path/filepath"
	"testing"
)

// TestStatusSettings: the authority is told over TLS or on this machine, and by a secret that it knows the portal by.
func TestStatusSettings(t *testing.T) {
	for name, test := range map[string]struct {
		settings StatusSettings
		ok       bool
	}{
		"token":                  {StatusSettings{URL: "https://eshs.example/durum", TokenFile: "a"}, true},
		"client certificate":     {StatusSettings{URL: "https://eshs.example/durum", ClientCertificateFile: "a", ClientKeyFile: "b"}, true},
		"this machine":           {StatusSettings{URL: "http://localhost:1/durum", TokenFile: "a"}, true},
		"in the open":            {StatusSettings{URL: "http://eshs.example/durum", TokenFile: "a"}, false},
		"no address":             {StatusSettings{TokenFile: "a"}, false},
		"nobody knows us":        {StatusSettings{URL: "https://eshs.example/durum"}, false},
		"certificate but no key": {StatusSettings{URL: "https://eshs.example/durum", TokenFile: "a", ClientCertificateFile: "b"}, false},
	} {
		if err := test.settings.check(); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStatusToken: a token that everybody on the machine may read, or that is none, is refused.
func TestStatusToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, test := range []struct {
		text string
		mode os.FileMode
		ok   bool
	}{{"token\n", 0o600, true}, {"token\n", 0o644, false}, {"", 0o600, false}, {"two words", 0o600, false}, {"token\r\nX: y", 0o600, false}} {
		if err := os.WriteFile(file, []byte(test.text), test.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := openAuthority(&StatusSettings{URL: "https://eshs.example", TokenFile: file}); (err == nil) != test.ok {
			t.Errorf("%q %o: %v", test.text, test.mode, err)
		}
	}
	if none, err := openAuthority(nil); none != nil || err != nil {
		t.Errorf("without settings: %v, %v", none, err)
	}
}
