package relyingparty_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// changing is a network on which somebody changes answers of one path.
type changing struct {
	path   string
	change func([]byte) []byte
}

func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.URL.Path != c.path {
		return response, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(c.change(body)))
	response.ContentLength = -1
	return response, nil
}

// TestBouncyCastleReadsTheEvidence checks the rule that another reader accepts what is accepted here, with BouncyCastle as
// judge; opensslAgrees asks OpenSSL.
func TestBouncyCastleReadsTheEvidence(t *testing.T) {
	w := newWorld(t, "P-256")
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
	dir := t.TempDir()
	files := map[string][]byte{"content": document, "s.p7s": e.Signature, "o.ors": e.OCSP.DER, "c.crl": e.CRLs[0].DER, "0.cer": e.Path[0].Raw, "1.cer": e.Path[1].Raw}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := pkitest.BouncyCastle(t, dir)
	for name := range files {
		if name != "content" && verdicts[name] != "accepts" {
			t.Errorf("%s: %s", name, verdicts[name])
		}
	}
}

// TestUnsignedBytesAreRefused puts bytes that no signature covers into each part of the evidence. The signer can do so in
// their own certificate, and anybody on the way in what comes by http. Other readers refuse the evidence then, which is a
// way to disown a signature.
func TestUnsignedBytesAreRefused(t *testing.T) {
	tail := func(der []byte) []byte { return pkitest.WithTail(t, der) }
	for _, test := range []struct {
		name   string
		change func(w *world) []byte // returns the signature
		want   fault.Code
	}{
		{"in the signer's certificate", func(w *world) []byte {
			w.leaf = tailed(t, w.leaf)
			return w.sign(t, time.Now(), w.sub.Certificate)
		}, fault.SignatureMalformed},
		{"in a certificate of the chain", func(w *world) []byte {
			return w.sign(t, time.Now(), tailed(t, w.sub.Certificate))
		}, fault.SignatureMalformed},
		{"in the signature", func(w *world) []byte { return tail(w.sign(t, time.Now(), w.sub.Certificate)) }, fault.SignatureMalformed},
		{"in the OCSP answer", func(w *world) []byte {
			w.verifier.Client = &http.Client{Transport: changing{"/ocsp", tail}}
			return w.sign(t, time.Now(), w.sub.Certificate)
		}, fault.RevocationInvalid},
		{"in the list of CAs", func(w *world) []byte {
			w.verifier.Client = &http.Client{Transport: changing{"/crl", tail}}
			return w.sign(t, time.Now(), w.sub.Certificate)
		}, fault.RevocationInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "P-256")
			_, err := w.verify(test.change(w), document)
			wantCode(t, err, test.want)
		})
	}
}

// tailed is a certificate as x509 reads it, with unsigned bytes at its end.
func tailed(t *testing.T, c *x509.Certificate) *x509.Certificate {
	t.Helper()
	der := pkitest.WithTail(t, c.Raw)
	if pki.CheckCertificate(der) == nil {
		t.Fatal("whole")
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
