package relyingparty_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestLoginCertificates has who may log in, without and with Unqualified.
func TestLoginCertificates(t *testing.T) {
	now := time.Now()
	clientAuth := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	usages := func(u ...x509.ExtKeyUsage) pkitest.Edit { return func(c *x509.Certificate) { c.ExtKeyUsage = u } }
	unqualified := func(u ...x509.ExtKeyUsage) pkitest.Edit {
		return func(c *x509.Certificate) { c.ExtraExtensions, c.ExtKeyUsage = nil, u }
	}
	seal := asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 2, 1}
	const ok, usage, not = fault.Code(""), fault.CertificateNotForLogin, fault.CertificateNotQualified
	for name, test := range map[string]struct {
		edit          pkitest.Edit
		want, foreign fault.Code // foreign is with Unqualified
	}{
		"for digital signatures alone": {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, ok, ok},
		"for non-repudiation alone":    {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment }, usage, usage},
		"a CA":                         {func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, usage, usage},
		"qualified, for logging in":    {usages(clientAuth...), ok, ok},
		"qualified, for mail":          {usages(x509.ExtKeyUsageEmailProtection), usage, usage},
		"qualified, for anything":      {usages(x509.ExtKeyUsageAny), usage, usage},
		"a seal": {func(c *x509.Certificate) {
			c.ExtraExtensions[0] = pkitest.Statements(t, pkitest.QCCompliance, pkitest.QCTurkish, seal)
		}, not, not},
		"not qualified":                 {unqualified(), not, not},
		"not qualified, for logging in": {unqualified(clientAuth...), not, ok},
		"not qualified, for servers":    {unqualified(x509.ExtKeyUsageServerAuth), usage, usage},
		"not qualified, an unknown usage alone": {func(c *x509.Certificate) {
			unqualified()(c)
			c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, []int{1, 2, 3})
		}, usage, usage},
		"expired":       {func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }, fault.CertificateExpired, fault.CertificateExpired},
		"not yet valid": {func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, fault.CertificateNotYetValid, fault.CertificateNotYetValid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoginWorld(t, "P-256", test.edit)
			token := w.token(t, relyingparty.FormatWebEID, "ES256", origin, w.sameChallenge(t)).json(t)
			_, err := w.verifyLogin(token)
			wantCode(t, err, test.want)
			w.login.Unqualified = true
			_, err = w.verifyLogin(token)
			wantCode(t, err, test.foreign)
		})
	}
}

// TestLoginCertificatesProven has what is asked of a certificate beyond itself.
func TestLoginCertificatesProven(t *testing.T) {
	for name, test := range map[string]struct {
		change   func(w *loginWorld)
		want     fault.Code
		requests int32
	}{
		"all good":          {func(*loginWorld) {}, "", 2},
		"a policy accepted": {func(w *loginWorld) { w.verifier.Policies = []x509.OID{oid(t, pkitest.Policy.String())} }, "", 2},
		"policy not accepted": {func(w *loginWorld) {
			w.verifier.Policies = []x509.OID{oid(t, "2.16.792.1.2.1.1.5.7.4.1")}
		}, fault.CertificateNotQualified, 0},
		"another anchor": {func(w *loginWorld) {
			w.verifier.Anchors = []*x509.Certificate{pkitest.Root(t, "Başka Kök").Certificate}
		}, fault.CertificateUntrusted, 0},
		"a CA for mail alone": {func(w *loginWorld) {
			sub := w.root.Sub(t, "Deneme Alt Kök", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} })
			w.verifier.Intermediates = []*x509.Certificate{sub.Certificate}
		}, fault.CertificateUntrusted, 0},
		"revoked":    {func(w *loginWorld) { w.leafGone = true }, fault.CertificateRevoked, 1},
		"CA revoked": {func(w *loginWorld) { w.subGone = true }, fault.CertificateRevoked, 2},
		"OCSP down":  {func(w *loginWorld) { w.down = "/ocsp" }, fault.RevocationUnavailable, 1},
		"CRL wrong":  {func(w *loginWorld) { w.broken = "/crl" }, fault.RevocationInvalid, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoginWorld(t, "P-256")
			test.change(w)
			_, err := w.verifyLogin(w.token(t, relyingparty.FormatLogin, "ES256", origin, w.challenge(t)).json(t))
			wantCode(t, err, test.want)
			if n := w.requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// TestLoginKeys checks that a weak key is refused before it is used, and leaves the challenge open.
func TestLoginKeys(t *testing.T) {
	for kind, algorithm := range map[string]string{"RSA-1024": "RS256", "P-224": "ES256"} {
		w := newLoginWorld(t, kind)
		token := w.token(t, relyingparty.FormatLogin, algorithm, origin, w.challenge(t)).json(t)
		for range 2 {
			_, err := w.verifyLogin(token)
			wantCode(t, err, fault.KeyUnsupported)
		}
		if n := w.requests.Load(); n != 0 {
			t.Errorf("%s: %d requests were made", kind, n)
		}
	}
}

// TestLoginExponent has a token that anybody could make: with an exponent of one the signature is the padded digest itself.
func TestLoginExponent(t *testing.T) {
	w := newLoginWorld(t, "RSA-2048")
	key := w.key.Public().(*rsa.PublicKey)
	w.leaf = w.sub.Issue(t, &rsa.PublicKey{N: key.N, E: 1}, func(c *x509.Certificate) { c.OCSPServer = w.leaf.OCSPServer })
	token := w.token(t, relyingparty.FormatWebEID, "RS256", origin, w.sameChallenge(t))
	signature, err := base64.StdEncoding.DecodeString(token["signature"])
	if err != nil {
		t.Fatal(err)
	}
	padded := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	_, err = w.verifyLogin(token.with("signature", base64.StdEncoding.EncodeToString(padded)).json(t))
	wantCode(t, err, fault.LoginFailed)
}
