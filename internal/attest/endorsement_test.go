package attest_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/test/testtpm"
)

// endorsementOf is a vendor's certificate for an endorsement key, changed by edits.
func endorsementOf(t *testing.T, ca *pkitest.Authority, key string, edits ...pkitest.Edit) *x509.Certificate {
	t.Helper()
	kind := testtpm.Elliptic
	if key[:3] == "RSA" {
		kind = testtpm.RSA
	}
	template := testtpm.EndorsementCertificate(kind)
	whole := func(c *x509.Certificate) {
		for _, edit := range edits {
			edit(template)
		}
		*c = *template
	}
	return ca.Issue(t, pkitest.Key(t, key).Public(), whole)
}

func TestEndorsedAccepts(t *testing.T) {
	root := pkitest.Root(t, "TPM Vendor")
	sub := root.Sub(t, "TPM Issuing CA")
	for _, key := range []string{"RSA-2048", "P-256"} {
		leaf := endorsementOf(t, sub, key).Raw
		for name, tt := range map[string]struct {
			chain [][]byte
			root  *x509.Certificate
		}{
			"chain to a root":      {[][]byte{leaf, sub.Certificate.Raw}, root.Certificate},
			"issuing CA is a root": {[][]byte{leaf}, sub.Certificate},
		} {
			if _, err := attest.Endorsed(tt.chain, []*x509.Certificate{tt.root}, time.Now()); err != nil {
				t.Errorf("%s, %s: %v", key, name, err)
			}
		}
	}
}

func TestEndorsedRefuses(t *testing.T) {
	root := pkitest.Root(t, "TPM Vendor")
	sub := root.Sub(t, "TPM Issuing CA")
	foreign := pkitest.Root(t, "Another Vendor")
	namesake := *root.Certificate
	namesake.PublicKey = pkitest.Key(t, "P-384 namesake").Public()
	of := func(key string, edits ...pkitest.Edit) [][]byte {
		return [][]byte{endorsementOf(t, root, key, edits...).Raw}
	}
	edit := func(change func(c *x509.Certificate)) [][]byte { return of("P-256", change) }
	good := of("P-256")[0]
	for name, chain := range map[string][][]byte{
		"none":                       nil,
		"an empty one":               {{}},
		"cut":                        {good[:len(good)-1]},
		"with a tail":                {append(slices.Clone(good), 0)},
		"unsigned bytes":             {pkitest.WithTail(t, good)},
		"a person's":                 {root.Issue(t, pkitest.Key(t, "P-256").Public()).Raw},
		"a CA's":                     {sub.Certificate.Raw},
		"of another vendor":          {endorsementOf(t, foreign, "P-256").Raw},
		"with another vendor's root": {endorsementOf(t, foreign, "P-256").Raw, foreign.Certificate.Raw},
		"of a namesake":              {endorsementOf(t, &pkitest.Authority{Certificate: &namesake, Key: pkitest.Key(t, "P-384 namesake")}, "P-256").Raw},
		"without its issuer":         {endorsementOf(t, sub, "P-256").Raw},
		"of an end entity":           {endorsementOf(t, &pkitest.Authority{Certificate: endorsementOf(t, root, "P-384"), Key: pkitest.Key(t, "P-384")}, "P-256").Raw, endorsementOf(t, root, "P-384").Raw},
		"expired":                    edit(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
		"not yet valid":              edit(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }),
		"no purpose":                 edit(func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }),
		"any purpose": edit(func(c *x509.Certificate) {
			c.UnknownExtKeyUsage, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}),
		"an attestation key's": edit(func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{2, 23, 133, 8, 3}} }),
		"no key usage":         edit(func(c *x509.Certificate) { c.KeyUsage = 0 }),
		"signs":                edit(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }),
		"unknown critical extension": edit(func(c *x509.Certificate) {
			c.ExtraExtensions = append(slices.Clone(c.ExtraExtensions), pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}),
		"agrees with RSA": of("RSA-2048", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }),
		"P-384":           of("P-384"),
		"RSA 3072":        of("RSA-3072"),
		"RSA 1024":        of("RSA-1024"),
	} {
		if _, err := attest.Endorsed(chain, []*x509.Certificate{root.Certificate}, time.Now()); err == nil {
			t.Errorf("%s: endorsed", name)
		}
	}
	if _, err := attest.Endorsed([][]byte{good}, nil, time.Now()); err == nil {
		t.Error("without roots: endorsed")
	}
}
