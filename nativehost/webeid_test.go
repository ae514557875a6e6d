//go:build linux

package main_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/e-onay/e-onay/internal/login/webeidtest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// A token that a card has made in Web eID's format passes the rules that Web eID has published for sites, and does so for
// its own site, challenge, time and authority alone. A qualified certificate without extended usages is among them.
func TestTokensPassWebEID(t *testing.T) {
	t.Parallel()
	clientAuth := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	softHSM := func(kind testcard.Kind, edits ...pkitest.Edit) func(*testing.T) (*machine, *card, *x509.Certificate) {
		return func(t *testing.T) (*machine, *card, *x509.Certificate) {
			m := withSoftHSM(t)
			c := m.insert(t, "Kart")
			return m, c, c.key(t, kind, 1, edits...)
		}
	}
	for name, tt := range map[string]struct {
		algorithm string
		make      func(*testing.T) (*machine, *card, *x509.Certificate)
	}{
		"RSA 2048":                      {"RS256", softHSM(testcard.RSA2048)},
		"RSA 3072":                      {"RS256", softHSM(testcard.RSA3072)},
		"EC P-256":                      {"ES256", softHSM(testcard.P256)},
		"EC P-384":                      {"ES384", softHSM(testcard.P384)},
		"not qualified, for logging in": {"ES256", softHSM(testcard.P256, notQualified, clientAuth)},
		"RSA 2048, PSS alone": {"PS256", func(t *testing.T) (*machine, *card, *x509.Certificate) {
			m := newMachine(t, newLying(t, testcard.Lie{Mechanisms: []uint{ckmRSAPSS}}))
			c := m.insert(t, "Kart")
			return m, c, c.key(t, testcard.RSA2048, 1)
		}},
		"a card in a reader": {"ES256", func(t *testing.T) (*machine, *card, *x509.Certificate) {
			m := withReader(t)
			certificate := m.key(t, virtual.Signature, testcard.P256)
			m.put(t)
			return m.machine, m.issuer, certificate
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c, certificate := tt.make(t)
			w, list := settings(t, m, 1)
			members := w.token(w.login(list.Certificates[0], pin, protocol.LoginFormatWebEID))
			if members["algorithm"] != tt.algorithm {
				t.Errorf("algorithm %s", members["algorithm"])
			}
			token, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []struct {
				broken string
				change func(*webeidtest.Site)
			}{
				{"", func(*webeidtest.Site) {}},
				{"signature", func(s *webeidtest.Site) { s.Origin += ".evil.example" }},
				{"signature", func(s *webeidtest.Site) { s.Nonce = base64.StdEncoding.EncodeToString(make([]byte, 32)) }},
				{"time", func(s *webeidtest.Site) { s.At = certificate.NotAfter.AddDate(0, 0, 1) }},
				{"issuer", func(s *webeidtest.Site) { s.Trusted = []*x509.Certificate{c.root.Certificate} }},
			} {
				site := webeidtest.Site{Origin: portal, Nonce: loginNonce, Trusted: []*x509.Certificate{c.sub.Certificate}}
				at.change(&site)
				if got := site.Judge(t, token)[0]; got != at.broken {
					t.Errorf("%q, want %q", got, at.broken)
				}
			}
		})
	}
}
