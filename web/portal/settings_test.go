package portal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// least is the shortest good settings file.
const least = `{"issuer":"https://giris.example","client_id":"a","client_secret":"b","anchors":"anchors.pem"}`

func TestReadSettings(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "portal.json")
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := ReadSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1:8080" || s.Database != filepath.Join(dir, "portal.db") || s.Anchors != filepath.Join(dir, "anchors.pem") ||
		s.ConsentText != "" || s.codeLifetime() != 300*time.Second {
		t.Errorf("got %+v", s)
	}
	address, err := s.address(1234)
	if err != nil || address.String() != "http://localhost:1234" {
		t.Errorf("address %v, %v", address, err)
	}
	if _, err := ReadSettings(path + "x"); err == nil {
		t.Error("read settings that are not there")
	}
}

func TestSettingsRefused(t *testing.T) {
	for name, change := range map[string]string{
		"unknown field":         `"lisen":"127.0.0.1:1"`,
		"wrong type":            `"listen":1`,
		"listen without port":   `"listen":"127.0.0.1"`,
		"http in public":        `"url":"http://eonay.example"`,
		"path":                  `"url":"https://eonay.example/portal"`,
		"no host":               `"url":"https://"`,
		"user":                  `"url":"https://a:b@eonay.example"`,
		"no address":            `"url":"javascript:alert(1)"`,
		"issuer in the open":    `"issuer":"http://giris.example"`,
		"no issuer":             `"issuer":""`,
		"no secret":             `"client_secret":""`,
		"no anchors":            `"anchors":""`,
		"negative lifetime":     `"code_lifetime_seconds":-1`,
		"long lifetime":         `"code_lifetime_seconds":3601`,
		"negative releases":     `"puks_per_day":-1`,
		"many releases":         `"puks_per_day":101`,
		"old keys only":         `"puk_old_key_files":["a"]`,
		"many old keys":         `"puk_key_file":"a","puk_old_key_files":["1","2","3","4","5","6","7","8"]`,
		"an old key nowhere":    `"puk_key_file":"a","puk_old_key_files":[""]`,
		"requests of nobody":    `"request_key_file":"a"`,
		"other keys only":       `"name":"a","request_other_key_files":["a"]`,
		"another key nowhere":   `"name":"a","request_key_file":"a","request_other_key_files":[""]`,
		"policy that is none":   `"policies":["1.2.x"]`,
		"many policies":         `"policies":[` + strings.Repeat(`"1.2.3",`, 32) + `"1.2.3"]`,
		"cards of nobody":       `"card_login":{"identity_card":{"policies":["1.2.3"]}}`,
		"cards of any policy":   `"card_login":{"identity_card":{"anchors":"a"}}`,
		"cards of no policy":    `"card_login":{"identity_card":{"anchors":"a","policies":["x"]}}`,
		"unknown card":          `"card_login":{"sim_card":true}`,
		"link that is a script": `"extension_links":[{"name":"a","url":"javascript:alert(1)"}]`,
		"link without name":     `"extension_links":[{"url":"https://a.example/"}]`,
		"many links":            `"extension_links":[` + strings.Repeat(`{"name":"a","url":"https://a.example/"},`, 8) + `{"name":"a","url":"https://a.example/"}]`,
	} {
		text := strings.TrimSuffix(least, "}") + "," + change + "}" // the last of two fields counts
		if s, err := parseSettings([]byte(text)); err == nil {
			t.Errorf("%s: taken as %+v", name, s)
		}
	}
	for _, text := range []string{"", "{}", "null", "[]", least + least, least + "x", strings.Repeat(" ", 65<<10) + least} {
		if _, err := parseSettings([]byte(text)); err == nil {
			t.Errorf("%.40q: taken", text)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"https://eonay.example", "https://eonay.example"},
		{"http://localhost:0", "http://localhost:1234"},
		{"http://127.0.0.1:99", "http://127.0.0.1:99"},
		{"http://[::1]:0", "http://[::1]:1234"},
	} {
		s, err := parseSettings([]byte(strings.TrimSuffix(least, "}") + `,"url":"` + test.url + `"}`))
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if got, err := s.address(1234); err != nil || got.String() != test.want {
			t.Errorf("%s: %v %v, want %s", test.url, got, err, test.want)
		}
	}
}
