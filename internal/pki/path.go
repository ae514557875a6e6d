package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Bounds of path building. The Turkish hierarchies have one intermediate CA, cross-certified ones two.
const (
	maxIntermediates = 32
	maxPath          = 6
)

// Path returns a certification path (RFC 5280, 6.1) for leaf at the given time: leaf first, trust anchor
// last, at least two certificates. intermediates may come from the signature and are believed nothing;
// anchors are the caller's configuration. Every certificate but the leaf must be a CA that may issue
// certificates, within its path length; every signature but the anchor's own uses SHA-2, and every key is
// RSA from 2048 bits or P-256, P-384, P-521.
//
// A leaf outside its time gives protocol.CodeCertificateExpired or CodeCertificateNotYetValid. Everything
// else, an expired CA included, gives CodeCertificateUntrusted: the person can do nothing about it.
// Revocation is not looked at.
//
// usages are extended key usages of which every certificate of the path that names any must allow one. The profile
// for signing has none, and so none is asked for then; Usable looks at the key usage.
func Path(leaf *x509.Certificate, intermediates, anchors []*x509.Certificate, at time.Time, usages ...x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	if err := checkTime(leaf, at); err != nil {
		return nil, err
	}
	if len(intermediates) > maxIntermediates {
		return nil, untrusted(fmt.Errorf("%d intermediate certificates, over the limit of %d", len(intermediates), maxIntermediates))
	}
	options := x509.VerifyOptions{
		Intermediates: x509.NewCertPool(),
		Roots:         x509.NewCertPool(),
		CurrentTime:   at,
		KeyUsages:     usages,
	}
	if len(usages) == 0 {
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} // x509 would ask for serverAuth
	}
	for _, c := range intermediates {
		// Only what can be part of a path: a signature by a key of absurd size would cost seconds to check.
		if mayIssue(c) && CheckKey(c) == nil {
			options.Intermediates.AddCert(c)
		}
	}
	for _, c := range anchors {
		options.Roots.AddCert(c)
	}
	chains, err := leaf.Verify(options)
	if err != nil {
		return nil, untrusted(err)
	}
	var reasons []error
	for _, chain := range chains {
		err := checkChain(chain)
		if err == nil {
			return chain, nil
		}
		reasons = append(reasons, err)
	}
	return nil, untrusted(errors.Join(reasons...))
}

func untrusted(cause error) error { return protocol.NewError(protocol.CodeCertificateUntrusted, cause) }

// checkChain adds what x509.Verify leaves out: keys must be strong, key usage must be there and allow issuing
// (Verify accepts its absence), and the length is bounded. Verify itself refuses SHA-1, so with these keys
// nothing but SHA-2 is left.
func checkChain(chain []*x509.Certificate) error {
	if len(chain) < 2 || len(chain) > maxPath {
		return fmt.Errorf("path of %d certificates", len(chain))
	}
	for i, c := range chain {
		if err := CheckKey(c); err != nil {
			return fmt.Errorf("certificate %d of the path: %w", i, err)
		}
		if i > 0 && !mayIssue(c) {
			return fmt.Errorf("certificate %d of the path may not issue certificates", i)
		}
	}
	return nil
}

// mayIssue reports whether c is a CA certificate whose key may sign certificates.
func mayIssue(c *x509.Certificate) bool {
	return c.IsCA && c.KeyUsage&x509.KeyUsageCertSign != 0
}
