package portal

import (
	"fmt"
	"os"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/signaturecheck"
)

// SignatureCheck is what İmza Doğrulama judges by.
type SignatureCheck struct {
	Policy *validation.Policy
	Data   validation.Data
	// Source gets revocation data; nil asks nobody.
	Source *signaturecheck.Source
}

// LoadSignatureCheck reads what the settings name: the policy, and the portal's own anchors and intermediates beside it.
func LoadSignatureCheck(s *Settings) (*SignatureCheck, error) {
	out := &SignatureCheck{Policy: validation.DefaultPolicy()}
	if s.SignatureCheck.Off {
		return out, nil
	}
	if path := s.SignatureCheck.Policy; path != "" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("portal: signature_check: %w", err)
		}
		defer file.Close()
		if out.Policy, err = validation.ReadPolicy(file); err != nil {
			return nil, fmt.Errorf("portal: signature_check: %q: %w", path, err)
		}
	}
	own, err := readCertificates(s.Anchors)
	if err != nil {
		return nil, fmt.Errorf("portal: anchors: %w", err)
	}
	source := &signaturecheck.Source{Checker: &revocation.Checker{Responders: new(revocation.Responders)}, Anchors: own, Now: time.Now}
	if s.SignatureCheck.Revocation == signaturecheck.RevocationOfPolicy {
		for _, anchor := range out.Policy.Anchors {
			source.Anchors = append(source.Anchors, anchor.Certificate)
		}
	}
	for _, anchor := range own {
		out.Policy.Anchors = append(out.Policy.Anchors, validation.Anchor{Certificate: anchor})
	}
	if s.Intermediates != "" {
		if out.Data.Certificates, err = readCertificates(s.Intermediates); err != nil {
			return nil, fmt.Errorf("portal: intermediates: %w", err)
		}
		source.Intermediates = out.Data.Certificates
	}
	if s.SignatureCheck.Revocation != signaturecheck.RevocationOfNobody {
		out.Source = source
	}
	return out, nil
}

// signatureCheckPath is where the page is; "" where the settings leave it out.
func (s *Settings) signatureCheckPath() string {
	if s.SignatureCheck.Off {
		return ""
	}
	return signaturecheck.Path
}
