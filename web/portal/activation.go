package portal

import (
	"context"
	"crypto/x509"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// maxOwn is how many of a person's applications are looked at for a certificate, the newest first.
const maxOwn = 100

// activate makes the application active that a certificate was produced for, once its card has a PIN. Certificates of cards that
// were put on record without an application change nothing.
func (a *assembly) activate(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error {
	owned, err := a.Store.ApplicationsOf(ctx, citizenNumber, maxOwn)
	if err != nil {
		return err
	}
	serial := application.NewCertificate(certificate).Serial
	for _, one := range owned {
		if one.Certificate.Serial != serial || one.State != application.Delivered {
			continue
		}
		_, err := a.progress.Do(ctx, one.Reference, one.Version, application.Change{Event: application.Activate, By: application.Portal, Basis: serial})
		if err != nil && fault.CodeOf(err) != refusal.ApplicationChanged { // somebody was faster
			return err
		}
	}
	return nil
}
