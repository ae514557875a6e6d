package attest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-tpm/tpm2"

	"github.com/e-onay/e-onay/internal/pki"
)

// An Endorsement is a TPM's endorsement key, by a certificate that was trusted.
type Endorsement struct {
	key tpm2.TPMTPublic
}

// oidEndorsementKey is tcg-kp-EKCertificate, the extended key usage of endorsement certificates.
var oidEndorsementKey = asn1.ObjectIdentifier{2, 23, 133, 8, 1}

var errNoEndorsement = errors.New("no certificate")

// Endorsed judges a TPM's certificates, that of its EK first: its path must end at one of roots, and it must be what the
// TCG EK Credential Profile makes it. Revocation is not looked at: TPM vendors publish little of it, and an operator
// takes the root away.
func Endorsed(certificates [][]byte, roots []*x509.Certificate, at time.Time) (*Endorsement, error) {
	if len(certificates) == 0 {
		return nil, errNoEndorsement
	}
	parsed := make([]*x509.Certificate, len(certificates))
	for i, der := range certificates {
		c, err := pki.ParseX509(der)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrMalformed, i, err)
		}
		parsed[i] = c
	}
	key, err := EndorsementKey(parsed[0])
	if err != nil {
		return nil, err
	}
	validation := pki.Validation{At: at}
	if _, err := validation.Path(parsed[0], parsed[1:], roots); err != nil {
		return nil, fmt.Errorf("attest: endorsement certificate: %w", err)
	}
	return &Endorsement{key}, nil
}

// EndorsementKey returns the public area of the EK in an endorsement certificate. The certificate names the key only;
// what else the area says is the template's, as it is in the TPM.
func EndorsementKey(c *x509.Certificate) (tpm2.TPMTPublic, error) {
	refuse := func(what string) (tpm2.TPMTPublic, error) {
		return tpm2.TPMTPublic{}, fmt.Errorf("%w: endorsement certificate: %s", ErrMalformed, what)
	}
	switch {
	case c.Version != 3 || c.IsCA:
		return refuse("not an end entity's, of version 3")
	case !slices.ContainsFunc(c.UnknownExtKeyUsage, oidEndorsementKey.Equal):
		return refuse("not for an endorsement key")
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if c.KeyUsage&x509.KeyUsageKeyEncipherment == 0 || key.N.BitLen() != 2048 || key.E != 65537 {
			return refuse("its RSA key or key usage is another")
		}
		area := tpm2.RSAEKTemplate
		area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{Buffer: key.N.Bytes()})
		return area, nil
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil || c.KeyUsage&x509.KeyUsageKeyAgreement == 0 || key.Curve != elliptic.P256() {
			return refuse("its elliptic key or key usage is another")
		}
		area := tpm2.ECCEKTemplate
		area.Unique = eccPoint(point)
		return area, nil
	}
	return refuse("its key is neither RSA nor elliptic")
}
