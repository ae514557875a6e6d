package relyingparty_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

func (w *world) verify(signature, document []byte) (*relyingparty.Evidence, error) {
	return w.verifier.Verify(context.Background(), signature, document)
}

func wantCode(t *testing.T, err error, want fault.Code) {
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
	for _, personal := range []string{pkitest.Citizen, "Ayşe", "Yılmaz"} {
		if strings.Contains(err.Error(), personal) {
			t.Errorf("the error names the person: %v", err)
		}
	}
}

func TestVerifyGivesEvidence(t *testing.T) {
	for _, kind := range []string{"RSA-2048", "P-256", "P-384"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t, kind)
			signature := w.sign(t, time.Now(), w.sub.Certificate)
			e, err := w.verify(signature, document)
			wantCode(t, err, "")
			if !bytes.Equal(e.Signature, signature) || !e.Signer.Equal(w.leaf) || e.Holder != "Ayşe Yılmaz" || e.CitizenNumber != pkitest.Citizen {
				t.Errorf("evidence %+v", e)
			}
			h := e.DigestAlgorithm.New()
			h.Write(document)
			if !bytes.Equal(e.Digest, h.Sum(nil)) || e.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
				t.Error("digest is not the document's")
			}
			if len(e.Path) != 3 || !e.Path[0].Equal(w.leaf) || !e.Path[1].Equal(w.sub.Certificate) || !e.Path[2].Equal(w.root.Certificate) {
				t.Errorf("path of %d certificates", len(e.Path))
			}
			if e.OCSP == nil || !e.OCSP.Responder.Equal(w.sub.Certificate) || len(e.CRLs) != 1 || !e.CRLs[0].Responder.Equal(w.root.Certificate) {
				t.Error("revocation answers are not those of the path")
			}
			if d := time.Since(e.VerifiedAt); d < 0 || d > time.Minute || e.SigningTime.After(e.VerifiedAt) {
				t.Errorf("signed %v, verified %v", e.SigningTime, e.VerifiedAt)
			}
			opensslAgrees(t, e)
		})
	}
}

// opensslAgrees verifies with openssl from the evidence alone.
func opensslAgrees(t *testing.T, e *relyingparty.Evidence) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := pkitest.WriteCertificates(t, dir, "root.pem", e.Path[2])
	sub := pkitest.WriteCertificates(t, dir, "sub.pem", e.Path[1])
	leaf := pkitest.WriteCertificates(t, dir, "leaf.pem", e.Path[0])
	for _, args := range [][]string{
		{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", write("s", e.Signature), "-content", write("d", document), "-CAfile", root, "-certfile", sub, "-out", filepath.Join(dir, "out")},
		{"ocsp", "-respin", write("o", e.OCSP.DER), "-no_nonce", "-issuer", sub, "-cert", leaf, "-CAfile", root, "-verify_other", sub},
		{"crl", "-inform", "DER", "-in", write("c", e.CRLs[0].DER), "-CAfile", root, "-noout"},
	} {
		out, err := exec.Command("openssl", args...).CombinedOutput()
		if err != nil {
			t.Errorf("openssl %s: %v: %s", args[0], err, out)
		}
	}
}

