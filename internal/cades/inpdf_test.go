package cades_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
)

// signInPDF signs content as a PDF's signature does.
func (p *person) signInPDF(t testing.TB, content []byte) []byte {
	t.Helper()
	r := p.request(t, content)
	r.InPDF, r.Time = true, time.Time{}
	der, err := cades.Sign(r, p.signer(r.Hash))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSignatureInPDF(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "content", content)
	accepted := map[string]string{}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPerson(t, kind)
			der := p.signInPDF(t, content)
			if out, err := opensslVerify(t, p, der, content); err != nil {
				t.Errorf("openssl refuses: %v: %s", err, out)
			}
			write(t, dir, kind+".p7s", der)
			accepted[kind+".p7s"] = kind
			s, err := cades.ParseAs(der, cades.Rules{InPDF: true})
			wantCode(t, err, ok)
			wantCode(t, s.Verify(content), ok)
			wantCode(t, s.VerifyDigest(digest(s.Hash, content)), ok)
			wantCode(t, s.VerifyDigest(digest(s.Hash, content[1:])), badValue)
			wantCode(t, s.VerifyDigest(nil), badValue)
			if !s.SigningTime.IsZero() {
				t.Errorf("signing time %v", s.SigningTime)
			}
		})
	}
	judged(t, dir, accepted)
}

// TestPlacesAreNotMixed checks that neither reader accepts what is for the other.
func TestPlacesAreNotMixed(t *testing.T) {
	p := newPerson(t, "P-256")
	_, err := cades.Parse(p.signInPDF(t, content))
	wantCode(t, err, attributes)
	_, err = cades.ParseAs(p.sign(t, content), cades.Rules{InPDF: true})
	wantCode(t, err, attributes)
}

// TestMaxSize compares the promise with many signatures: ECDSA's differ in length, and the longest must be met exactly.
func TestMaxSize(t *testing.T) {
	for _, kind := range kinds {
		p := newPerson(t, kind)
		r := p.request(t, content)
		r.InPDF = true
		most, err := cades.MaxSize(r)
		wantCode(t, err, ok)
		longest := 0
		for range 60 {
			der, err := cades.Sign(r, p.signer(r.Hash))
			wantCode(t, err, ok)
			longest = max(longest, len(der))
		}
		if longest != most {
			t.Errorf("%s: the longest of 60 has %d bytes, the promise is %d", kind, longest, most)
		}
	}
	if _, err := cades.MaxSize(cades.Request{}); err == nil {
		t.Error("a size without a certificate")
	}
}

func FuzzParseInPDF(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(p.signInPDF(f, content))
	f.Add(p.sign(f, content))
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := cades.ParseAs(der, cades.Rules{InPDF: true})
		if err != nil {
			return
		}
		if s.Certificate == nil || !s.SigningTime.IsZero() || len(s.MessageDigest) != s.Hash.Size() {
			t.Error("parsed, but not whole")
		}
		if _, err := cades.Parse(der); err == nil {
			t.Error("read as both forms")
		}
	})
}
