package timestamp_test

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// TestPurpose checks which certificates are for time stamps. The certificate is told beside the error.
func TestPurpose(t *testing.T) {
	usage := func(u x509.KeyUsage) pkitest.Edit { return func(c *x509.Certificate) { c.KeyUsage = u } }
	for name, test := range map[string]struct {
		edits []pkitest.Edit
		ok    bool
	}{
		"time stamps":                  {nil, true},
		"no key usage":                 {[]pkitest.Edit{usage(0)}, true},
		"non-repudiation":              {[]pkitest.Edit{usage(x509.KeyUsageContentCommitment)}, true},
		"not critical":                 {[]pkitest.Edit{purpose(t, false, timeStamping)}, false},
		"code as well":                 {[]pkitest.Edit{purpose(t, true, timeStamping, codeSigning)}, false},
		"code":                         {[]pkitest.Edit{purpose(t, true, codeSigning)}, false},
		"an unknown usage as well":     {[]pkitest.Edit{purpose(t, true, timeStamping, asn1.ObjectIdentifier{1, 2, 3})}, false},
		"time stamps twice":            {[]pkitest.Edit{purpose(t, true, timeStamping, timeStamping)}, false},
		"no extended key usage at all": {[]pkitest.Edit{func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{} }}, false},
		"key for encryption":           {[]pkitest.Edit{usage(x509.KeyUsageKeyEncipherment)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, "P-256", test.edits...)
			signer, err := parse(t, a.token(t, newInfo(t).der(t))).Verify()
			if (err == nil) != test.ok || err != nil && (fault.CodeOf(err) != invalid || !errors.Is(err, timestamp.ErrPurpose)) {
				t.Errorf("%v", err)
			}
			if signer == nil || !signer.Equal(a.certificate) {
				t.Error("the certificate is not told")
			}
		})
	}
}

// TestVerifyRefuses changes one thing of a token that has been signed.
func TestVerifyRefuses(t *testing.T) {
	a, other := newAuthority(t, "P-256"), newAuthority(t, "P-256 other")
	without := func(oid asn1.ObjectIdentifier) func(*envelope) {
		return func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte {
				return slices.DeleteFunc(all, func(der []byte) bool { return slices.Equal(der[2:2+len(encode(t, oid))], encode(t, oid)) })
			}
		}
	}
	with := func(attributes ...[]byte) func(*envelope) {
		return func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte { return append(slices.Clone(all[:2]), attributes...) }
		}
	}
	embedded := func(certificates ...*x509.Certificate) func(*envelope) {
		return func(e *envelope) {
			e.certificates = nil
			for _, c := range certificates {
				e.certificates = append(e.certificates, c.Raw)
			}
		}
	}
	version1 := func(c *x509.Certificate) []byte {
		id := sequence(t, encode(t, digest(crypto.SHA1, c.Raw)))
		return attribute(t, cms.OIDSigningCertificate, sequence(t, sequence(t, id)))
	}
	unknownHash := attribute(t, cms.OIDSigningCertificateV2, sequence(t, sequence(t, sequence(t,
		sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 3})), encode(t, make([]byte, 32))))))
	for _, test := range []struct {
		name   string
		change func(*envelope)
		code   fault.Code
		is     error
	}{
		{"good", func(*envelope) {}, "", nil},
		{"another certificate as well", embedded(other.certificate, a.certificate), "", nil},
		{"the certificate twice", embedded(a.certificate, a.certificate), "", nil},
		{"no certificate", embedded(), invalid, timestamp.ErrCertificate},
		{"another certificate", embedded(other.certificate), invalid, timestamp.ErrCertificate},
		{"signing-certificate of version 1", with(version1(a.certificate)), "", nil},
		{"signing-certificate of version 1, of another", with(version1(other.certificate)), invalid, timestamp.ErrCertificate},
		{"signing-certificate of another", with(binding(t, other.certificate)), invalid, timestamp.ErrCertificate},
		{"signing-certificate twice", with(binding(t, a.certificate), binding(t, a.certificate)), invalid, timestamp.ErrCertificate},
		{"signing-certificate by an unknown hash", with(unknownHash), algorithm, nil},
		{"no signing-certificate", with(), invalid, timestamp.ErrCertificate},
		{"no content-type", without(cms.OIDContentType), invalid, timestamp.ErrSignature},
		{"no message-digest", without(cms.OIDMessageDigest), invalid, timestamp.ErrSignature},
		{"message-digest of another", func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte {
				all[1] = attribute(t, cms.OIDMessageDigest, encode(t, make([]byte, 32)))
				return all
			}
		}, invalid, timestamp.ErrSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(t, a.token(t, newInfo(t).der(t), test.change)).Verify()
			wantCode(t, err, test.code)
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		forger := *a
		forger.key = other.key
		_, err := parse(t, forger.token(t, newInfo(t).der(t))).Verify()
		if !errors.Is(err, timestamp.ErrSignature) {
			t.Error(err)
		}
	})
}
