package revocation_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

const (
	unavailable = fault.RevocationUnavailable
	invalid     = fault.RevocationInvalid
	revoked     = fault.CertificateRevoked
)

// world is a CA with one certificate below it, whose status is asked at a loopback server.
type world struct {
	root, ca  *pkitest.Authority
	leaf      *x509.Certificate
	responder *x509.Certificate
	key       crypto.Signer // the responder's
	url       string
	checker   *revocation.Checker
}

// newWorld makes a world whose server is handler. The names of OCSP responder and CRL lead to it.
func newWorld(t testing.TB, handler http.Handler) *world {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w := &world{url: server.URL, key: pkitest.Key(t, "P-256 responder"), checker: &revocation.Checker{}}
	w.root = pkitest.Root(t, "Kök")
	w.ca = w.root.Sub(t, "Alt Kök", func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL + "/crl"} })
	w.leaf = w.issue(t, server.URL+"/ocsp")
	w.responder = w.newResponder(t, w.ca)
	return w
}

func (w *world) issue(t testing.TB, urls ...string) *x509.Certificate {
	return w.ca.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), func(c *x509.Certificate) { c.OCSPServer = urls })
}

// newResponder has ca certify the responder's key.
func (w *world) newResponder(t testing.TB, ca *pkitest.Authority, edits ...pkitest.Edit) *x509.Certificate {
	standard := func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.SerialNumber = "OCSP", ""
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		c.ExtraExtensions = nil
	}
	return ca.Issue(t, w.key.Public(), append([]pkitest.Edit{standard}, edits...)...)
}

func (w *world) ocsp() (*revocation.Answer, error) {
	return w.checker.OCSP(context.Background(), w.leaf, w.ca.Certificate)
}

func (w *world) crl() (*revocation.Answer, error) {
	return w.checker.CRL(context.Background(), w.ca.Certificate, w.root.Certificate)
}

func wantCode(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("got %v, want no error", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("accepted, want %s", want)
	}
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// near reports whether a is within a minute of b.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }
