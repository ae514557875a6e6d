package cades_test

import (
	"bytes"
	"crypto"
	"os/exec"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
)

// signWithPolicy signs content in a profile that names a policy.
func (p *person) signWithPolicy(t testing.TB, policy *ades.Policy) []byte {
	t.Helper()
	r := p.request(t, content)
	r.Policy = policy
	der, err := cades.Sign(r, p.signer(r.Hash))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestPolicy makes a signature in each profile that names a policy, and has others read it.
func TestPolicy(t *testing.T) {
	for _, profile := range ades.Profiles[1:] {
		t.Run(profile.Name, func(t *testing.T) {
			p := newPerson(t, "P-384")
			der := p.signWithPolicy(t, profile.Policy)
			if out, err := opensslVerify(t, p, der, content); err != nil {
				t.Errorf("openssl refuses: %v: %s", err, out)
			}
			out, err := exec.Command("openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", write(t, t.TempDir(), "s", der)).CombinedOutput()
			for _, want := range []string{"id-smime-aa-ets-sigPolicyId", profile.Policy.OID.String(), profile.Policy.URI} {
				if err != nil || !bytes.Contains(out, []byte(want)) {
					t.Errorf("openssl's print lacks %q: %v", want, err)
				}
			}
			s, err := cades.ParseAs(der, cades.Rules{Policy: cades.PolicyRequired})
			wantCode(t, err, ok)
			wantCode(t, s.Verify(content), ok)
			if !profile.Accepts(s.Policy) || s.Policy.URI != profile.Policy.URI {
				t.Errorf("it names %+v", s.Policy)
			}
			_, err = cades.Parse(der)
			wantCode(t, err, attributes)
		})
	}
}

func TestPolicyRules(t *testing.T) {
	p := newPerson(t, "P-256")
	without, with := p.sign(t, content), p.signWithPolicy(t, ades.Profiles[1].Policy)
	_, err := cades.ParseAs(without, cades.Rules{Policy: cades.PolicyRequired})
	wantCode(t, err, attributes)
	for _, der := range [][]byte{without, with} {
		s, err := cades.ParseAs(der, cades.Rules{Policy: cades.PolicyAllowed})
		wantCode(t, err, ok)
		wantCode(t, s.Verify(content), ok)
		if (s.Policy == nil) != bytes.Equal(der, without) {
			t.Errorf("policy %+v", s.Policy)
		}
	}
}

func TestPolicyOfRequest(t *testing.T) {
	good := *ades.Profiles[1].Policy
	for name, change := range map[string]func(*ades.Policy){
		"no identifier":           func(p *ades.Policy) { p.OID = nil },
		"SHA-1":                   func(p *ades.Policy) { p.Hash, p.Digest = crypto.SHA1, make([]byte, 20) },
		"digest of another hash":  func(p *ades.Policy) { p.Hash = crypto.SHA512 },
		"address with a line end": func(p *ades.Policy) { p.URI += "\n" },
		"address in Turkish":      func(p *ades.Policy) { p.URI += "ş" },
		"address without end":     func(p *ades.Policy) { p.URI = strings.Repeat("x", 301) },
	} {
		p := newPerson(t, "P-256")
		policy := good
		change(&policy)
		r := p.request(t, content)
		r.Policy = &policy
		if _, err := cades.Prepare(r); err == nil {
			t.Errorf("%s: prepared", name)
		}
	}
	good.URI = ""
	s, err := cades.ParseAs(newPerson(t, "P-256").signWithPolicy(t, &good), cades.Rules{Policy: cades.PolicyRequired})
	wantCode(t, err, ok)
	if s.Policy.URI != "" {
		t.Errorf("address %q", s.Policy.URI)
	}
}

func TestPolicyAttribute(t *testing.T) {
	id := oid(1, 2, 3, 4)
	hash := sequence(sequence(oidSHA256), octets(make([]byte, 32)))
	spuri := func(uri ...[]byte) []byte {
		return sequence(append([][]byte{oid(1, 2, 840, 113549, 1, 9, 16, 5, 1)}, uri...)...)
	}
	ia5 := func(text string) []byte { return tlv(0x16, []byte(text)) }
	notice := sequence(oid(1, 2, 840, 113549, 1, 9, 16, 5, 2), sequence())
	for name, test := range map[string]struct {
		values [][]byte
		want   fault.Code
	}{
		"whole":                    {[][]byte{sequence(id, hash, sequence(spuri(ia5("http://a"))))}, ok},
		"without address":          {[][]byte{sequence(id, hash)}, ok},
		"implied":                  {[][]byte{null}, attributes},
		"without digest":           {[][]byte{sequence(id)}, attributes},
		"digest too short":         {[][]byte{sequence(id, sequence(sequence(oidSHA256), octets(make([]byte, 31))))}, attributes},
		"digest of SHA-1":          {[][]byte{sequence(id, sequence(sequence(oidSHA1), octets(make([]byte, 20))))}, badAlgorithm},
		"no qualifiers in the set": {[][]byte{sequence(id, hash, sequence())}, attributes},
		"a notice":                 {[][]byte{sequence(id, hash, sequence(notice))}, attributes},
		"an address and a notice":  {[][]byte{sequence(id, hash, sequence(spuri(ia5("http://a")), notice))}, attributes},
		"two addresses":            {[][]byte{sequence(id, hash, sequence(spuri(ia5("http://a")), spuri(ia5("http://b"))))}, attributes},
		"address with a space":     {[][]byte{sequence(id, hash, sequence(spuri(ia5("http://a b"))))}, attributes},
		"empty address":            {[][]byte{sequence(id, hash, sequence(spuri(ia5(""))))}, attributes},
		"address as UTF-8":         {[][]byte{sequence(id, hash, sequence(spuri(tlv(0x0c, []byte("http://a")))))}, attributes},
		"address of 301 bytes":     {[][]byte{sequence(id, hash, sequence(spuri(ia5(strings.Repeat("x", 301)))))}, attributes},
		"something after it":       {[][]byte{sequence(id, hash, sequence(spuri(ia5("http://a"))), null)}, attributes},
		"two values":               {[][]byte{sequence(id, hash), sequence(oid(1, 2, 3, 5), hash)}, attributes},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForgery(newPerson(t, "P-256"))
			f.more = [][]byte{attribute(append([][]byte{attrPolicy}, test.values...)...)}
			s, err := cades.ParseAs(f.der(t), cades.Rules{Policy: cades.PolicyRequired})
			if err == nil {
				err = s.Verify(content)
			}
			wantCode(t, err, test.want)
		})
	}
}
