package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var content = []byte("Bundan sonraki e-imza başvurularında\r\nE-Onaylı başvuruyu kullanabilmek için onay veriyorum.\n\x00\xff")

// person is a signer with the path above the certificate.
type person struct {
	root, sub   *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newPerson(t testing.TB, kind string) *person {
	t.Helper()
	p := person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	p.sub = p.root.Sub(t, "Deneme Alt Kök")
	p.certificate = p.sub.Issue(t, p.key.Public())
	return &p
}

// request returns a request over content, with the hash that fits the key.
func (p *person) request(t testing.TB, content []byte) cades.Request {
	t.Helper()
	hash, err := ades.HashFor(p.certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return cades.Request{
		Signer:        ades.Signer{Certificate: p.certificate, Chain: []*x509.Certificate{p.sub.Certificate}, Hash: hash, Time: time.Now()},
		ContentDigest: digest(hash, content),
	}
}

// signer is the card.
func (p *person) signer(hash crypto.Hash) cades.Signer {
	return func(digest []byte) ([]byte, error) { return p.key.Sign(rand.Reader, digest, hash) }
}

func (p *person) sign(t testing.TB, content []byte) []byte {
	t.Helper()
	r := p.request(t, content)
	der, err := cades.Sign(r, p.signer(r.Hash))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var kinds = []string{"RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384", "P-521"}

func TestOpenSSLAcceptsOurs(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPerson(t, kind)
			der := p.sign(t, content)
			out, err := opensslVerify(t, p, der, content)
			if err != nil {
				t.Fatalf("openssl refuses: %v: %s", err, out)
			}
			out, err = opensslVerify(t, p, der, append([]byte("x"), content...))
			if err == nil {
				t.Fatalf("openssl accepts other content: %s", out)
			}
			s, err := cades.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(content); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// PSS, for cards that make nothing else.
func TestPSS(t *testing.T) {
	for _, kind := range []string{"RSA-2048", "RSA-4096"} {
		p := newPerson(t, kind)
		r := p.request(t, content)
		r.PSS = true
		der, err := cades.Sign(r, func(digest []byte) ([]byte, error) {
			return p.key.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: r.Hash})
		})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := opensslVerify(t, p, der, content); err != nil {
			t.Errorf("openssl refuses: %v: %s", err, out)
		}
		if _, err := cades.Sign(r, p.signer(r.Hash)); fault.CodeOf(err) != fault.TokenError {
			t.Errorf("a signature of the other scheme: %v", err)
		}
		theirs := opensslSign(t, p, "-cades", "-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest")
		for name, der := range map[string][]byte{"ours": der, "openssl's": theirs} {
			s, err := cades.Parse(der)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := s.Verify(content); err != nil || !strings.HasSuffix(s.SignatureAlgorithm.String(), "RSAPSS") {
				t.Errorf("%s: %v, %v", name, err, s.SignatureAlgorithm)
			}
			if err := s.Verify(append([]byte("x"), content...)); err == nil {
				t.Errorf("%s verifies over other content", name)
			}
		}
	}
}

func opensslVerify(t *testing.T, p *person, der, content []byte) ([]byte, error) {
	dir := t.TempDir()
	return exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER",
		"-in", write(t, dir, "sig.p7s", der), "-content", write(t, dir, "content", content),
		"-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", p.root.Certificate),
		"-out", filepath.Join(dir, "out")).CombinedOutput()
}

func TestOursAcceptsOpenSSL(t *testing.T) {
	for _, test := range []struct{ name, kind, md string }{
		{"RSA-2048 SHA-256", "RSA-2048", "sha256"},
		{"RSA-3072 SHA-512", "RSA-3072", "sha512"},
		{"RSA-4096 SHA-384", "RSA-4096", "sha384"},
		{"P-256 SHA-256", "P-256", "sha256"},
		{"P-384 SHA-384", "P-384", "sha384"},
		{"P-384 SHA-256", "P-384", "sha256"},
		{"P-521 SHA-512", "P-521", "sha512"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t, test.kind)
			s, err := cades.Parse(opensslSign(t, p, "-cades", "-md", test.md))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(content); err != nil {
				t.Fatal(err)
			}
			if !s.Certificate.Equal(p.certificate) || len(s.Certificates) != 2 {
				t.Error("certificates are not the embedded ones")
			}
			if age := time.Since(s.SigningTime); age < 0 || age > time.Minute {
				t.Errorf("signing time is %v old", age)
			}
		})
	}
}

func opensslSign(t *testing.T, p *person, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	args := []string{
		"cms", "-sign", "-binary", "-outform", "DER",
		"-in", write(t, dir, "content", content), "-out", filepath.Join(dir, "sig.p7s"),
		"-signer", pkitest.WriteCertificates(t, dir, "cert.pem", p.certificate),
		"-inkey", pkitest.WriteKey(t, dir, "key.pem", p.key),
		"-certfile", pkitest.WriteCertificates(t, dir, "sub.pem", p.sub.Certificate),
	}
	out, err := exec.Command("openssl", append(args, options...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	der, err := os.ReadFile(filepath.Join(dir, "sig.p7s"))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestOpenSSLReadsTheFields looks at what was written through openssl's eyes.
func TestOpenSSLReadsTheFields(t *testing.T) {
	for kind, want := range map[string][]string{
		"RSA-2048": {"rsaEncryption", "algorithm: sha256", "<ABSENT>", "signingTime", "UTCTIME"},
		"P-384":    {"ecdsa-with-SHA384", "algorithm: sha384", "<ABSENT>", "signingTime", "UTCTIME"},
	} {
		dir := t.TempDir()
		der := newPerson(t, kind).sign(t, content)
		out, err := exec.Command("openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", write(t, dir, "s", der)).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl: %v: %s", err, out)
		}
		for _, w := range want {
			if !bytes.Contains(out, []byte(w)) {
				t.Errorf("%s: openssl's print lacks %q", kind, w)
			}
		}
		if bytes.Contains(out, []byte("1.2.840.113549.1.9.16.2.15")) || bytes.Contains(out, []byte("id-aa-ets-sigPolicyId")) {
			t.Errorf("%s: a signature policy was written", kind)
		}
	}
}
