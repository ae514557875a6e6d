package portal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// least is the shortest good settings file.
const least = `{"issuer":"https://giris.example","client_id":"a","client_secret":"0123456789abcdef","anchors":"anchors.pem"}`

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
	if got := s.Applications.rules().ProduceBefore; got != 60*24*time.Hour {
		t.Errorf("a renewal is produced %s before", got)
	}
	address, err := s.address(1234)
	if err != nil || address.String() != "http://localhost:1234" {
		t.Errorf("address %v, %v", address, err)
	}
	if _, err := ReadSettings(path + "x"); err == nil {
		t.Error("read settings that are not there")
	}
}

const goodMail = `"mail":{"server":"posta.example:587","from":"E-Onay <e-onay@posta.example>"}`

func TestSettingsRefused(t *testing.T) {
	for name, change := range map[string]string{
		"unknown field":          `"lisen":"127.0.0.1:1"`,
		"wrong type":             `"listen":1`,
		"listen without port":    `"listen":"127.0.0.1"`,
		"http in public":         `"url":"http://eonay.example"`,
		"path":                   `"url":"https://eonay.example/portal"`,
		"no host":                `"url":"https://"`,
		"user":                   `"url":"https://a:b@eonay.example"`,
		"no address":             `"url":"javascript:alert(1)"`,
		"issuer in the open":     `"issuer":"http://giris.example"`,
		"no issuer":              `"issuer":""`,
		"no anchors":             `"anchors":""`,
		"a courier in the open":  `"courier":{"url":"http://kargo.example","token_file":"t"}`,
		"a courier of no token":  `"courier":{"url":"https://kargo.example"}`,
		"a courier, monthly":     `"courier":{"url":"https://kargo.example","token_file":"t","track_minutes":1441}`,
		"negative lifetime":      `"code_lifetime_seconds":-1`,
		"long lifetime":          `"code_lifetime_seconds":3601`,
		"negative judgement":     `"judge_within_seconds":-1`,
		"long judgement":         `"judge_within_seconds":2592001`,
		"forgetting at once":     `"forget_after_seconds":3599`,
		"negative forgetting":    `"forget_after_seconds":-1`,
		"never forgetting":       `"forget_after_seconds":2592001`,
		"heads of nobody":        `"evidence_heads":"a"`,
		"both databases":         `"database":"a","postgres_file":"b"`,
		"plain to no database":   `"plain_postgres":true`,
		"lasting by nobody":      `"lasting":{"authorities":[]}`,
		"negative margin":        `"lasting":{"authorities":[{"url":"http://tsa.example"}],"margin_days":-1}`,
		"long margin":            `"lasting":{"authorities":[{"url":"http://tsa.example"}],"margin_days":3651}`,
		"production unsigned":    `"production":{"key_file":"a"}`,
		"production readable":    `"production":{"key_file":"a","producer_file":"b"}`,
		"production to many":     `"production":{"key_file":"a","producer_file":"b","opening_files":["c","d","e"],"return_key_files":["f"]}`,
		"returns to many":        `"production":{"key_file":"a","producer_file":"b","opening_files":["c"],"return_key_files":["d","e","f"]}`,
		"returns to nobody":      `"production":{"key_file":"a","producer_file":"b","opening_files":["c"]}`,
		"negative fee":           `"applications":{"nes_fee":-1,"payment_tr":"a","payment_en":"a"}`,
		"endless fee":            `"applications":{"seal_fee":100000001,"payment_tr":"a","payment_en":"a"}`,
		"readers paid nowhere":   `"orders":{"reader_fee":95000}`,
		"fee paid nowhere":       `"applications":{"nes_fee":95000,"payment_tr":"a"}`,
		"long payment text":      `"applications":{"payment_tr":"` + strings.Repeat("a", 1001) + `"}`,
		"negative renewal":       `"applications":{"produce_before_days":-1}`,
		"renewal in years":       `"applications":{"produce_before_days":3651}`,
		"reminded on the day":    `"applications":{"reminder_days":[30,0]}`,
		"reminded for years":     `"applications":{"reminder_days":[366]}`,
		"reminded too often":     `"applications":{"reminder_days":[1,2,3,4,5,6,7,8,9]}`,
		"kept less than a day":   `"applications":{"keep_ended_days":-1}`,
		"kept for ever":          `"applications":{"keep_ended_days":36501}`,
		"drafts for ever":        `"applications":{"keep_drafts_days":3651}`,
		"negative releases":      `"puks_per_day":-1`,
		"many releases":          `"puks_per_day":101`,
		"old keys only":          `"puk_old_key_files":["a"]`,
		"PUKs without a code":    `"puk_key_file":"a"`,
		"PUKs by SMS":            `"puk_key_file":"a","puk_code_by":"sms",` + goodMail,
		"PUKs by pigeon":         `"puk_key_file":"a","puk_code_by":"pigeon",` + goodMail,
		"negative login age":     `"puk_login_max_age_seconds":-1`,
		"long login age":         `"puk_login_max_age_seconds":3601`,
		"long wait":              `"puk_wait_seconds":86401`,
		"levels with spaces":     `"puk_acr_values":["a b"]`,
		"an empty level":         `"puk_acr_values":[""]`,
		"mail without port":      `"mail":{"server":"posta.example","from":"a@posta.example"}`,
		"mail from nobody":       `"mail":{"server":"posta.example:587"}`,
		"mail in the open":       `"mail":{"server":"posta.example:25","tls":"none","from":"a@posta.example"}`,
		"a password in clear":    `"mail":{"server":"localhost:25","tls":"none","user":"a","from":"a@posta.example"}`,
		"mail by other TLS":      `"mail":{"server":"posta.example:25","tls":"maybe","from":"a@posta.example"}`,
		"password of nobody":     `"mail":{"server":"posta.example:587","password_file":"a","from":"a@posta.example"}`,
		"SMS to nobody":          `"mail":{"server":"posta.example:587","sms_address":"a@sms.example","from":"a@posta.example"}`,
		"SMS in the open":        `"mail":{"server":"posta.example:587","sms_gateway":{"url":"http://sms.example","token_file":"a"},"from":"a@posta.example"}`,
		"SMS in two ways":        `"mail":{"server":"posta.example:587","sms_address":"{phone}@sms.example","sms_gateway":{"url":"https://sms.example","token_file":"a"},"from":"a@posta.example"}`,
		"many old keys":          `"puk_key_file":"a","puk_old_key_files":["1","2","3","4","5","6","7","8"],` + goodMail,
		"an old key nowhere":     `"puk_key_file":"a","puk_old_key_files":[""],` + goodMail,
		"TPMs without PUKs":      `"tpm_roots":"a"`,
		"TPMs of no vendor":      `"puk_key_file":"a","puk_requires_tpm":true,` + goodMail,
		"requests of nobody":     `"request_key_file":"a"`,
		"other keys only":        `"name":"a","request_other_key_files":["a"]`,
		"another key nowhere":    `"name":"a","request_key_file":"a","request_other_key_files":[""]`,
		"a way with a space":     `"login_ways":{"bank":["a b"]}`,
		"a word for two ways":    `"login_ways":{"bank":["a"],"password":["a"]}`,
		"too many words":         `"login_ways":{"bank":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"]}`,
		"a way of no gateway":    `"login_ways":{"fax":["a"]}`,
		"origin with a path":     `"gateway_origins":["https://a.example/"]`,
		"origin with a policy":   `"gateway_origins":["https://a.example; script-src *"]`,
		"origin of all":          `"gateway_origins":["https://*.example"]`,
		"origin in the open":     `"gateway_origins":["http://a.example"]`,
		"policy that is none":    `"policies":["1.2.x"]`,
		"many policies":          `"policies":[` + strings.Repeat(`"1.2.3",`, 32) + `"1.2.3"]`,
		"check of nobody":        `"signature_check":{"revocation":"anybody"}`,
		"check of all":           `"signature_check":{"max_content_mib":4097}`,
		"check of nothing":       `"signature_check":{"max_content_mib":-1}`,
		"check without end":      `"signature_check":{"per_minute":1001}`,
		"proxy without header":   `"proxy":{"address_header":"X Real"}`,
		"a header of before":     `"signature_check":{"address_header":"X-Real-IP"}`,
		"metrics beyond here":    `"metrics_listen":"0.0.0.0:9101"`,
		"metrics without port":   `"metrics_listen":"localhost"`,
		"cards of nobody":        `"card_login":{"identity_card":{"policies":["1.2.3"]}}`,
		"cards of any policy":    `"card_login":{"identity_card":{"anchors":"a"}}`,
		"cards of no policy":     `"card_login":{"identity_card":{"anchors":"a","policies":["x"]}}`,
		"unknown card":           `"card_login":{"sim_card":true}`,
		"link that is a script":  `"extension_links":[{"name":"a","url":"javascript:alert(1)"}]`,
		"link without name":      `"extension_links":[{"url":"https://a.example/"}]`,
		"many links":             `"extension_links":[` + strings.Repeat(`{"name":"a","url":"https://a.example/"},`, 8) + `{"name":"a","url":"https://a.example/"}]`,
		"unpaid less than a day": `"applications":{"forget_unpaid_days":-1}`,
		"unpaid for ever":        `"applications":{"forget_unpaid_days":366}`,
	} {
		if s, err := parseSettings(with(t, change)); err == nil {
			t.Errorf("%s: taken as %+v", name, s)
		}
	}
	for _, text := range []string{"", "{}", "null", "[]", strings.Replace(least, "{", `{"issuer":"https://a.example",`, 1),
		strings.Replace(least, "anchors", "Anchors", 1), least + least, least + "x", strings.Repeat(" ", 65<<10) + least} {
		if _, err := parseSettings([]byte(text)); err == nil {
			t.Errorf("%.40q: taken", text)
		}
	}
}

