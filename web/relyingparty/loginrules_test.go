package relyingparty_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login/webeidtest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// published judges as a site would that takes Web eID's tokens by Web eID's own rules.
func (w *loginWorld) published(nonce string) webeidtest.Site {
	return webeidtest.Site{Origin: origin, Nonce: nonce, Trusted: []*x509.Certificate{w.sub.Certificate, w.root.Certificate}}
}

// TestWebEIDAlgorithms has each algorithm of the format, which the published rules take as we do, and no other's signature.
func TestWebEIDAlgorithms(t *testing.T) {
	all := map[string][]string{
		"P-256": {"ES256"}, "P-384": {"ES384"}, "P-521": {"ES512"}, "RSA-2048": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
	}
	for kind, algorithms := range all {
		w := newLoginWorld(t, kind)
		nonce := w.sameChallenge(t)
		site := w.published(nonce)
		for _, algorithm := range algorithms {
			t.Run(algorithm, func(t *testing.T) {
				token := w.token(t, relyingparty.FormatWebEID, algorithm, origin, nonce)
				names := slices.Concat(slices.Collect(maps.Values(all))...)
				var tokens [][]byte
				for _, name := range names {
					tokens = append(tokens, token.with("algorithm", name).json(t))
				}
				for i, broken := range site.Judge(t, tokens...) {
					_, err := w.verifyLogin(tokens[i])
					if taken := names[i] == algorithm; (broken == "") != taken || (err == nil) != taken {
						t.Errorf("called %s: %q, %v", names[i], broken, err)
					}
				}
			})
		}
	}
}

