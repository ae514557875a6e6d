package portal

import (
	"context"
	"fmt"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/application"
)

// maxOwn is how many of a person's applications are looked at for a certificate, the newest first.
const maxOwn = 100

// activate has the application move on that a certificate was produced for, once its card has a PIN. Certificates of cards that were put on
// record without an application change nothing. Where it fails, the job that moves applications does it soon.
func (a *assembly) activate(ctx context.Context, citizenNumber, certificate string) error {
	owned, err := a.Store.ApplicationsOf(ctx, citizenNumber, maxOwn)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	for _, one := range owned {
		if one.Certificate.Serial != certificate || one.State != application.Delivered {
			continue
		}
		if _, err := a.progress.Advance(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// maxReleases is how many of a person's releases are looked at for a certificate, the newest first.
const maxReleases = 100

// hasPIN reports whether the card of an application's certificate has got a PIN, by what machines have reported. Reports of cards that
// were put on record without an application are of other certificates.
func (a *assembly) hasPIN(ctx context.Context, one application.Application) (bool, error) {
	all, err := a.Store.ReleasedTo(ctx, one.CitizenNumber, maxReleases)
	if err != nil {
		return false, fmt.Errorf("releases: %w", err)
	}
	for _, r := range all {
		if r.Outcome != protocol.OutcomeDone {
			continue
		}
		claim, err := release.ReadClaim(r.Claim, r.Signature)
		if err != nil {
			return false, fmt.Errorf("release %s: %w", r.Reference, err)
		}
		certificate, err := pki.Parse(claim.Certificate)
		if err != nil {
			return false, fmt.Errorf("release %s: %w", r.Reference, err)
		}
		if application.NewCertificate(certificate.Certificate).Serial == one.Certificate.Serial {
			return true, nil
		}
	}
	return false, nil
}
