package login

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

const nonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// TestStatements has the signed bytes as they must stay: hosts, sites and cards of other versions sign them.
func TestStatements(t *testing.T) {
	const origin = "https://giris.example:8443"
	got := string(Statement(protocol.LoginFormat, crypto.SHA256, origin, nonce, []byte("sertifika")))
	want := "tr.eonay.login v1\nhttps://giris.example:8443\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" +
		"67cd369566b8f9b374d32a03801f29d392f11165fc5cac0d015a319544dc2338\n"
	if got != want {
		t.Errorf("login: %q, want %q", got, want)
	}
	got = hex.EncodeToString(Statement(protocol.LoginFormatWebEID, crypto.SHA256, origin, nonce, nil))
	want = "8c82c3a32cfc3871f8ed4c7de2f9b589a48707ac9e29d7734b163ef5a4904a86" + "905f28def18eaac05ae6f12b2c3452744afaf626da1343d57b395b544e0519b6"
	if got != want {
		t.Errorf("Web eID: %s, want %s", got, want)
	}
	// No statement of one format is ever one of the other, nor signed attributes of CMS, which begin with a SET.
	for _, w := range words {
		shortest := Statement(protocol.LoginFormat, w.hash, "https://a", nonce, nil)
		if len(shortest) <= len(Statement(protocol.LoginFormatWebEID, w.hash, origin, nonce, nil)) || shortest[0] == 0x31 {
			t.Errorf("%v: statements of both formats can be %d bytes long", w.hash, len(shortest))
		}
	}
}

var origins = []struct {
	origin string
	good   bool
}{
	{"https://giris.example", true}, {"https://giris.example:8443", true}, {"https://xn--gir-4za.example", true},
	{"https://192.0.2.1", true}, {"https://[2001:db8::1]:8443", true},
	{"http://localhost", true}, {"http://localhost:8080", true}, {"http://127.0.0.1:8080", true}, {"http://[::1]:8080", true},
	{"", false}, {"null", false}, {"https://", false}, {"giris.example", false}, {"//giris.example", false},
	{"https://giris.example:443", false}, {"http://localhost:80", false}, {"https://giris.example:", false},
	{"https://giris.example.", false}, {"https://giris.example.:8443", false}, {"http://localhost.", false},
	{"http://giris.example", false}, {"http://localhost.example", false}, {"http://site.localhost:8080", false}, {"https://site.localhost", true}, {"http://127.0.0.2", false},
	{"https://Giris.example", false}, {"HTTPS://giris.example", false}, {"https://giriş.example", false},
	{"https://giris.example/", false}, {"https://giris.example/yol", false}, {"https://giris.example?a", false}, {"https://giris.example#a", false},
	{"https://kim@giris.example", false}, {"https://giris.example\n", false}, {"https://giris .example", false}, {"https://giris.example\nhttps://baska.example", false},
	{"https://a<b", false}, {`https://a"b`, false}, {"https://a]b", false}, {"https://[a]", false}, {"https://a%41b", false}, {"https://:8443", false},
	{"https://a:99999", false}, {"https://a:08", false}, {"https://a:0", false}, {"https://a:65535", true},
	{"file:///etc/passwd", false}, {"ftp://giris.example", false}, {"chrome-extension://abc", false}, {"javascript:alert(1)", false},
	{"https://" + strings.Repeat("a", 253) + ":65535", true}, {"https://" + strings.Repeat("a", 254) + ":65535", false},
}

func TestOrigins(t *testing.T) {
	for _, test := range origins {
		if err := CheckOrigin(test.origin); (err == nil) != test.good {
			t.Errorf("%q: %v", test.origin, err)
		}
	}
}

var nonces = []struct {
	nonce string
	good  bool
}{
	{nonce, true}, {strings.Repeat("A", protocol.MinNonce), true}, {strings.Repeat("A", protocol.MaxNonce), true}, {strings.Repeat("+/0z", 11), true},
	{"", false}, {strings.Repeat("A", protocol.MinNonce-4), false}, {strings.Repeat("A", protocol.MaxNonce+4), false},
	{strings.Repeat("A", 45), false}, {strings.Repeat("-_0z", 11), false}, {strings.Repeat("A", 43) + "\n", false}, {strings.Repeat("A", 44) + "\r\n\r\n", false},
	{strings.Repeat("A", 42) + "B=", false}, {strings.Repeat("A", 41) + "===", false}, {strings.Repeat("AAA=", 11), false}, {strings.Repeat("A", 43) + " ", false},
	{strings.Repeat("A", 42) + "ı", false},
}

