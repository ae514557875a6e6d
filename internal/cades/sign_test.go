package cades_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
)

func TestSignDistrustsTheCard(t *testing.T) {
	p := newPerson(t, "P-384")
	r := p.request(t, content)
	raw := func(digest []byte) ([]byte, error) { // r and s side by side, as PKCS #11 gives them
		a, b, err := ecdsa.Sign(rand.Reader, p.key.(*ecdsa.PrivateKey), digest)
		return append(a.FillBytes(make([]byte, 48)), b.FillBytes(make([]byte, 48))...), err
	}
	for name, sign := range map[string]cades.Signer{
		"nothing":             func([]byte) ([]byte, error) { return nil, nil },
		"zeros":               func([]byte) ([]byte, error) { return make([]byte, 104), nil },
		"a megabyte":          func([]byte) ([]byte, error) { return make([]byte, 1<<20), nil },
		"raw r and s":         raw,
		"another key's":       newPerson(t, "P-384 other").signer(r.Hash),
		"over another digest": func([]byte) ([]byte, error) { return p.signer(r.Hash)(make([]byte, 48)) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cades.Sign(r, sign)
			wantCode(t, err, fault.TokenError)
		})
	}
	// A signer that writes into the digest it was given changes nothing but its own copy.
	_, err := cades.Sign(r, func(digest []byte) ([]byte, error) {
		signature, err := p.signer(r.Hash)(digest)
		clear(digest)
		return signature, err
	})
	wantCode(t, err, ok)
}

func TestSignReturnsTheSignersError(t *testing.T) {
	p := newPerson(t, "P-256")
	cause := fault.New(fault.PINIncorrect, nil)
	calls := 0
	_, err := cades.Sign(p.request(t, content), func([]byte) ([]byte, error) { calls++; return nil, cause })
	if !errors.Is(err, cause) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestSignRefusesBadRequests(t *testing.T) {
	for _, test := range []struct {
		name   string
		kind   string
		change func(*cades.Request)
	}{
		{"no certificate", "P-256", func(r *cades.Request) { r.Certificate = nil }},
		{"no hash", "P-256", func(r *cades.Request) { r.Hash = 0 }},
		{"SHA-1", "P-256", func(r *cades.Request) { r.Hash, r.ContentDigest = crypto.SHA1, make([]byte, 20) }},
		{"digest of another length", "P-256", func(r *cades.Request) { r.ContentDigest = r.ContentDigest[1:] }},
		{"no digest", "P-256", func(r *cades.Request) { r.ContentDigest = nil }},
		{"year 10000", "P-256", func(r *cades.Request) { r.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"no time", "P-256", func(r *cades.Request) { r.Time = time.Time{} }},
		{"16 more certificates", "P-256", func(r *cades.Request) { r.Chain = make([]*x509.Certificate, 16) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t, test.kind)
			r := p.request(t, content)
			test.change(&r)
			_, err := cades.Sign(r, func([]byte) ([]byte, error) { t.Error("the card was asked"); return nil, errors.New("no") })
			if err == nil {
				t.Error("accepted")
			}
		})
	}
	p := newPerson(t, "RSA-1024")
	_, err := cades.Sign(cades.Request{Signer: ades.Signer{Certificate: p.certificate, Hash: crypto.SHA256, Time: time.Now()}, ContentDigest: make([]byte, 32)}, p.signer(crypto.SHA256))
	wantCode(t, err, fault.KeyUnsupported)
}

func TestSigningTimeIsKept(t *testing.T) {
	p := newPerson(t, "P-256")
	istanbul := time.FixedZone("+03", 3*60*60)
	for _, at := range []time.Time{
		time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1999, 12, 31, 23, 59, 59, 999, time.UTC),
		time.Date(2026, 10, 29, 1, 2, 3, 4, istanbul),
		time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(2050, 1, 1, 2, 0, 0, 0, istanbul), // still 2049 in UTC
		time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2068, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		r := p.request(t, content)
		r.Time = at
		der, err := cades.Sign(r, p.signer(r.Hash))
		wantCode(t, err, ok)
		s, err := cades.Parse(der)
		wantCode(t, err, ok)
		if want := at.UTC().Truncate(time.Second); !s.SigningTime.Equal(want) || s.SigningTime.Location() != time.UTC {
			t.Errorf("%v came back as %v", want, s.SigningTime)
		}
	}
}

func TestCertificatesAreEmbeddedOnce(t *testing.T) {
	p := newPerson(t, "P-256")
	r := p.request(t, content)
	r.Chain = []*x509.Certificate{p.certificate, p.sub.Certificate, p.sub.Certificate}
	der, err := cades.Sign(r, p.signer(r.Hash))
	wantCode(t, err, ok)
	s, err := cades.Parse(der)
	wantCode(t, err, ok)
	if len(s.Certificates) != 2 || !s.Certificate.Equal(p.certificate) {
		t.Errorf("%d certificates", len(s.Certificates))
	}
	if s.Hash != crypto.SHA256 || s.SignatureAlgorithm != x509.ECDSAWithSHA256 {
		t.Errorf("%v, %v", s.Hash, s.SignatureAlgorithm)
	}
}

// TestOursIsDER asks openssl to decode and encode again: DER has one encoding, so nothing may change.
func TestOursIsDER(t *testing.T) {
	for _, kind := range kinds {
		dir := t.TempDir()
		der := newPerson(t, kind).sign(t, content)
		out, err := exec.Command("openssl", "cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", write(t, dir, "s", der)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, der) {
			t.Errorf("%s: openssl encodes it otherwise", kind)
		}
	}
}

func TestParseKeepsNothingOfItsInput(t *testing.T) {
	der := newPerson(t, "P-256").sign(t, content)
	s, err := cades.Parse(der)
	wantCode(t, err, ok)
	clear(der)
	wantCode(t, s.Verify(content), ok)
}

func FuzzParse(f *testing.F) {
	for _, kind := range []string{"RSA-2048", "P-256", "P-384"} {
		f.Add(newPerson(f, kind).sign(f, content))
	}
	f.Add(newForgery(newPerson(f, "P-256")).der(f))
	pss := newPerson(f, "RSA-2048")
	r := pss.request(f, content)
	r.PSS = true
	der, err := cades.Sign(r, func(digest []byte) ([]byte, error) {
		return pss.key.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: r.Hash})
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := cades.Parse(der)
		if err != nil {
			switch fault.CodeOf(err) {
			case malformed, attributes, badAlgorithm:
			default:
				t.Errorf("code of %v", err)
			}
			return
		}
		if s.Certificate == nil || s.SigningTime.IsZero() || len(s.MessageDigest) != s.Hash.Size() {
			t.Error("parsed, but not whole")
		}
		if s.Verify([]byte("never signed by anybody")) == nil {
			t.Error("verifies over anything")
		}
	})
}
