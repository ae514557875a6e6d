package cades_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
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
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPerson(t, kind)
			der := p.signInPDF(t, content)
			if out, err := opensslVerify(t, p, der, content); err != nil {
				t.Errorf("openssl refuses: %v: %s", err, out)
			}
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

func FuzzParseAs(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(p.signInPDF(f, content), true, 1)
	f.Add(p.sign(f, content), false, 2)
	f.Add(p.signWithPolicy(f, ades.Profiles[1].Policy), false, 1)
	f.Fuzz(func(t *testing.T, der []byte, inPDF bool, policy int) {
		rules := cades.Rules{InPDF: inPDF, Policy: cades.PolicyRule(policy & 3)}
		s, err := cades.ParseAs(der, rules)
		if err != nil {
			return
		}
		if s.Certificate == nil || s.SigningTime.IsZero() != inPDF || len(s.MessageDigest) != s.Hash.Size() {
			t.Error("parsed, but not whole")
		}
		if s.Policy == nil && rules.Policy == cades.PolicyRequired || s.Policy != nil && rules.Policy == cades.NoPolicy {
			t.Errorf("policy %v", s.Policy)
		}
		rules.InPDF = !inPDF
		if _, err := cades.ParseAs(der, rules); err == nil {
			t.Error("read as a PDF's and as a file's")
		}
	})
}
