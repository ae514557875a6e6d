package revocation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

var (
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// opensslReads asks OpenSSL about an answer that is accepted here.
func opensslReads(t *testing.T, w *world, file string) {
	t.Helper()
	dir := t.TempDir()
	ca := pkitest.WriteCertificates(t, dir, "ca.pem", w.ca.Certificate)
	out, err := exec.Command("openssl", "ocsp", "-respin", file, "-no_nonce", "-issuer", ca, "-cert", pkitest.WriteCertificates(t, dir, "leaf.pem", w.leaf),
		"-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", w.root.Certificate), "-verify_other", ca).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Response verify OK")) {
		t.Errorf("accepted here, openssl refuses: %s", out)
	}
}

// pss has the reply signed by RSASSA-PSS with SHA-256 and a salt of so many bytes, as the parameters say.
func pss(t *testing.T, w *world, r *reply, salt int) {
	w.key = pkitest.Key(t, "RSA-2048 responder")
	by(t, func(w *world) *pkitest.Authority { return w.ca })(w, r)
	hash := sequence(marshal(oidSHA256), []byte{5, 0})
	r.key, r.algorithm = w.key, oidPSS
	r.parameters = sequence(tlv(0xa0, hash), tlv(0xa1, sequence(marshal(oidMGF1), hash)), tlv(0xa2, marshal(salt)))
	r.options = &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256}
}

// TestOCSPForms has answers as responders in use write them. What is accepted, others must accept too.
func TestOCSPForms(t *testing.T) {
	older := func(w *world, edits ...pkitest.Edit) *x509.Certificate {
		key := w.key
		defer func() { w.key = key }()
		w.key = pkitest.Key(t, "P-256 last year's responder")
		return w.newResponder(t, w.ca, edits...)
	}
	some := extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil)
	cases := []ocspCase{
		{"RSASSA-PSS", func(w *world, r *reply) { pss(t, w, r, 32) }, ""},
		{"RSASSA-PSS with a short salt", func(w *world, r *reply) { pss(t, w, r, 20) }, invalid},
		{"version written out", func(w *world, r *reply) { r.version = tlv(0xa0, marshal(0)) }, ""},
		{"version 2", func(w *world, r *reply) { r.version = tlv(0xa0, marshal(1)) }, invalid},
		{"fraction of a second", func(w *world, r *reply) { r.fraction = ".923804" }, ""},
		{"fraction with a comma", func(w *world, r *reply) { r.fraction = ",9" }, invalid},
		{"fraction that ends in zero", func(w *world, r *reply) { r.fraction = ".90" }, invalid},
		{"fraction of no digits", func(w *world, r *reply) { r.fraction = "." }, invalid},
		{"an older certificate of its name first", func(w *world, r *reply) {
			r.certificate = append([]*x509.Certificate{older(w)}, r.certificate...)
		}, ""},
		{"an expired certificate of its key first", func(w *world, r *reply) {
			expired := w.newResponder(t, w.ca, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
			})
			r.certificate = append([]*x509.Certificate{expired}, r.certificate...)
		}, ""},
		{"a responder of the CA's own name", by(t, func(w *world) *pkitest.Authority { return w.ca }, func(c *x509.Certificate) {
			c.RawSubject = nil
			c.Subject.Country, c.Subject.CommonName = []string{"TR"}, "Alt Kök"
		}), ""},
		{"responder's name in other string types", func(w *world, r *reply) { r.responder = tlv(0xa1, otherTypes(t, w.responder.RawSubject)) }, ""},
		{"an unknown extension twice", func(w *world, r *reply) { r.extensions = [][]byte{some, some} }, invalid},
		{"an unknown extension of the statement twice", with(t, func(w *world, s *single) { s.extensions = [][]byte{some, some} }), invalid},
		{"no extensions of the statement in their place", with(t, func(w *world, s *single) { s.extensions = [][]byte{} }), ""},
		{"a digest with other parameters than NULL", with(t, func(w *world, s *single) { s.parameters = octets(nil) }), invalid},
		{"a digest with two parameters", with(t, func(w *world, s *single) { s.parameters = []byte{5, 0, 5, 0} }), invalid},
		{"a digest without parameters", with(t, func(w *world, s *single) { s.parameters = nil }), ""},
		{"ECDSA with NULL", func(w *world, r *reply) { r.parameters = []byte{5, 0} }, ""},
		{"a superfluous certificate that cannot be read", func(w *world, r *reply) { r.more = negativeSerial(t, w.root.Certificate) }, ""},
		{"unsigned bytes in a superfluous certificate", func(w *world, r *reply) { r.more = pkitest.WithTail(t, w.root.Certificate.Raw) }, invalid},
		{"a superfluous element that is no certificate", func(w *world, r *reply) { r.more = sequence(octets([]byte("unsigned"))) }, invalid},
		{"BER in a superfluous certificate", func(w *world, r *reply) {
			r.more = bytes.Replace(w.root.Certificate.Raw, []byte{1, 1, 0xff}, []byte{1, 1, 1}, 1)
		}, invalid},
	}
	// Of several certificates of the responder's name OpenSSL 3 tries the first alone. All of these are in the answer, so
	// whoever tries the next one reads it.
	firstAlone := []string{"an older certificate of its name first", "an expired certificate of its key first", "a responder of the CA's own name"}
	dir, accepted := t.TempDir(), map[string]string{} // name by file
	for i, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			w, answer, err := asked(t, test.change)
			wantCode(t, err, test.want)
			if err != nil {
				return
			}
			file := fmt.Sprintf("%d.ors", i)
			accepted[file] = test.name
			if err := os.WriteFile(filepath.Join(dir, file), answer.DER, 0o600); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(firstAlone, test.name) {
				opensslReads(t, w, filepath.Join(dir, file))
			}
		})
	}
	verdicts := pkitest.BouncyCastle(t, dir)
	for file, name := range accepted {
		if verdicts[file] != "accepts" {
			t.Errorf("%s: accepted here, BouncyCastle %s", name, verdicts[file])
		}
	}
}

