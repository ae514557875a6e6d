package pki_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestCheckDER has elements that readers of BER take, each beside the form that DER gives it.
func TestCheckDER(t *testing.T) {
	deep := []byte{5, 0}
	for range 33 {
		deep = tlv(0x30, deep)
	}
	for name, der := range map[string][]byte{
		"nothing":                            {},
		"bytes after it":                     {5, 0, 0},
		"indefinite length":                  {0x30, 0x80, 5, 0, 0, 0},
		"length not minimal":                 {0x30, 0x81, 2, 5, 0},
		"length beyond the end":              {0x30, 3, 5, 0},
		"boolean of 1":                       {1, 1, 1},
		"integer with a needless zero":       {2, 2, 0, 1},
		"integer with a needless FF":         {2, 2, 0xff, 0x80},
		"empty integer":                      {2, 0},
		"NULL with content":                  {5, 1, 0},
		"unused bits that are set":           {3, 2, 1, 1},
		"eight unused bits":                  {3, 2, 8, 0},
		"unused bits of nothing":             {3, 1, 1},
		"empty identifier":                   {6, 0},
		"identifier with a needless zero":    {6, 3, 0x2a, 0x80, 1},
		"identifier cut short":               {6, 2, 0x2a, 0x86},
		"octet string in pieces":             {0x24, 3, 4, 1, 1},
		"primitive sequence":                 {0x10, 0},
		"error inside":                       tlv(0xa0, tlv(0x31, []byte{1, 1, 1})),
		"elements in each other, 33 deep":    deep,
		"tag of two bytes":                   {0x1f, 0x81, 1, 0},
		"tail of a sequence that is nothing": {0x30, 3, 5, 0, 0},
	} {
		if pki.CheckDER(der) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, der := range map[string][]byte{
		"boolean":           {1, 1, 0xff},
		"negative integer":  {2, 2, 0xff, 0x7f},
		"integer of 128":    {2, 2, 0, 0x80},
		"empty bit string":  {3, 1, 0},
		"identifier":        {6, 3, 0x2a, 0x86, 0x48},
		"context primitive": {0x80, 2, 0xff, 0xff},
		"nested":            tlv(0x30, tlv(0xa0, []byte{5, 0})),
	} {
		if err := pki.CheckDER(der); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnsignedBytes puts bytes into a certificate where no signature covers them, and gives its signature another encoding
// of the same bits.
func TestUnsignedBytes(t *testing.T) {
	ca := pkitest.Root(t, "Kök")
	leaf := ca.Issue(t, pkitest.Key(t, "P-256 leaf").Public())
	_, err := pki.Parse(leaf.Raw)
	wantCode(t, err, "")
	_, err = pki.Parse(pkitest.WithTail(t, leaf.Raw))
	wantCode(t, err, fault.CertificateMalformed)

	// In TBSCertificate such bytes are signed, and no other reader takes them either.
	_, err = pki.Parse(bytes.Replace(leaf.Raw, leaf.RawTBSCertificate, pkitest.WithTail(t, leaf.RawTBSCertificate), 1))
	wantCode(t, err, fault.CertificateMalformed)
}

// TestCertificatesOfOthersAreWhole reads certificates of many makers: NIST's test suite, and what this machine trusts.
func TestCertificatesOfOthersAreWhole(t *testing.T) {
	// The signatures of these two were spoilt by NIST: their bit strings have unused bits.
	spoilt := map[string]bool{"BadSignedCACert.crt": true, "InvalidDSASignatureTest6EE.crt": true}
	read := 0
	_, suite := pkitest.PKITS(t)
	for _, pattern := range []string{filepath.Join(suite, "*"), "/etc/ssl/certs/*.pem"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				continue // a link into nowhere
			}
			for _, der := range pkitest.Certificates(data) {
				read++
				if spoilt[filepath.Base(file)] {
					continue
				}
				if err := pki.CheckCertificate(der); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
	if read < 400 {
		t.Errorf("only %d certificates were read", read)
	}
}
