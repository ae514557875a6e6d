package relyingparty

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// TestLoginStatements has the signed bytes as they must stay: hosts and cards of other versions sign them.
func TestLoginStatements(t *testing.T) {
	const origin, nonce = "https://giris.example:8443", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	got := string(loginStatement(origin, nonce, []byte("sertifika")))
	want := "tr.eonay.login v1\nhttps://giris.example:8443\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" +
		"67cd369566b8f9b374d32a03801f29d392f11165fc5cac0d015a319544dc2338\n"
	if got != want {
		t.Errorf("login: %q, want %q", got, want)
	}
	got = hex.EncodeToString(webEIDStatement(crypto.SHA256, origin, nonce))
	want = "8c82c3a32cfc3871f8ed4c7de2f9b589a48707ac9e29d7734b163ef5a4904a86" + "905f28def18eaac05ae6f12b2c3452744afaf626da1343d57b395b544e0519b6"
	if got != want {
		t.Errorf("Web eID: %s, want %s", got, want)
	}
	// No statement of one format is ever one of the other, nor signed attributes of CMS, which begin with a SET.
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if shortest := loginStatement("https://a", nonce, nil); len(shortest) <= len(webEIDStatement(hash, origin, nonce)) || shortest[0] == 0x31 {
			t.Errorf("%v: statements of both formats can be %d bytes long", hash, len(shortest))
		}
	}
}

// FuzzLoginToken checks that what is taken is bounded, and says the same when it is written again.
func FuzzLoginToken(f *testing.F) {
	f.Add([]byte(`{"format":"eonay-login:1","certificate":"AAAA","algorithm":"ES256","signature":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := parseLoginToken(data, FormatLogin, FormatWebEID)
		if err != nil {
			if code := protocol.CodeOf(err); code != protocol.CodeLoginFailed && code != protocol.CodeSignatureAlgorithm {
				t.Fatalf("code %s", code)
			}
			return
		}
		if len(data) > MaxLoginToken || len(token.certificate) == 0 || len(token.certificate) > protocol.MaxCertificate ||
			len(token.signature) == 0 || len(token.signature) > maxLoginSignature {
			t.Fatalf("%d bytes were taken, a certificate of %d, a signature of %d", len(data), len(token.certificate), len(token.signature))
		}
		var plain map[string]string // one reader more: whatever it makes of the bytes, it must be the same
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatalf("taken, and no JSON: %v", err)
		}
		certificate := plain["certificate"] + plain["unverifiedCertificate"] // a token has one of them
		if plain["format"] != token.format || plain["signature"] != base64.StdEncoding.EncodeToString(token.signature) ||
			certificate != base64.StdEncoding.EncodeToString(token.certificate) || loginAlgorithms[plain["algorithm"]] != token.algorithm {
			t.Fatalf("%q was read as %+v", data, token)
		}
	})
}