// otherTypes writes the values of a name as UTF8String.
func otherTypes(t *testing.T, name []byte) []byte {
	t.Helper()
	out := bytes.ReplaceAll(name, []byte{0x13}, []byte{0x0c})
	if bytes.Equal(out, name) || !pki.SameName(out, name) {
		t.Fatal("not another form of the same name")
	}
	return out
}

// negativeSerial gives a certificate the serial number -5, as some old roots have one. Its signature is no more right.
func negativeSerial(t *testing.T, c *x509.Certificate) []byte {
	t.Helper()
	old := marshal(c.SerialNumber)
	tbs := bytes.Replace(c.RawTBSCertificate[4:], old, []byte{2, 1, 0xfb}, 1)
	rest := c.Raw[4+len(c.RawTBSCertificate):]
	der := sequence(sequence(tbs), rest)
	if _, err := x509.ParseCertificate(der); err == nil || pki.CheckCertificate(der) != nil {
		t.Fatal("x509 reads it, or it is not whole")
	}
	return der
}

// TestOCSPOfOtherForms has names in other string types where the issuer writes them.
func TestOCSPOfOtherForms(t *testing.T) {
	_, _, err := asked(t, func(w *world, r *reply) { // the responder's issuer
		parent := *w.ca.Certificate
		parent.RawSubject = otherTypes(t, parent.RawSubject)
		c := w.newResponder(t, &pkitest.Authority{Certificate: &parent, Key: w.ca.Key})
		r.certificate, r.responder = []*x509.Certificate{c}, tlv(0xa1, c.RawSubject)
	})
	wantCode(t, err, "")

	// CertID has the digest of the certificate's issuer field, as it stands there (RFC 6960, 4.1.1).
	w := newWorld(t, http.NotFoundHandler())
	parent := *w.ca.Certificate
	parent.RawSubject = otherTypes(t, parent.RawSubject)
	named := &pkitest.Authority{Certificate: &parent, Key: w.ca.Key}
	leaf := named.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), func(c *x509.Certificate) { c.OCSPServer = []string{"http://ocsp.example/"} })
	var sent []byte
	c := revocation.Checker{Client: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		body := new(bytes.Buffer)
		_, err := body.ReadFrom(r.Body)
		sent = body.Bytes()
		if err != nil {
			return nil, err
		}
		return nil, http.ErrServerClosed
	})}}
	_, err = c.OCSP(context.Background(), leaf, w.ca.Certificate)
	wantCode(t, err, unavailable)
	if !bytes.Contains(sent, octets(sum1(leaf.RawIssuer))) {
		t.Error("the request has not the digest of the certificate's issuer field")
	}
}

// TestOCSPNonceOfSignature checks that the nonce is the one that was given, and that answers without one are taken only where
// that is set, while they are fresh.
func TestOCSPNonceOfSignature(t *testing.T) {
	digest := sha256.Sum256([]byte("signature"))
	now := time.Now()
	none := func(change func(*single)) func(*world, *reply) {
		return func(w *world, r *reply) {
			s := w.single(t)
			change(s)
			r.nonce, r.singles, r.producedAt = nil, [][]byte{s.der()}, s.thisUpdate
		}
	}
	for _, test := range []ocspCase{
		{"repeated", func(w *world, r *reply) {
			if !bytes.Equal(r.nonce, digest[:]) {
				t.Errorf("nonce %x", r.nonce)
			}
		}, ""},
		{"another", func(w *world, r *reply) { r.nonce = make([]byte, 32) }, invalid},
		{"empty", func(w *world, r *reply) { r.nonce = []byte{} }, invalid},
		{"none", none(func(s *single) { s.thisUpdate = now.Add(-20 * time.Hour) }), ""},
		{"none, and stale", none(func(s *single) { s.thisUpdate, s.nextUpdate = now.Add(-20*time.Hour), now.Add(-time.Hour) }), invalid},
		{"none, of the future", none(func(s *single) { s.thisUpdate = now.Add(time.Hour); s.nextUpdate = now.Add(2 * time.Hour) }), invalid},
		{"none, and no nextUpdate", none(func(s *single) { s.nextUpdate = time.Time{} }), invalid},
		{"none, and revoked", none(func(s *single) { s.status = revokedAt(now) }), revoked},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := &answering{t: t, change: test.change}
			w := newWorld(t, handler)
			handler.world = w
			w.checker.Nonce, w.checker.WithoutNonce = digest[:], true
			_, err := w.ocsp()
			wantCode(t, err, test.want)
		})
	}
}