func TestNonces(t *testing.T) {
	for _, test := range nonces {
		if err := CheckNonce(test.nonce); (err == nil) != test.good {
			t.Errorf("%q: %v", test.nonce, err)
		}
	}
}

// FuzzSigned checks that what may be signed is bounded, is one line each, and is written in one way.
func FuzzSigned(f *testing.F) {
	for _, test := range origins {
		f.Add(test.origin, nonce)
	}
	for _, test := range nonces {
		f.Add("https://giris.example", test.nonce)
	}
	f.Fuzz(func(t *testing.T, origin, nonce string) {
		if CheckOrigin(origin) == nil {
			host, secure := strings.CutPrefix(origin, "https://")
			if !secure {
				host, _ = strings.CutPrefix(origin, "http://")
			}
			if host == "" || host == origin || len(origin) > maxOrigin || strings.ToLower(host) != host || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") != "" {
				t.Errorf("origin %q", origin)
			}
		}
		if CheckNonce(nonce) == nil {
			data, err := base64.StdEncoding.DecodeString(nonce)
			if err != nil || base64.StdEncoding.EncodeToString(data) != nonce || len(nonce) < protocol.MinNonce || len(nonce) > protocol.MaxNonce {
				t.Errorf("nonce %q: %v", nonce, err)
			}
		}
	})
}

// FuzzToken checks that what is taken is bounded, and says the same when it is written again.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"format":"eonay-login:1","certificate":"AAAA","algorithm":"ES256","signature":"AAAA"}`))
	f.Add([]byte(`{"format":"web-eid:1.0","unverifiedCertificate":"AAAA","algorithm":"PS256","signature":"AAAA","appVersion":"ı"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := Parse(data, protocol.LoginFormat, protocol.LoginFormatWebEID)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.LoginFailed && code != fault.SignatureAlgorithm {
				t.Fatalf("code %s", code)
			}
			return
		}
		if len(data) > protocol.MaxLoginToken || len(token.Certificate) == 0 || len(token.Certificate) > protocol.MaxCertificate ||
			len(token.Signature) == 0 || len(token.Signature) > protocol.MaxRawSignature {
			t.Fatalf("%d bytes were taken, a certificate of %d, a signature of %d", len(data), len(token.Certificate), len(token.Signature))
		}
		written, err := token.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var read, again map[string]string // one reader more: whatever it makes of the bytes, it must be the same
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatalf("taken, and no JSON: %v", err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		for name, value := range again {
			if read[name] != value {
				t.Fatalf("%s: %q was read as %q", name, read[name], value)
			}
		}
		if len(read) != len(again) {
			t.Fatalf("%d members were read, %d written", len(read), len(again))
		}
	})
}

// TestAnswer has what a page may post of a login, and what two readers could read differently.
func TestAnswer(t *testing.T) {
	nonce, token, err := ParseAnswer([]byte(`{"token": "{\"a\":\"b\"}", "nonce": "AAAA"}`))
	if err != nil || nonce != "AAAA" || string(token) != `{"a":"b"}` {
		t.Errorf("%q, %q, %v", nonce, token, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no object": `["AAAA","{}"]`, "no nonce": `{"token":"{}"}`, "no token": `{"nonce":"AAAA"}`,
		"another member": `{"nonce":"AAAA","token":"{}","x":"y"}`, "two nonces": `{"nonce":"AAAA","token":"{}","nonce":"BBBB"}`,
		"a name in other case": `{"Nonce":"AAAA","token":"{}"}`, "a token no string": `{"nonce":"AAAA","token":{}}`,
		"more behind it": `{"nonce":"AAAA","token":"{}"}{}`, "not UTF-8": "{\"nonce\":\"\xff\",\"token\":\"{}\"}",
		"too long": `{"nonce":"AAAA","token":"` + strings.Repeat(" ", MaxAnswer) + `"}`,
	} {
		if _, _, err := ParseAnswer([]byte(text)); fault.CodeOf(err) != fault.RequestInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
