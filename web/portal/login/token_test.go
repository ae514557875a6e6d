package login_test

import (
	"crypto"
	"crypto/hmac"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// forger is an OpenID provider that signs whatever identity token a test wants.
type forger struct {
	*httptest.Server
	key   *rsa.PrivateKey
	token string // the next one
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{key: key}
	mux := http.NewServeMux()
	reply := func(path string, body func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(body()); err != nil {
				t.Error(err)
			}
		})
	}
	reply("/.well-known/openid-configuration", func() any {
		return map[string]any{"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token",
			"jwks_uri": f.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	})
	reply("/keys", func() any {
		return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}}
	})
	reply("/token", func() any {
		return map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": f.token}
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

// sign makes a token (RFC 7515, 3.1) with an algorithm.
func (f *forger) sign(t *testing.T, algorithm string, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+algorithm+`","kid":"k"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	switch algorithm {
	case "RS256":
		if signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
	case "HS256": // with what both sides know, the client's secret
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(input))
		signature = mac.Sum(nil)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// TestIdentityTokens answers logins with tokens that are wrong in one claim, or in how they are signed.
func TestIdentityTokens(t *testing.T) {
	f := newForger(t)
	another, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := portaltest.NewSite(t, func(o *portal.Settings) { o.Issuer = f.URL })
	for name, test := range map[string]struct {
		algorithm string
		key       *rsa.PrivateKey
		change    map[string]any
		good      bool
	}{
		"good":                 {"RS256", f.key, nil, true},
		"another audience":     {"RS256", f.key, map[string]any{"aud": "somebody"}, false},
		"no audience":          {"RS256", f.key, map[string]any{"aud": nil}, false},
		"another issuer":       {"RS256", f.key, map[string]any{"iss": "https://evil.example"}, false},
		"issuer with a slash":  {"RS256", f.key, map[string]any{"iss": f.URL + "/"}, false},
		"ended":                {"RS256", f.key, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, false},
		"not yet":              {"RS256", f.key, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, false},
		"no nonce":             {"RS256", f.key, map[string]any{"nonce": ""}, false},
		"another key":          {"RS256", another, nil, false},
		"the client's secret":  {"HS256", nil, nil, false},
		"unsigned":             {"none", nil, nil, false},
		"name of two lines":    {"RS256", f.key, map[string]any{"name": "AYŞE\nYILMAZ"}, false},
		"name from the right":  {"RS256", f.key, map[string]any{"name": "AYŞE\u202eYILMAZ"}, false},
		"number not a text":    {"RS256", f.key, map[string]any{"tckn": 10000000146}, false},
		"number with a letter": {"RS256", f.key, map[string]any{"tckn": "1000000014x"}, false},
	} {
		b := s.Anybody()
		to, err := url.Parse(b.Post("/giris", nil).Location())
		if err != nil {
			t.Fatal(err)
		}
		claims := map[string]any{"iss": f.URL, "aud": "portal", "sub": "1", "nonce": to.Query().Get("nonce"),
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "name": "AYŞE YILMAZ", "tckn": portaltest.Ayse}
		for claim, value := range test.change {
			claims[claim] = value
		}
		f.token = f.sign(t, test.algorithm, test.key, claims)
		a := b.Get("/giris/donus?" + url.Values{"code": {"c"}, "state": {to.Query().Get("state")}}.Encode())
		if test.good && (a.Location() != "/" || b.Cookies["oturum"] == "") {
			t.Errorf("%s: %d %q", name, a.Status, a.Code())
		}
		if !test.good && (a.Code() != fault.LoginFailed || b.Cookies["oturum"] != "") {
			t.Errorf("%s: %d %q, session %q", name, a.Status, a.Code(), b.Cookies["oturum"])
		}
	}
}
