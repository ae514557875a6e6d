package relyingparty_test

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

func (w *world) verifyCertificate(der []byte) (*relyingparty.Evidence, error) {
	w.verifier.Intermediates = []*x509.Certificate{w.sub.Certificate}
	return w.verifier.VerifyCertificate(context.Background(), der)
}

func TestCertificateGivesEvidence(t *testing.T) {
	w := newWorld(t, "P-384")
	w.verifier.Policies = []x509.OID{oid(t, pkitest.Policy.String())}
	e, err := w.verifyCertificate(w.leaf.Raw)
	wantCode(t, err, "")
	if !e.Signer.Equal(w.leaf) || e.Holder != "Ayşe Yılmaz" || e.CitizenNumber != pkitest.Citizen || len(e.Path) != 3 || e.OCSP == nil || len(e.CRLs) != 1 {
		t.Errorf("evidence %+v", e)
	}
	if d := time.Since(e.VerifiedAt); d < 0 || d > time.Minute || e.Signature != nil || !e.SigningTime.IsZero() {
		t.Errorf("verified %v, signature %x of %v", e.VerifiedAt, e.Signature, e.SigningTime)
	}
}

// TestCertificateRefused has every reason, with how many requests are made until it is known.
func TestCertificateRefused(t *testing.T) {
	now := time.Now()
	none := func(*world) {}
	for _, test := range []struct {
		name     string
		edit     pkitest.Edit
		change   func(w *world)
		want     fault.Code
		requests int32
	}{
		{"expired", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }, none, fault.CertificateExpired, 0},
		{"not yet valid", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, none, fault.CertificateNotYetValid, 0},
		{"not for signing", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, none, fault.CertificateKeyUsage, 0},
		{"not qualified", func(c *x509.Certificate) { c.ExtraExtensions = nil }, none, fault.CertificateNotQualified, 0},
		{"policy not accepted", nil, func(w *world) {
			w.verifier.Policies = []x509.OID{oid(t, "2.16.792.1.2.1.1.5.7.4.1")}
		}, fault.CertificateNotQualified, 0},
		{"another anchor", nil, func(w *world) {
			w.verifier.Anchors = []*x509.Certificate{pkitest.Root(t, "Başka Kök").Certificate}
		}, fault.CertificateUntrusted, 0},
		{"revoked", nil, func(w *world) { w.leafGone = true }, fault.CertificateRevoked, 1},
		{"CA revoked", nil, func(w *world) { w.subGone = true }, fault.CertificateRevoked, 2},
		{"OCSP down", nil, func(w *world) { w.down = "/ocsp" }, fault.RevocationUnavailable, 1},
		{"CRL wrong", nil, func(w *world) { w.broken = "/crl" }, fault.RevocationInvalid, 2},
		{"a verifier without anchors", nil, func(w *world) { w.verifier.Anchors = nil }, fault.Internal, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var edits []pkitest.Edit
			if test.edit != nil {
				edits = append(edits, test.edit)
			}
			w := newWorld(t, "P-256", edits...)
			test.change(w)
			e, err := w.verifyCertificate(w.leaf.Raw)
			wantCode(t, err, test.want)
			if e != nil {
				t.Error("evidence beside the error")
			}
			if n := w.requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
	w := newWorld(t, "P-256")
	for _, der := range [][]byte{nil, []byte("sertifika"), w.leaf.Raw[1:]} {
		_, err := w.verifyCertificate(der)
		wantCode(t, err, fault.CertificateMalformed)
	}
}

// TestCRLFallback checks that the list makes up for a responder that does not answer, where the site wants it, and for
// nothing else.
func TestCRLFallback(t *testing.T) {
	unnamed := func(c *x509.Certificate) { c.OCSPServer = nil }
	neither := func(c *x509.Certificate) { c.OCSPServer, c.CRLDistributionPoints = nil, nil }
	for name, test := range map[string]struct {
		edits    []pkitest.Edit
		change   func(w *world)
		off, on  fault.Code
		byList   bool // what was taken was taken by it
		requests int32
	}{
		"OCSP answers":            {nil, func(*world) {}, "", "", false, 2},
		"OCSP down":               {nil, func(w *world) { w.down = "/ocsp" }, fault.RevocationUnavailable, "", true, 3},
		"none named":              {[]pkitest.Edit{unnamed}, func(*world) {}, fault.RevocationUnavailable, "", true, 2},
		"OCSP may not answer":     {nil, func(w *world) { w.ocspStatus = 6 }, fault.RevocationUnavailable, "", true, 3},
		"OCSP down, revoked":      {nil, func(w *world) { w.down, w.leafGone = "/ocsp", true }, fault.RevocationUnavailable, fault.CertificateRevoked, false, 2},
		"OCSP says revoked":       {nil, func(w *world) { w.leafGone = true }, fault.CertificateRevoked, fault.CertificateRevoked, false, 1},
		"OCSP not to be believed": {nil, func(w *world) { w.broken = "/ocsp" }, fault.RevocationInvalid, fault.RevocationInvalid, false, 1},
		"neither named":           {[]pkitest.Edit{neither}, func(*world) {}, fault.RevocationUnavailable, fault.RevocationUnavailable, false, 0},
		"none named, list down": {[]pkitest.Edit{unnamed}, func(w *world) { w.down = "/leaves" },
			fault.RevocationUnavailable, fault.RevocationUnavailable, false, 1},
		"none named, list not to be believed": {[]pkitest.Edit{unnamed}, func(w *world) { w.broken = "/leaves" },
			fault.RevocationUnavailable, fault.RevocationInvalid, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "P-256", test.edits...)
			test.change(w)
			_, err := w.verifyCertificate(w.leaf.Raw)
			wantCode(t, err, test.off)
			w.requests.Store(0)
			w.verifier = &relyingparty.Verifier{Anchors: w.verifier.Anchors, CRLFallback: true} // which has no list yet
			e, err := w.verifyCertificate(w.leaf.Raw)
			wantCode(t, err, test.on)
			if n := w.requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if err == nil && ((e.CRL != nil) != test.byList || (e.OCSP == nil) != test.byList || test.byList && !e.CRL.Responder.Equal(w.sub.Certificate)) {
				t.Errorf("evidence %+v", e)
			}
		})
	}
}
