package pki_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// hierarchy is one path to be judged.
type hierarchy struct {
	leaf                   *x509.Certificate
	intermediates, anchors []*x509.Certificate
}

// standard makes root, sub-CA and leaf, with the given changes.
func standard(t testing.TB, root, sub, leaf pkitest.Edit) hierarchy {
	none := func(*x509.Certificate) {}
	or := func(e pkitest.Edit) pkitest.Edit {
		if e == nil {
			return none
		}
		return e
	}
	r := pkitest.Root(t, "Kök", or(root))
	s := r.Sub(t, "Alt Kök", or(sub))
	l := s.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), or(leaf))
	return hierarchy{l, []*x509.Certificate{s.Certificate}, []*x509.Certificate{r.Certificate}}
}

func TestPath(t *testing.T) {
	now := time.Now()
	past := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-20*time.Hour), now.Add(-10*time.Hour) }
	ok, untrusted := fault.Code(""), fault.CertificateUntrusted
	testPaths(t, []pathTest{
		{"root, sub-CA, leaf", func(t *testing.T) hierarchy { return standard(t, nil, nil, nil) }, ok},
		{"anchor is the sub-CA", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			return hierarchy{h.leaf, nil, h.intermediates}
		}, ok},
		{"path length 0 above the leaf", func(t *testing.T) hierarchy {
			return standard(t, nil, func(c *x509.Certificate) { c.MaxPathLenZero = true }, nil)
		}, ok},
		{"path length 0 above a sub-CA", func(t *testing.T) hierarchy {
			return standard(t, func(c *x509.Certificate) { c.MaxPathLenZero = true }, nil, nil)
		}, untrusted},
		{"no anchors", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			return hierarchy{h.leaf, append(h.intermediates, h.anchors...), nil}
		}, untrusted},
		{"sub-CA missing", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			return hierarchy{h.leaf, nil, h.anchors}
		}, untrusted},
		{"another root of the same name", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			other := pkitest.Key(t, "P-384 another root")
			forged := selfSigned(t, h.anchors[0], other)
			return hierarchy{h.leaf, h.intermediates, []*x509.Certificate{forged}}
		}, untrusted},
		{"the leaf as its own anchor", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			return hierarchy{h.leaf, nil, []*x509.Certificate{h.leaf}}
		}, untrusted},
		{"leaf expired", func(t *testing.T) hierarchy { return standard(t, nil, nil, past) }, fault.CertificateExpired},
		{"leaf not yet valid", func(t *testing.T) hierarchy {
			return standard(t, nil, nil, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) })
		}, fault.CertificateNotYetValid},
		{"sub-CA expired", func(t *testing.T) hierarchy { return standard(t, nil, past, nil) }, untrusted},
		{"root expired", func(t *testing.T) hierarchy { return standard(t, past, nil, nil) }, untrusted},
		{"sub-CA is no CA", func(t *testing.T) hierarchy {
			return standard(t, nil, func(c *x509.Certificate) { c.IsCA = false }, nil)
		}, untrusted},
		{"sub-CA without keyCertSign", func(t *testing.T) hierarchy {
			return standard(t, nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, nil)
		}, untrusted},
		{"sub-CA without key usage", func(t *testing.T) hierarchy {
			return standard(t, nil, func(c *x509.Certificate) { c.KeyUsage = 0 }, nil)
		}, untrusted},
		{"root is no CA", func(t *testing.T) hierarchy {
			return standard(t, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }, nil, nil)
		}, untrusted},
		{"root without key usage", func(t *testing.T) hierarchy {
			return standard(t, func(c *x509.Certificate) { c.KeyUsage = 0 }, nil, nil)
		}, untrusted},
		{"weak RSA CA", func(t *testing.T) hierarchy {
			return rsaSigned(t, pkitest.Key(t, "RSA-1024"), x509.SHA256WithRSA)
		}, untrusted},
		{"RSA CA", func(t *testing.T) hierarchy {
			return rsaSigned(t, pkitest.Key(t, "RSA-2048"), x509.SHA256WithRSA)
		}, ok},
		{"RSA CA that signs with SHA-1", func(t *testing.T) hierarchy {
			return rsaSigned(t, pkitest.Key(t, "RSA-2048"), x509.SHA1WithRSA)
		}, untrusted},
		{"33 intermediates", func(t *testing.T) hierarchy {
			h := standard(t, nil, nil, nil)
			for len(h.intermediates) < 33 {
				h.intermediates = append(h.intermediates, h.intermediates[0])
			}
			return h
		}, untrusted},
		{"four CAs above the leaf", func(t *testing.T) hierarchy { return deep(t, 4) }, ok},
		{"six CAs above the leaf", func(t *testing.T) hierarchy { return deep(t, 6) }, untrusted},
	})
}

// TestPathOfStrangers is what no authority would issue: critical extensions that nobody reads, and circles.
func TestPathOfStrangers(t *testing.T) {
	untrusted := fault.CertificateUntrusted
	unknownCritical := func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})
	}
	testPaths(t, []pathTest{
		{"unknown critical extension in the leaf", func(t *testing.T) hierarchy { return standard(t, nil, nil, unknownCritical) }, untrusted},
		{"unknown critical extension in the sub-CA", func(t *testing.T) hierarchy { return standard(t, nil, unknownCritical, nil) }, untrusted},
		{"sub-CA for other holders", func(t *testing.T) hierarchy { // RFC 5280, 4.2.1.10: a name constraint on directoryName
			name := rdns(t, pkix.Name{CommonName: "Başkaları"}.ToRDNSequence())
			permitted := tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0xa4, name))))
			return standard(t, nil, func(c *x509.Certificate) {
				c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 30}, Critical: true, Value: permitted}}
			}, nil)
		}, untrusted},
		{"CAs that certify each other", func(t *testing.T) hierarchy {
			a, b := pkitest.Root(t, "A"), pkitest.Root(t, "B")
			h := hierarchy{a.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), nil, []*x509.Certificate{pkitest.Root(t, "Kök").Certificate}}
			for range 16 {
				h.intermediates = append(h.intermediates, a.Sub(t, "B").Certificate, b.Sub(t, "A").Certificate)
			}
			return h
		}, untrusted},
	})
}

