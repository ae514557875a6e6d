package relyingparty_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// A certificate with an address that x509 does not read signs like any other: its signature, path and status are of its own
// bytes.
func TestSignerWithUnreadNames(t *testing.T) {
	w := newWorld(t, "P-256")
	raw := w.sub.Rewrite(t, w.leaf, pkitest.Extended(t, pkitest.Mail(t, "ayşe@ornek.test")))
	if _, err := x509.ParseCertificate(raw); err == nil {
		t.Fatal("x509 reads it")
	}
	leaf, err := pki.ParseX509(raw)
	if err != nil {
		t.Fatal(err)
	}
	w.leaf = leaf
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
	if e.CitizenNumber != pkitest.Citizen || string(e.Signer.Raw) != string(raw) {
		t.Errorf("evidence of %q", e.Holder)
	}
	w.leafGone = true
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.CertificateRevoked)
}

// A citizen number in the form of EN 319 412-1 is the one that the person logs in with.
func TestNumberOfTheRegister(t *testing.T) {
	w := newWorld(t, "P-256", func(c *x509.Certificate) { c.Subject.SerialNumber = "PNOTR-" + pkitest.Citizen })
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
	wantCode(t, e.Of(pkitest.Citizen), "")
	wantCode(t, e.Of("PNOTR-"+pkitest.Citizen), fault.CertificateOfAnother)
}