// TestWebEIDRules compares what we refuse with what the published rules refuse. Where the two differ it is said why.
func TestWebEIDRules(t *testing.T) {
	const ok = fault.Code("")
	now := time.Now()
	usage := func(u ...x509.ExtKeyUsage) pkitest.Edit { return func(c *x509.Certificate) { c.ExtKeyUsage = u } }
	foreign := func(u ...x509.ExtKeyUsage) pkitest.Edit {
		return func(c *x509.Certificate) { c.ExtraExtensions, c.ExtKeyUsage = nil, u }
	}
	signature := func(change func(r, s *big.Int) []byte) func(*loginWorld, members) members {
		return func(_ *loginWorld, m members) members {
			raw, err := base64.StdEncoding.DecodeString(m["signature"])
			if err != nil {
				t.Fatal(err)
			}
			r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
			return m.with("signature", base64.StdEncoding.EncodeToString(change(r, s)))
		}
	}
	raw := func(r, s *big.Int) []byte {
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	namesake := pkitest.Root(t, "Başka Kök", func(c *x509.Certificate) { c.Subject.CommonName = "Deneme Alt Kök" }).Certificate
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	for name, test := range map[string]struct {
		edit   pkitest.Edit
		change func(w *loginWorld, m members) members
		site   func(*webeidtest.Site)
		ours   fault.Code
		theirs string
	}{
		"qualified, without extended usages": {nil, nil, nil, ok, ""},
		"qualified, with clientAuth":         {usage(x509.ExtKeyUsageClientAuth), nil, nil, ok, ""},
		"qualified, for mail":                {usage(x509.ExtKeyUsageEmailProtection), nil, nil, fault.CertificateNotForLogin, "purpose"},
		"foreign, with clientAuth":           {foreign(x509.ExtKeyUsageClientAuth), nil, nil, ok, ""},
		"foreign, for servers":               {foreign(x509.ExtKeyUsageServerAuth), nil, nil, fault.CertificateNotForLogin, "purpose"},
		// Such a certificate may be a machine's: we are stricter.
		"foreign, without extended usages": {foreign(), nil, nil, fault.CertificateNotQualified, ""},
		"non-repudiation alone": {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment },
			nil, nil, fault.CertificateNotForLogin, "purpose"},
		"no key usage": {func(c *x509.Certificate) { c.KeyUsage = 0 }, nil, nil, fault.CertificateNotForLogin, "purpose"},
		// Sites that name none take any policy; the published rules want that there is one.
		"no policy": {func(c *x509.Certificate) { c.Policies = nil }, nil, nil, ok, "policy"},
		"expired": {func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) },
			nil, nil, fault.CertificateExpired, "time"},
		"not yet valid": {func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, nil, nil, fault.CertificateNotYetValid, "time"},
		"a CA's namesake": {nil, func(w *loginWorld, m members) members {
			w.verifier.Anchors, w.verifier.Intermediates = []*x509.Certificate{namesake}, nil
			return m
		}, func(s *webeidtest.Site) { s.Trusted = []*x509.Certificate{namesake} }, fault.CertificateUntrusted, "issuer"},
		"another origin": {nil, func(w *loginWorld, m members) members { w.login.Origin = "https://baska.example"; return m },
			func(s *webeidtest.Site) { s.Origin = "https://baska.example" }, fault.LoginFailed, "signature"},
		"another nonce": {nil, func(w *loginWorld, m members) members { w.sameChallenge(t); return m },
			func(s *webeidtest.Site) { s.Nonce = base64.StdEncoding.EncodeToString(make([]byte, 32)) }, fault.LoginFailed, "signature"},
		"a later version": {nil, func(_ *loginWorld, m members) members { return m.with("format", "web-eid:2.0") }, nil, fault.LoginFailed, "form"},
		// What a minor version adds, and members that nobody knows, we do not take: two readers could see two tokens.
		"a minor version": {nil, func(_ *loginWorld, m members) members { return m.with("format", "web-eid:1.1") }, nil, fault.LoginFailed, ""},
		"another member":  {nil, func(_ *loginWorld, m members) members { return m.with("x", "y") }, nil, fault.LoginFailed, ""},
		"signature in DER": {nil, signature(func(r, s *big.Int) []byte {
			der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
			if err != nil {
				t.Fatal(err)
			}
			return der
		}), nil, fault.LoginFailed, "signature"},
		"s and r": {nil, signature(func(r, s *big.Int) []byte { return raw(s, r) }), nil, fault.LoginFailed, "signature"},
		// The other s (n-s) is as good: RFC 7518 knows no lower half, and a challenge is used once however often it is signed.
		"the other s":    {nil, signature(func(r, s *big.Int) []byte { return raw(r, new(big.Int).Sub(order, s)) }), nil, ok, ""},
		"r of zero":      {nil, signature(func(_, s *big.Int) []byte { return raw(new(big.Int), s) }), nil, fault.LoginFailed, "signature"},
		"s of the order": {nil, signature(func(r, _ *big.Int) []byte { return raw(r, order) }), nil, fault.LoginFailed, "signature"},
		"signature in hexadecimal": {nil, signature(func(r, s *big.Int) []byte { return []byte(hex.EncodeToString(raw(r, s))) }),
			nil, fault.LoginFailed, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoginWorld(t, "P-256", slices.DeleteFunc([]pkitest.Edit{test.edit}, func(e pkitest.Edit) bool { return e == nil })...)
			w.login.Unqualified = true
			nonce := w.sameChallenge(t)
			site, token := w.published(nonce), w.token(t, relyingparty.FormatWebEID, "ES256", origin, nonce)
			if test.change != nil {
				token = test.change(w, token)
			}
			if test.site != nil {
				test.site(&site)
			}
			_, err := w.verifyLogin(token.json(t))
			wantCode(t, err, test.ours)
			if broken := site.Judge(t, token.json(t))[0]; broken != test.theirs {
				t.Errorf("by the published rules: %q, want %q", broken, test.theirs)
			}
		})
	}
}

// TestWebEIDSalt checks that the salt of RSASSA-PSS is as long as the hash (RFC 7518, 3.5).
func TestWebEIDSalt(t *testing.T) {
	w := newLoginWorld(t, "RSA-2048")
	nonce := w.sameChallenge(t)
	token := w.token(t, relyingparty.FormatWebEID, "PS256", origin, nonce)
	for salt, want := range map[string]fault.Code{"32": "", "20": fault.LoginFailed, "0": fault.LoginFailed, "max": fault.LoginFailed} {
		signature := w.openssl(t, w.statement(t, relyingparty.FormatWebEID, "PS256", origin, nonce), "dgst", "-sha256",
			"-sign", filepath.Join(w.dir, "key.pem"), "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:"+salt)
		data := token.with("signature", base64.StdEncoding.EncodeToString(signature)).json(t)
		_, err := w.verifyLogin(data)
		wantCode(t, err, want)
		if broken := w.published(nonce).Judge(t, data)[0]; (broken == "") != (want == "") {
			t.Errorf("salt of %s: %q by the published rules", salt, broken)
		}
	}
}
