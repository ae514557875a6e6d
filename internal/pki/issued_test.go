package pki_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestIssuedIsVerifiedOnce: what many acts rest on is verified once, and a person's certificate each time. An issuer that
// has lost its key shows which.
func TestIssuedIsVerifiedOnce(t *testing.T) {
	h := standard(t, nil, nil, nil)
	sub, root := h.intermediates[0], h.anchors[0]
	responder := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} }
	authority := pkitest.Root(t, "Yanıtlayanın kökü")
	ofResponder := authority.Issue(t, pkitest.Key(t, "P-256 yanıtlayan").Public(), responder)
	for name, test := range map[string]struct {
		certificate, issuer *x509.Certificate
		once                bool
	}{
		"a CA": {sub, root, true}, "a responder": {ofResponder, authority.Certificate, true}, "a person": {h.leaf, sub, false},
	} {
		if err := pki.CheckIssued(test.certificate, test.issuer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keyless := *test.issuer
		keyless.PublicKey = nil
		if err := pki.CheckIssued(test.certificate, &keyless); (err == nil) != test.once {
			t.Errorf("%s, again: %v", name, err)
		}
	}
}

// TestIssuedByAnother: that one signature was good says nothing of any other.
func TestIssuedByAnother(t *testing.T) {
	h := standard(t, nil, nil, nil)
	sub, root := h.intermediates[0], h.anchors[0]
	if err := pki.CheckIssued(sub, root); err != nil {
		t.Fatal(err)
	}
	flipped := func(data []byte) []byte {
		data = slices.Clone(data)
		data[len(data)/2] ^= 1
		return data
	}
	for name, change := range map[string]func(c *x509.Certificate, issuer *x509.Certificate){
		"another content":   func(c, _ *x509.Certificate) { c.RawTBSCertificate = flipped(c.RawTBSCertificate) },
		"another signature": func(c, _ *x509.Certificate) { c.Signature = flipped(c.Signature) },
		"another algorithm": func(c, _ *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA512 },
		"another issuer":    func(_, issuer *x509.Certificate) { *issuer = *pkitest.Root(t, "Başka kök").Certificate },
	} {
		c, issuer := *sub, *root
		change(&c, &issuer)
		for range 2 {
			if err := pki.CheckIssued(&c, &issuer); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
	}
}

// TestIssuedIsBounded: a person may bring CAs of their own without end.
func TestIssuedIsBounded(t *testing.T) {
	s := pki.NewSignatures(3)
	for i := range byte(10) {
		s.Add(i)
		if n := s.Len(); n > 3 || !s.Has(i) {
			t.Errorf("%d are kept, the newest among them: %v", n, s.Has(i))
		}
	}
}

// TestLegacy has a certificate that SHA-1 has signed count where it is asked for, and nowhere else, before and after.
func TestLegacy(t *testing.T) {
	root := &pkitest.Authority{Key: pkitest.Key(t, "RSA-2048")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Eski Kök"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, root.Key.Public(), root.Key)
	if err != nil {
		t.Fatal(err)
	}
	if root.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
	old := root.Issue(t, pkitest.Key(t, "P-256 old").Public(), sha1)
	sub := root.Issue(t, pkitest.Key(t, "P-384 old").Public(), sha1, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true })
	anchors := []*x509.Certificate{root.Certificate}
	for range 2 { // nothing is remembered of the other way
		for _, legacy := range []bool{false, true} {
			v := pki.Validation{At: time.Now(), Legacy: legacy}
			if _, err := v.Path(old, nil, anchors); (err == nil) != legacy {
				t.Errorf("legacy %t: %v", legacy, err)
			}
			if err := pki.CheckIssued(sub, root.Certificate); err == nil {
				t.Error("CheckIssued takes SHA-1")
			}
			if err := pki.CheckLegacyIssued(sub, root.Certificate); err != nil {
				t.Errorf("CheckLegacyIssued: %v", err)
			}
		}
	}
	forged := *old
	forged.Signature = append([]byte{}, old.Signature...)
	forged.Signature[10] ^= 1
	if err := pki.CheckLegacyIssued(&forged, root.Certificate); err == nil {
		t.Error("a forged signature counts")
	}
}
