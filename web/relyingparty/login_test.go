package relyingparty_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

var formats = []string{relyingparty.FormatLogin, relyingparty.FormatWebEID}

// TestLoginOfOpenSSL takes tokens that openssl has made by the published words, of each algorithm.
func TestLoginOfOpenSSL(t *testing.T) {
	for _, test := range []struct {
		kind       string
		algorithms []string
	}{
		{"P-256", []string{"ES256"}}, {"P-384", []string{"ES384"}}, {"P-521", []string{"ES512"}},
		{"RSA-2048", []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}},
	} {
		w := newLoginWorld(t, test.kind)
		for _, algorithm := range test.algorithms {
			for _, format := range formats {
				t.Run(format+" "+algorithm, func(t *testing.T) {
					token := w.token(t, format, algorithm, origin, w.challenge(t))
					e, err := w.verifyLogin(token.json(t))
					wantCode(t, err, "")
					if !e.Signer.Equal(w.leaf) || e.Holder != "Ayşe Yılmaz" || e.CitizenNumber != pkitest.Citizen || len(e.Path) != 3 || e.OCSP == nil || len(e.CRLs) != 1 {
						t.Errorf("evidence %+v", e)
					}
					if d := time.Since(e.VerifiedAt); d < 0 || d > time.Minute || e.Signature != nil || !e.SigningTime.IsZero() {
						t.Errorf("verified %v, signature %x of %v", e.VerifiedAt, e.Signature, e.SigningTime)
					}
				})
			}
		}
	}
}

// TestLoginOnce replays a good login, and one that was refused for its certificate alone.
func TestLoginOnce(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newLoginWorld(t, "P-256")
			token := w.token(t, format, "ES256", origin, w.challenge(t)).json(t)
			_, err := w.verifyLogin(token)
			wantCode(t, err, "")
			_, err = w.verifyLogin(token)
			wantCode(t, err, fault.FormExpired)

			token, w.leafGone = w.token(t, format, "ES256", origin, w.challenge(t)).json(t), true
			_, err = w.verifyLogin(token)
			wantCode(t, err, fault.CertificateRevoked)
			w.leafGone = false
			_, err = w.verifyLogin(token)
			wantCode(t, err, fault.FormExpired)
		})
	}
}
