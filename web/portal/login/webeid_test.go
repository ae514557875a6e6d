package login_test

import (
	crand "crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/login/webeidtest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestCardsPassWebEID has what a site that takes Web eID's tokens by the published rules alone makes of each kind of card
// that the authority issues. They ask for no QCStatements: of a seal they know nothing.
func TestCardsPassWebEID(t *testing.T) {
	o := portaltest.NewOutside(t)
	data, err := os.ReadFile(filepath.Join(o.Dir, "intermediates.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	issuer, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	site := webeidtest.Site{Origin: "https://site.example", Nonce: base64.StdEncoding.EncodeToString(make([]byte, 32)), Trusted: []*x509.Certificate{issuer}}
	for kind, want := range map[string]string{
		"valid": "", "identity-card": "", "seal": "", "other-policy": "",
		"expired": "time", "not-yet-valid": "time", "no-signing-usage": "purpose", "not-qualified": "policy", "untrusted": "issuer",
	} {
		if got := site.Judge(t, webEIDToken(t, o.Card(portaltest.ECKey(t), portaltest.Ayse, kind), site))[0]; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

// webEIDToken makes a token as the host does.
func webEIDToken(t *testing.T, c portaltest.Card, site webeidtest.Site) []byte {
	t.Helper()
	algorithm, err := login.For(c.Key.Public(), false)
	if err != nil {
		t.Fatal(err)
	}
	h := algorithm.Hash.New()
	h.Write(login.Statement(protocol.LoginFormatWebEID, algorithm.Hash, site.Origin, site.Nonce, nil))
	signature, err := c.Key.Sign(crand.Reader, h.Sum(nil), algorithm.Hash)
	if err == nil {
		signature, err = login.Raw(c.Key.Public(), signature)
	}
	if err != nil {
		t.Fatal(err)
	}
	token := login.Token{Format: protocol.LoginFormatWebEID, Certificate: c.Certificate.Raw, Algorithm: algorithm, Signature: signature, AppVersion: "deneme"}
	text, err := token.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