// TestClientSecret reads the secret from each of its places, and refuses none, two, short ones, and files that everybody
// may read.
func TestClientSecret(t *testing.T) {
	const secret = "0123456789abcdef"
	in := func(members string) string { return string(with(t, members)) }
	for _, test := range []struct {
		name     string
		settings string
		variable string
		file     string
		mode     os.FileMode
		ok       bool
	}{
		{"in the settings", least, "", "", 0o640, true},
		{"in settings for all", least, "", "", 0o644, false},
		{"in a file", in(`"client_secret":"","client_secret_file":"secret"`), "", secret + "\n", 0o600, true},
		{"in a file for all", in(`"client_secret":"","client_secret_file":"secret"`), "", secret, 0o604, false},
		{"in no file", in(`"client_secret":"","client_secret_file":"other"`), "", secret, 0o600, false},
		{"in the environment", in(`"client_secret":""`), secret, "", 0o644, true},
		{"of an authority, for all", in(`"client_secret":"","lasting":{"authorities":[{"url":"http://tsa.example","header":{"Authorization":"a"}}]}`), secret, "", 0o644, false},
		{"nowhere", in(`"client_secret":""`), "", "", 0o600, false},
		{"in two places", least, secret, "", 0o600, false},
		{"short", in(`"client_secret":"0123456789abcde"`), "", "", 0o600, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "portal.json")
			t.Setenv(clientSecretVariable, test.variable)
			for name, content := range map[string]string{path: test.settings, filepath.Join(dir, "secret"): test.file} {
				if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(name, test.mode); err != nil {
					t.Fatal(err)
				}
			}
			s, err := ReadSettings(path)
			if (err == nil) != test.ok || test.ok && s.ClientSecret != secret {
				t.Errorf("%+v, %v", s, err)
			}
			if err != nil && strings.Contains(err.Error(), secret[:15]) {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

// with returns the shortest good settings with other members, in place of its own where they have those names.
func with(t *testing.T, members string) []byte {
	t.Helper()
	all := map[string]json.RawMessage{}
	for _, text := range []string{least, "{" + members + "}"} {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSharedSecret: the secret that keys come from outlives the client's, and is one that nobody else has.
func TestSharedSecret(t *testing.T) {
	const shared = "0123456789abcdef0123456789abcdef"
	for name, test := range map[string]struct {
		client, file string
		mode         os.FileMode
		ok           bool
	}{
		"one":             {"client secret 26", shared + "\n", 0o600, true},
		"another client":  {"client secret 27", shared + "\n", 0o600, true},
		"the client's":    {shared, shared, 0o600, false},
		"short":           {"client secret 26", shared[1:], 0o600, false},
		"empty":           {"client secret 26", "", 0o600, false},
		"read by all":     {"client secret 26", shared, 0o644, false},
		"longer than one": {"client secret 26", strings.Repeat("a", maxClientSecret+1), 0o600, false},
	} {
		path := filepath.Join(t.TempDir(), "shared.key")
		if err := os.WriteFile(path, []byte(test.file), test.mode); err != nil {
			t.Fatal(err)
		}
		s := &Settings{ClientSecret: test.client, SharedKeyFile: path}
		if err := s.loadSharedSecret(); (err == nil) != test.ok || err == nil && s.secret() != shared {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := (&Settings{ClientSecret: "client secret 26"}); s.loadSharedSecret() != nil || s.secret() != s.ClientSecret {
		t.Error("without a shared key the client's secret is not it")
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

func TestNoPUKKey(t *testing.T) {
	if keys, err := openSafe(&Settings{}); keys != nil || err != nil {
		t.Errorf("no key: %v, %v", keys, err)
	}
}
