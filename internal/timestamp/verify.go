package timestamp

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// Verify verifies the token's signature, and returns the signer's certificate: the one of those embedded and those given that
// the signature names and that signing-certificate or signing-certificate-v2 binds (RFC 3161, 2.4.1; RFC 5816, 2.2.1). Whether it is to be
// trusted, and was valid at Time, is for the caller.
//
// Errors have fault.TimestampInvalid and are ErrCertificate, ErrSignature, or ErrPurpose: then the signature verifies, and the
// certificate is returned beside the error. An algorithm that is not known gives fault.SignatureAlgorithm.
func (t *Token) Verify(given ...*x509.Certificate) (*x509.Certificate, error) {
	signed := *t.signed
	signed.Certificates = slices.Concat(signed.Certificates, given)
	digests, err := signed.Digests(nil)
	if err != nil {
		return nil, invalid("TSTInfo: %w", err)
	}
	verdict := signed.Verify(digests)[0]
	switch {
	case verdict.State == cms.Holds:
	case fault.CodeOf(verdict.Err) == fault.SignatureAlgorithm:
		return nil, verdict.Err
	case verdict.Certificate == nil:
		return nil, invalid("%w: %w", ErrCertificate, verdict.Err)
	default:
		return nil, invalid("%w: %w", ErrSignature, verdict.Err)
	}
	if verdict.Algorithms.Binding == 0 {
		return nil, invalid("%w: the time stamp has no signing-certificate attribute", ErrCertificate)
	}
	if err := checkPurpose(verdict.Certificate); err != nil {
		return verdict.Certificate, invalid("%w: %w", ErrPurpose, err)
	}
	return verdict.Certificate, nil
}

// checkPurpose checks that the certificate has one extended key usage, id-kp-timeStamping, in a critical extension (RFC 3161,
// 2.3), and that its key usage, where there is one, is to sign.
func checkPurpose(c *x509.Certificate) error {
	if len(c.UnknownExtKeyUsage) > 0 || !slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) {
		return fmt.Errorf("extended key usages %v %v", c.ExtKeyUsage, c.UnknownExtKeyUsage)
	}
	isCritical := func(e pkix.Extension) bool { return e.Critical && e.Id.Equal(oidExtKeyUsage) }
	if !slices.ContainsFunc(c.Extensions, isCritical) {
		return fmt.Errorf("its extended key usage is not critical")
	}
	if c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return fmt.Errorf("key usage %#x", int(c.KeyUsage))
	}
	return nil
}