// TestRefusedWithoutNetwork has everything that must be refused before anybody is asked.
func TestRefusedWithoutNetwork(t *testing.T) {
	now := time.Now()
	past := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }
	for _, test := range []struct {
		name   string
		edit   pkitest.Edit
		change func(w *world, signature []byte) []byte
		want   fault.Code
	}{
		{"no signature", nil, func(w *world, s []byte) []byte { return nil }, fault.SignatureMalformed},
		{"truncated", nil, func(w *world, s []byte) []byte { return s[:len(s)-1] }, fault.SignatureMalformed},
		{"last bit flipped", nil, func(w *world, s []byte) []byte { s[len(s)-1] ^= 1; return s }, fault.SignatureInvalid},
		{"signed too early", nil, func(w *world, s []byte) []byte { return w.sign(t, now.Add(-16*time.Minute)) }, fault.SignatureTime},
		{"signed in the future", nil, func(w *world, s []byte) []byte { return w.sign(t, now.Add(302*time.Second)) }, fault.SignatureTime},
		{"certificate expired", past, nil, fault.CertificateExpired},
		{"certificate not yet valid", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, nil, fault.CertificateNotYetValid},
		{"certificate not for signing", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, nil, fault.CertificateKeyUsage},
		{"certificate not qualified", func(c *x509.Certificate) { c.ExtraExtensions = nil }, nil, fault.CertificateNotQualified},
		{"half qualified", func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{pkitest.Statements(t, pkitest.QCCompliance)}
		}, nil, fault.CertificateNotQualified},
		{"policy not accepted", nil, func(w *world, s []byte) []byte {
			w.verifier.Policies = []x509.OID{oid(t, "2.16.792.1.2.1.1.5.7.4.1")}
			return s
		}, fault.CertificateNotQualified},
		{"sub-CA missing", nil, func(w *world, s []byte) []byte { return w.sign(t, now) }, fault.CertificateUntrusted},
		{"another anchor", nil, func(w *world, s []byte) []byte {
			w.verifier.Anchors = []*x509.Certificate{pkitest.Root(t, "Başka Kök").Certificate}
			return s
		}, fault.CertificateUntrusted},
		{"everything in the signature, root included", nil, func(w *world, s []byte) []byte {
			w.verifier.Anchors = []*x509.Certificate{pkitest.Root(t, "Başka Kök").Certificate}
			return w.sign(t, now, w.sub.Certificate, w.root.Certificate)
		}, fault.CertificateUntrusted},
	} {
		t.Run(test.name, func(t *testing.T) {
			var edits []pkitest.Edit
			if test.edit != nil {
				edits = append(edits, test.edit)
			}
			w := newWorld(t, "P-256", edits...)
			signature := w.sign(t, now, w.sub.Certificate)
			if test.change != nil {
				signature = test.change(w, signature)
			}
			e, err := w.verify(signature, document)
			wantCode(t, err, test.want)
			if e != nil {
				t.Error("evidence beside the error")
			}
			if n := w.requests.Load(); n != 0 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

func oid(t *testing.T, text string) x509.OID {
	t.Helper()
	out, err := x509.ParseOID(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOtherDocument(t *testing.T) {
	w := newWorld(t, "P-256")
	signature := w.sign(t, time.Now(), w.sub.Certificate)
	for _, other := range [][]byte{nil, document[1:], append(bytes.Clone(document), '\n')} {
		_, err := w.verify(signature, other)
		wantCode(t, err, fault.SignatureInvalid)
	}
	if n := w.requests.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestRevocation(t *testing.T) {
	for _, test := range []struct {
		name     string
		change   func(w *world)
		want     fault.Code
		requests int32
	}{
		{"all good", func(w *world) {}, "", 2},
		{"leaf revoked", func(w *world) { w.leafGone = true }, fault.CertificateRevoked, 1},
		{"CA revoked", func(w *world) { w.subGone = true }, fault.CertificateRevoked, 2},
		{"OCSP down", func(w *world) { w.down = "/ocsp" }, fault.RevocationUnavailable, 1},
		{"OCSP wrong", func(w *world) { w.broken = "/ocsp" }, fault.RevocationInvalid, 1},
		{"CRL down", func(w *world) { w.down = "/crl" }, fault.RevocationUnavailable, 2},
		{"CRL wrong", func(w *world) { w.broken = "/crl" }, fault.RevocationInvalid, 2},
		{"anchor is the sub-CA", func(w *world) { w.verifier.Anchors = []*x509.Certificate{w.sub.Certificate} }, "", 1},
		{"leaf without an address", func(w *world) { w.leaf = w.sub.Issue(t, w.key.Public()) }, fault.RevocationUnavailable, 0},
		{"sub-CA without an address", func(w *world) {
			w.sub = w.root.Sub(t, "Deneme Alt Kök")
		}, fault.RevocationUnavailable, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "P-256")
			test.change(w)
			e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
			wantCode(t, err, test.want)
			if err != nil && e != nil {
				t.Error("evidence beside the error")
			}
			if n := w.requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

func TestSigningTimeTolerance(t *testing.T) {
	w := newWorld(t, "P-256")
	signed := time.Now().Truncate(time.Second)
	signature := w.sign(t, signed, w.sub.Certificate)
	for _, test := range []struct {
		name          string
		now           time.Duration // the site's clock, from the signing time
		ahead, maxAge time.Duration
		want          fault.Code
	}{
		{"300 s ahead", -300 * time.Second, 0, 0, ""},
		{"301 s ahead", -301 * time.Second, 0, 0, fault.SignatureTime},
		{"15 min ago", 15 * time.Minute, 0, 0, ""},
		{"15 min and a second ago", 15*time.Minute + time.Second, 0, 0, fault.SignatureTime},
		{"own limit ahead", -11 * time.Second, 10 * time.Second, 0, fault.SignatureTime},
		{"own limit back", 2 * time.Minute, 0, time.Minute, fault.SignatureTime},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.verifier.Now = func() time.Time { return signed.Add(test.now) }
			w.verifier.Ahead, w.verifier.MaxAge = test.ahead, test.maxAge
			_, err := w.verify(signature, document)
			wantCode(t, err, test.want)
		})
	}
}

// TestCheckAt judges a signature long after it arrived, as of its arrival.
func TestCheckAt(t *testing.T) {
	w := newWorld(t, "P-256")
	signed := time.Now().Add(-20 * time.Minute)
	signature := w.sign(t, signed, w.sub.Certificate)
	if _, err := w.verifier.Check(signature, document); fault.CodeOf(err) != fault.SignatureTime {
		t.Errorf("now: %v", err)
	}
	for name, received := range map[string]time.Time{"an hour before": signed.Add(-time.Hour), "an hour later": signed.Add(time.Hour)} {
		if _, err := w.verifier.CheckAt(signature, document, received); fault.CodeOf(err) != fault.SignatureTime {
			t.Errorf("%s: %v", name, err)
		}
	}
	e, err := w.verifier.CheckAt(signature, document, signed.Add(time.Minute))
	wantCode(t, err, "")
	wantCode(t, w.verifier.Prove(t.Context(), e), "")
}

func TestIntermediatesAndPolicies(t *testing.T) {
	w := newWorld(t, "P-256")
	signature := w.sign(t, time.Now())
	w.verifier.Intermediates = []*x509.Certificate{w.sub.Certificate}
	w.verifier.Policies = []x509.OID{oid(t, "1.2.3"), oid(t, pkitest.Policy.String())}
	_, err := w.verify(signature, document)
	wantCode(t, err, "")
}

// TestPolicyOfTheWholePath has a CA that is confined to another policy than the one of the certificate it has issued.
func TestPolicyOfTheWholePath(t *testing.T) {
	w := newWorld(t, "P-256")
	w.verifier.Policies = []x509.OID{oid(t, pkitest.Policy.String())}
	confined := w.root.Sub(t, "Deneme Alt Kök", func(c *x509.Certificate) { c.Policies = []x509.OID{oid(t, "1.2.3.4")} })
	_, err := w.verify(w.sign(t, time.Now(), confined.Certificate), document)
	wantCode(t, err, fault.CertificateNotQualified)
	if n := w.requests.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

// TestCriticalStatements checks the whole way of a signature whose certificate has critical QCStatements.
func TestCriticalStatements(t *testing.T) {
	statements := func(ids ...asn1.ObjectIdentifier) pkitest.Edit {
		extension := pkitest.Statements(t, append(ids, pkitest.QCCompliance, pkitest.QCTurkish)...)
		extension.Critical = true
		return func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{extension} }
	}
	w := newWorld(t, "P-256", statements())
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
	w = newWorld(t, "P-256", statements(asn1.ObjectIdentifier{1, 2, 3, 4}))
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.CertificateMalformed)
}

func TestEndOfContext(t *testing.T) {
	w := newWorld(t, "P-256")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := w.verifier.Verify(ctx, w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, fault.RevocationUnavailable)
}

func TestUnfinishedVerifierRefuses(t *testing.T) {
	w := newWorld(t, "P-256")
	signature := w.sign(t, time.Now(), w.sub.Certificate)
	_, err := new(relyingparty.Verifier).Verify(context.Background(), signature, document)
	wantCode(t, err, fault.Internal)
}

// TestClientAndClock checks that the site's own client asks, and that its clock judges the answers too.
func TestClientAndClock(t *testing.T) {
	w := newWorld(t, "P-256")
	signature := w.sign(t, time.Now(), w.sub.Certificate)
	var asked []string
	w.verifier.Client = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Path)
		return http.DefaultTransport.RoundTrip(r)
	})}
	_, err := w.verify(signature, document)
	wantCode(t, err, "")
	if !slices.Equal(asked, []string{"/ocsp", "/crl"}) {
		t.Errorf("the client asked for %q", asked)
	}
	later := time.Now().Add(2 * time.Hour) // the answers are over by then
	w.now = time.Now
	w.verifier.Now, w.verifier.MaxAge = func() time.Time { return later }, 3*time.Hour
	_, err = w.verify(signature, document)
	wantCode(t, err, fault.RevocationInvalid)
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestOf has whose evidence it is.
func TestOf(t *testing.T) {
	for _, test := range []struct{ of, person string }{{pkitest.Citizen, "11111111110"}, {pkitest.Citizen, ""}, {"", pkitest.Citizen}, {"", ""}} {
		e := relyingparty.Evidence{CitizenNumber: test.of}
		wantCode(t, e.Of(test.person), fault.CertificateOfAnother)
	}
	e := relyingparty.Evidence{CitizenNumber: pkitest.Citizen}
	wantCode(t, e.Of(pkitest.Citizen), "")
}

func TestConcurrentUse(t *testing.T) {
	w := newWorld(t, "P-256")
	var group sync.WaitGroup
	for range 8 {
		signature := w.sign(t, time.Now(), w.sub.Certificate)
		group.Go(func() {
			if _, err := w.verify(signature, document); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, "RSA-2048")
	signature := w.sign(b, time.Now(), w.sub.Certificate)
	for b.Loop() {
		if _, err := w.verify(signature, document); err != nil {
			b.Fatal(err)
		}
	}
}
