package relyingparty_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// failing is a store that does not answer.
type failing struct{}

func (failing) Use(context.Context, string, time.Time) error { return errors.New("away") }

// TestLoginChallenges has what can be wrong with a challenge, each with a token that is good for its nonce.
func TestLoginChallenges(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	key := []byte(strings.Repeat("k", relyingparty.MinChallengeKey))
	changed := func(change func(nonce []byte) []byte) func(*testing.T) {
		return func(t *testing.T) {
			nonce, err := base64.StdEncoding.DecodeString(w.nonce)
			if err != nil {
				t.Fatal(err)
			}
			w.nonce = base64.StdEncoding.EncodeToString(change(nonce))
		}
	}
	for name, test := range map[string]struct {
		lifetime time.Duration
		session  string
		change   func(*testing.T) // before the card signs
		want     fault.Code
	}{
		"good":                 {0, session, func(*testing.T) {}, ""},
		"no session":           {0, "", func(*testing.T) {}, fault.FormExpired},
		"another session":      {0, "oturum 2", func(*testing.T) {}, fault.FormExpired},
		"an older one":         {0, session, func(t *testing.T) { older := w.nonce; w.challenge(t); w.nonce = older }, ""},
		"almost over":          {0, session, func(*testing.T) { w.clock(298 * time.Second) }, ""},
		"over":                 {0, session, func(*testing.T) { w.clock(300 * time.Second) }, fault.FormExpired},
		"own limit, over":      {10 * time.Second, session, func(*testing.T) { w.clock(10 * time.Second) }, fault.FormExpired},
		"of another key":       {0, session, func(*testing.T) { w.login.Key = []byte(strings.Repeat("l", 32)) }, fault.FormExpired},
		"a later end":          {0, session, changed(func(n []byte) []byte { n[7]++; return n }), fault.FormExpired},
		"other random bytes":   {0, session, changed(func(n []byte) []byte { n[20]++; return n }), fault.FormExpired},
		"another MAC":          {0, session, changed(func(n []byte) []byte { n[len(n)-1]++; return n }), fault.FormExpired},
		"a MAC that is cut":    {0, session, changed(func(n []byte) []byte { return n[:len(n)-1] }), fault.FormExpired},
		"more behind it":       {0, session, changed(func(n []byte) []byte { return append(n, 0) }), fault.FormExpired},
		"of the page's making": {0, session, changed(func([]byte) []byte { return make([]byte, 32) }), fault.FormExpired},
		"none":                 {0, session, func(*testing.T) { w.nonce = "" }, fault.FormExpired},
		"not base64":           {0, session, func(*testing.T) { w.nonce = strings.Repeat("*", len(w.nonce)) }, fault.FormExpired},
		"with a line end":      {0, session, func(*testing.T) { w.nonce = w.nonce[:4] + "\n" + w.nonce[4:] }, fault.FormExpired},
		"no answer":            {0, session, func(*testing.T) { w.login.Used = failing{} }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w.login.Key, w.login.Used = key, relyingparty.UsedInMemory(100)
			w.login.Lifetime, w.verifier.Now = test.lifetime, time.Now
			w.challenge(t)
			test.change(t)
			token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.nonce).json(t)
			_, err := w.login.Verify(t.Context(), test.session, w.nonce, token)
			wantCode(t, err, test.want)
		})
	}
}

// TestLoginAtItsEnd judges at the very second at which a challenge ends.
func TestLoginAtItsEnd(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	start := time.Now().Truncate(time.Second)
	for at, want := range map[time.Duration]fault.Code{
		300*time.Second - time.Nanosecond: "", 300 * time.Second: fault.FormExpired,
	} {
		w.verifier.Now = func() time.Time { return start }
		token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.challenge(t)).json(t)
		w.verifier.Now = func() time.Time { return start.Add(at) }
		_, err := w.verifyLogin(token)
		wantCode(t, err, want)
	}
}

// clock puts the site's clock forward.
func (w *loginWorld) clock(by time.Duration) {
	w.verifier.Now = func() time.Time { return time.Now().Add(by) }
}

// TestLoginNonces: each is another, of the length that hosts and Web eID take, and asking for them asks no store.
func TestLoginNonces(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	w.login.Key, w.login.Used = make([]byte, relyingparty.MinChallengeKey), failing{}
	seen := map[string]bool{}
	for range 100 {
		nonce := w.challenge(t)
		if err := login.CheckNonce(nonce); err != nil || len(nonce) != 96 || seen[nonce] {
			t.Fatalf("nonce %q, %v", nonce, err)
		}
		seen[nonce] = true
	}
	_, err := w.login.Challenge("")
	wantCode(t, err, fault.FormExpired)
}

// TestLoginOfManyProcesses: what one process has given out another takes, and once among all of them.
func TestLoginOfManyProcesses(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	w.login.Key, w.login.Used = make([]byte, relyingparty.MinChallengeKey), relyingparty.UsedInMemory(100)
	other := *w.login
	other.Key = slices.Clone(w.login.Key)
	token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.challenge(t)).json(t)
	_, err := other.Verify(t.Context(), session, w.nonce, token)
	wantCode(t, err, "")
	_, err = w.verifyLogin(token)
	wantCode(t, err, fault.FormExpired)
}

func TestLoginOrigins(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	for origin, good := range map[string]bool{
		"https://giris.example": true, "https://giris.example:8443": true, "https://xn--giri-fjb.example": true, "https://192.0.2.1": true,
		"http://localhost": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true, "https://[2001:db8::1]": true,
		"": false, "giris.example": false, "https://": false, "https://giris.example/": false, "https://giris.example/giris": false,
		"https://Giris.example": false, "HTTPS://giris.example": false, "https://giris.example:443": false, "http://localhost:80": false,
		"https://giris.example:": false, "https://giriş.example": false, "https://a@giris.example": false, "https://giris.example?x": false,
		"https://giris.example#x": false, "http://giris.example": false, "ftp://giris.example": false, "https://giris.example\n": false,
		"null": false, "https://:8443": false, "https://giris example": false,
	} {
		w.login.Origin = origin
		if _, err := w.login.Challenge(session); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// TestUnfinishedLoginRefuses checks that a site which has not set everything takes nobody in.
func TestUnfinishedLoginRefuses(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.sameChallenge(t)).json(t)
	key, used := w.login.Key, w.login.Used
	for name, l := range map[string]relyingparty.Login{
		"nothing":      {},
		"no origin":    {Verifier: w.verifier},
		"no verifier":  {Origin: origin},
		"no anchors":   {Origin: origin, Verifier: new(relyingparty.Verifier)},
		"no key":       {Origin: origin, Verifier: w.verifier, Used: used},
		"a short key":  {Origin: origin, Verifier: w.verifier, Key: key[1:], Used: used},
		"an empty key": {Origin: origin, Verifier: w.verifier, Key: []byte{}},
		"a key alone":  {Origin: origin, Verifier: w.verifier, Key: key},
	} {
		_, err := l.Verify(context.Background(), session, w.nonce, token)
		if err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Challenge(session); err == nil || l.Check() == nil {
			t.Errorf("%s: a challenge was given", name)
		}
	}
	w.login.WebEID = false
	_, err := w.verifyLogin(w.token(t, relyingparty.FormatWebEID, "ES256", origin, w.sameChallenge(t)).json(t))
	wantCode(t, err, fault.LoginFailed)
}