type pathTest struct {
	name string
	make func(t *testing.T) hierarchy
	want fault.Code
}

func testPaths(t *testing.T, tests []pathTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := test.make(t)
			path, err := pki.Path(h.leaf, h.intermediates, h.anchors, time.Now())
			wantCode(t, err, test.want)
			if err == nil && (path[0] != h.leaf || !path[len(path)-1].Equal(h.anchors[0]) || len(path) < 2) {
				t.Errorf("path of %d certificates does not lead from leaf to anchor", len(path))
			}
		})
	}
}

func tlv(tag byte, content []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.Tag(tag), func(b *cryptobyte.Builder) { b.AddBytes(content) })
	return b.BytesOrPanic()
}

// selfSigned makes a root with the subject of like and another key.
func selfSigned(t *testing.T, like *x509.Certificate, key crypto.Signer) *x509.Certificate {
	template := *like
	template.PublicKey, template.SignatureAlgorithm = nil, 0
	return create(t, &template, &template, key.Public(), key)
}

func create(t *testing.T, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rsaSigned makes a leaf directly below a root with the given key, signed with the given algorithm.
func rsaSigned(t *testing.T, key crypto.Signer, algorithm x509.SignatureAlgorithm) hierarchy {
	name := func(c *x509.Certificate) { c.SignatureAlgorithm = algorithm }
	root := pkitest.Authority{Certificate: selfSigned(t, pkitest.Root(t, "RSA").Certificate, key), Key: key}
	leaf := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), name)
	return hierarchy{leaf, nil, []*x509.Certificate{root.Certificate}}
}

// deep makes a path with n CAs above the leaf.
func deep(t *testing.T, n int) hierarchy {
	ca := pkitest.Root(t, "CA 0")
	h := hierarchy{anchors: []*x509.Certificate{ca.Certificate}}
	for i := 1; i < n; i++ {
		ca = ca.Sub(t, fmt.Sprint("CA ", i))
		h.intermediates = append(h.intermediates, ca.Certificate)
	}
	h.leaf = ca.Issue(t, pkitest.Key(t, "P-256 leaf").Public())
	return h
}

// TestPathBoundsTheCost gives a leaf that many CAs of the right name could have issued, each with a key so
// large that one look at the signature costs a good part of a second.
func TestPathBoundsTheCost(t *testing.T) {
	const bits = 100_000
	h := rsaSigned(t, pkitest.Key(t, "RSA-2048"), x509.SHA256WithRSA)
	var leaf struct {
		TBS, Algorithm asn1.RawValue
		Signature      asn1.BitString
	}
	if _, err := asn1.Unmarshal(h.leaf.Raw, &leaf); err != nil {
		t.Fatal(err)
	}
	leaf.Signature = asn1.BitString{Bytes: bytes.Repeat([]byte{0x7f}, bits/8), BitLength: bits}
	der, err := asn1.Marshal(leaf)
	if err != nil {
		t.Fatal(err)
	}
	h.leaf, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	template := *h.anchors[0]
	template.PublicKey, template.SignatureAlgorithm = nil, 0
	for i := range int64(32) {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		n.Add(n, big.NewInt(2*i+1))
		template.SerialNumber = big.NewInt(i + 1)
		public := &rsa.PublicKey{N: n, E: 1<<31 - 1}
		h.intermediates = append(h.intermediates, create(t, &template, &template, public, pkitest.Key(t, "P-256 other")))
	}
	start := time.Now()
	_, err = pki.Path(h.leaf, h.intermediates, h.anchors, start)
	wantCode(t, err, fault.CertificateUntrusted)
	if took := time.Since(start); took > 8*time.Second { // measured: 10 s and more without the bound, 0.06 s with it
		t.Errorf("took %v", took)
	}
}

// TestPathAgreesWithOpenSSL compares with another implementation what both must accept and refuse.
func TestPathAgreesWithOpenSSL(t *testing.T) {
	now := time.Now()
	for name, h := range map[string]hierarchy{
		"good":                standard(t, nil, nil, nil),
		"path length":         standard(t, func(c *x509.Certificate) { c.MaxPathLenZero = true }, nil, nil),
		"sub-CA is no CA":     standard(t, nil, func(c *x509.Certificate) { c.IsCA = false }, nil),
		"without keyCertSign": standard(t, nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, nil),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, err := exec.Command("openssl", "verify", "-x509_strict",
				"-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", h.anchors...),
				"-untrusted", pkitest.WriteCertificates(t, dir, "sub.pem", h.intermediates...),
				pkitest.WriteCertificates(t, dir, "leaf.pem", h.leaf)).CombinedOutput()
			_, got := pki.Path(h.leaf, h.intermediates, h.anchors, now)
			if (got == nil) != (err == nil) {
				t.Errorf("we say %v, openssl %v: %s", got, err, out)
			}
		})
	}
}
