package relyingparty_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// failing is a store that does not answer, or gives what it did not get.
type failing struct {
	err   error
	nonce string
}

func (f failing) Put(context.Context, string, relyingparty.Challenge) error { return f.err }

func (f failing) Take(context.Context, string) (relyingparty.Challenge, error) {
	return relyingparty.Challenge{Nonce: f.nonce, Expires: time.Now().Add(time.Hour)}, f.err
}

// TestLoginChallenges has what can be wrong with a session's challenge.
func TestLoginChallenges(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	memory := w.login.Challenges
	for name, test := range map[string]struct {
		lifetime time.Duration
		session  string
		change   func() // between challenge and login
		want     protocol.Code
	}{
		"good":            {0, session, func() {}, ""},
		"no session":      {0, "", func() {}, protocol.CodeFormExpired},
		"another session": {0, "oturum 2", func() {}, protocol.CodeFormExpired},
		"a newer one":     {0, session, func() { w.challenge(t) }, protocol.CodeLoginFailed},
		"almost over":     {0, session, func() { w.clock(298 * time.Second) }, ""},
		"over":            {0, session, func() { w.clock(300 * time.Second) }, protocol.CodeFormExpired},
		"at its end": {0, session, func() {
			end := time.Now().Truncate(time.Second)
			w.login.Challenges = sameChallenge{Nonce: base64.StdEncoding.EncodeToString(make([]byte, 32)), Expires: end}
			w.verifier.Now = func() time.Time { return end }
		}, protocol.CodeFormExpired},
		"own limit, over":  {10 * time.Second, session, func() { w.clock(10 * time.Second) }, protocol.CodeFormExpired},
		"no answer":        {0, session, func() { w.login.Challenges = failing{err: errors.New("away")} }, protocol.CodeUnavailable},
		"an empty nonce":   {0, session, func() { w.login.Challenges = failing{} }, protocol.CodeUnavailable},
		"a nonce too weak": {0, session, func() { w.login.Challenges = failing{nonce: "AAAA"} }, protocol.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w.login.Challenges, w.login.Lifetime, w.verifier.Now = memory, test.lifetime, time.Now
			token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.challenge(t)).json(t)
			test.change()
			_, err := w.login.Verify(context.Background(), test.session, token)
			wantCode(t, err, test.want)
		})
	}
}

// clock puts the site's clock forward.
func (w *loginWorld) clock(by time.Duration) {
	w.verifier.Now = func() time.Time { return time.Now().Add(by) }
}

func TestLoginNonces(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	seen := map[string]bool{}
	for range 100 {
		nonce := w.challenge(t)
		random, err := base64.StdEncoding.Strict().DecodeString(nonce)
		if err != nil || len(random) != 32 || seen[nonce] {
			t.Fatalf("nonce %q, %v", nonce, err)
		}
		seen[nonce] = true
	}
	w.login.Challenges = failing{err: errors.New("away")}
	_, err := w.login.Challenge(context.Background(), session)
	wantCode(t, err, protocol.CodeUnavailable)
	_, err = w.login.Challenge(context.Background(), "")
	wantCode(t, err, protocol.CodeFormExpired)
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
		if _, err := w.login.Challenge(context.Background(), session); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// TestUnfinishedLoginRefuses checks that a site which has not set everything takes nobody in.
func TestUnfinishedLoginRefuses(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.sameChallenge(t)).json(t)
	for i, l := range []relyingparty.Login{
		{}, {Verifier: w.verifier, Challenges: w.login.Challenges}, {Origin: origin, Challenges: w.login.Challenges},
		{Origin: origin, Verifier: w.verifier}, {Origin: origin, Verifier: new(relyingparty.Verifier), Challenges: w.login.Challenges},
	} {
		_, err := l.Verify(context.Background(), session, token)
		wantCode(t, err, protocol.CodeInternal)
		if _, err := l.Challenge(context.Background(), session); err == nil {
			t.Errorf("Login %d gave a challenge", i)
		}
	}
	w.login.WebEID = false
	_, err := w.verifyLogin(w.token(t, relyingparty.FormatWebEID, "ES256", origin, w.sameChallenge(t)).json(t))
	wantCode(t, err, protocol.CodeLoginFailed)
}
