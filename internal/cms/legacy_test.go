package cms_test

import (
	"crypto"
	stdrsa "crypto/rsa"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// TestLegacy verifies what openssl signs with algorithms and keys of former years. Who has not asked for them is told nothing of it.
func TestLegacy(t *testing.T) {
	rsa, ec := newPerson(t, "RSA-2048"), newPerson(t, "P-256")
	pss := []string{"-md", "sha1", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"}
	for _, test := range []struct {
		name    string
		by      *person
		options []string
		want    cms.Algorithms
		current cms.State
	}{
		{"SHA-1", rsa, []string{"-md", "sha1"}, cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.PKCS1}, cms.Unknown},
		{"SHA-1, ECDSA", ec, []string{"-md", "sha1"}, cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.ECDSA}, cms.Unknown},
		{"SHA-1, PSS of default parameters", rsa, pss, cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.PSS}, cms.Unknown},
		{"SHA-1, signing-certificate", rsa, []string{"-md", "sha1", "-cades"}, cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.PKCS1, Binding: crypto.SHA1}, cms.Unknown},
		{"SHA-224", rsa, []string{"-md", "sha224"}, cms.Algorithms{Hash: crypto.SHA224, Scheme: ades.PKCS1}, cms.Unknown},
		{"RSA of 1024 bits", newPerson(t, "RSA-1024"), nil, cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.PKCS1}, cms.Unknown},
		{"P-224", newPerson(t, "P-224"), nil, cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.ECDSA}, cms.Unknown},
		{"SHA-256", rsa, []string{"-cades"}, cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.PKCS1, Binding: crypto.SHA256}, cms.Holds},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := read(t, sign(t, content, []*person{test.by}, test.options...))
			for _, legacy := range []bool{false, true} {
				d.Legacy = legacy
				for _, data := range [][]byte{content, []byte("other")} {
					digests, err := d.Digests(digestOf(data))
					if err != nil {
						t.Fatal(err)
					}
					want := test.current
					if legacy {
						want = cms.Holds
					}
					if want == cms.Holds && string(data) == "other" {
						want = cms.Fails
					}
					v := d.Verify(digests)[0]
					if v.State != want || want == cms.Unknown && fault.CodeOf(v.Err) != fault.SignatureAlgorithm {
						t.Errorf("legacy %t, %q: state %d, %v", legacy, data, v.State, v.Err)
					}
					if v.Algorithms != test.want {
						t.Errorf("algorithms %+v, want %+v", v.Algorithms, test.want)
					}
				}
			}
		})
	}
	t.Run("RSA with a large exponent", func(t *testing.T) {
		d := read(t, sign(t, content, []*person{rsa}))
		d.Legacy = true
		c := *d.Certificates[0]
		key := *c.PublicKey.(*stdrsa.PublicKey)
		key.E = 1<<33 + 1
		c.PublicKey = &key
		digest, _ := digestOf(content)(crypto.SHA256)
		if v := d.VerifyBy(d.Signers[0], &c, digest); v.State != cms.Unknown || fault.CodeOf(v.Err) != fault.SignatureAlgorithm {
			t.Errorf("state %d, %v", v.State, v.Err)
		}
	})
	t.Run("MD5", func(t *testing.T) {
		d := read(t, sign(t, content, []*person{rsa}, "-md", "md5"))
		d.Legacy = true
		digests, err := d.Digests(digestOf(content))
		if err != nil {
			t.Fatal(err)
		}
		if v := d.Verify(digests)[0]; v.State != cms.Unknown || v.Algorithms.Hash != 0 {
			t.Errorf("state %d, %v", v.State, v.Err)
		}
	})
}
