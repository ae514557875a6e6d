package relyingparty_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestNonceIsOfTheSignature checks that the answer that is kept shows that the signature was there when it was given.
func TestNonceIsOfTheSignature(t *testing.T) {
	w := newWorld(t, "P-256")
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
	if digest := sha256.Sum256(e.Signature); !bytes.Equal(w.lastNonce, digest[:]) || !bytes.Contains(e.OCSP.DER, digest[:]) {
		t.Errorf("nonce %x", w.lastNonce)
	}
	nonce := w.lastNonce
	for range 2 { // without a signature it is random
		_, err = w.verifyCertificate(w.leaf.Raw)
		wantCode(t, err, "")
		if bytes.Equal(w.lastNonce, nonce) {
			t.Errorf("nonce %x again", nonce)
		}
		nonce = w.lastNonce
	}
}

func TestOCSPWithoutNonce(t *testing.T) {
	w := newWorld(t, "P-256")
	w.noNonce = true
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.RevocationInvalid)
	w.verifier.OCSPWithoutNonce = true
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
}

// TestOneDeadlineOverAll has responders that hang, at four addresses each.
func TestOneDeadlineOverAll(t *testing.T) {
	var server string
	w := newWorld(t, "P-256", func(c *x509.Certificate) {
		server = c.OCSPServer[0]
		c.OCSPServer = []string{server, server + "?2", server + "?3", server + "?4"}
	})
	w.hanging = "/ocsp"
	w.verifier.RevocationTimeout = 100 * time.Millisecond
	start := time.Now()
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.RevocationUnavailable)
	if took := time.Since(start); took > 9*time.Second { // one address alone has 10 s
		t.Errorf("took %v", took)
	}
}

// TestListsAreKept checks that a second signature asks for no list of CAs.
func TestListsAreKept(t *testing.T) {
	w := newWorld(t, "P-256")
	for _, requests := range []int32{2, 1} {
		w.requests.Store(0)
		_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
		wantCode(t, err, "")
		if n := w.requests.Load(); n != requests {
			t.Errorf("%d requests, want %d", n, requests)
		}
	}
	w.subGone, w.now = true, func() time.Time { return time.Now().Add(time.Minute) }
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "") // the list that is kept is good for an hour
	w.verifier.Now, w.now = func() time.Time { return time.Now().Add(2 * time.Hour) }, nil
	_, err = w.verify(w.sign(t, time.Now().Add(2*time.Hour), w.sub.Certificate), document)
	wantCode(t, err, fault.CertificateRevoked)
}

// TestCAWithTwoKeys has a root that signs its lists with a key of its own, which is named in no path.
func TestCAWithTwoKeys(t *testing.T) {
	w := newWorld(t, "P-256")
	key := pkitest.Key(t, "P-384 list key")
	w.listKey = &pkitest.Authority{Key: key, Certificate: w.root.Issue(t, key.Public(), func(c *x509.Certificate) {
		c.Subject, c.SubjectKeyId = w.root.Certificate.Subject, []byte("lists")
		c.KeyUsage, c.ExtraExtensions = x509.KeyUsageCRLSign, nil
		c.CRLDistributionPoints = []string{w.address + "/listkey"}
	})}
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.RevocationInvalid) // without its certificate
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate, w.listKey.Certificate), document)
	wantCode(t, err, "")
	if len(e.CRLs) != 2 || !e.CRLs[0].Responder.Equal(w.listKey.Certificate) || !e.CRLs[1].Responder.Equal(w.root.Certificate) {
		t.Errorf("%d lists", len(e.CRLs))
	}
	w.verifier = w.newVerifier()
	w.listKeyGone = true
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate, w.listKey.Certificate), document)
	wantCode(t, err, fault.CertificateRevoked)
	w.verifier = w.newVerifier()
	w.listKeyGone, w.listKeyItself = false, true // its list is signed by itself
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate, w.listKey.Certificate), document)
	wantCode(t, err, fault.RevocationInvalid)
}
