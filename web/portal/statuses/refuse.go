package statuses

import (
	"context"
	"crypto/x509"
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// Refuse refuses a person's certificate that they or the authority have suspended or revoked here, whether or not the authority has
// published it. Certificates that no application of the person has led to are not known here, and pass. Refusals:
// refusal.CertificateSuspended, fault.CertificateRevoked.
func (e *Engine) Refuse(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error {
	if certificate == nil || certificate.SerialNumber == nil {
		return nil
	}
	list, err := e.Store.CertificatesOf(ctx, citizenNumber, maxCertificates)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	for _, a := range list {
		if a.Certificate.Serial != application.NewCertificate(certificate).Serial {
			continue
		}
		switch a.State {
		case application.Suspended:
			return fault.Errorf(refusal.CertificateSuspended, "application %s is suspended", a.Reference)
		case application.Revoked:
			return fault.Errorf(fault.CertificateRevoked, "application %s is revoked", a.Reference)
		}
	}
	return nil
}
