package portal

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// LoadVerifier returns the verifier that the settings describe.
func LoadVerifier(s *Settings) (*relyingparty.Verifier, error) {
	policies, err := s.policies()
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	v, err := s.newVerifier(s.Anchors, s.Intermediates, policies)
	if err != nil {
		return nil, err
	}
	// The portal compares with the act's own time; this only has to be wider.
	v.MaxAge = s.codeLifetime() + 2*verification.ClockTolerance
	return v, nil
}

// LoadCardLogins returns the logins with a card that the settings describe.
func LoadCardLogins(s *Settings) (login.Cards, error) {
	logins := login.Cards{}
	if s.CardLogin.ESignature {
		v, err := LoadVerifier(s)
		if err != nil {
			return nil, err
		}
		logins[login.ESignature] = relyingparty.Login{Verifier: v}
	}
	if card := s.CardLogin.IdentityCard; card != nil {
		policies, err := parsePolicies(card.Policies)
		if err != nil {
			return nil, fmt.Errorf("portal: identity card: %w", err)
		}
		v, err := s.newVerifier(card.Anchors, card.Intermediates, policies)
		if err != nil {
			return nil, fmt.Errorf("portal: identity card: %w", err)
		}
		logins[login.IdentityCard] = relyingparty.Login{Verifier: v, Unqualified: card.Unqualified}
	}
	return logins, nil
}

// newVerifier reads the files of anchors and intermediates; intermediates may be "", for none.
func (s *Settings) newVerifier(anchors, intermediates string, policies []x509.OID) (v *relyingparty.Verifier, err error) {
	v = &relyingparty.Verifier{
		Policies: policies, CRLFallback: s.CRLFallback, OCSPWithoutNonce: s.OCSPWithoutNonce, CRLWithoutDeltas: s.CRLWithoutDeltas,
	}
	if v.Anchors, err = readCertificates(anchors); err != nil {
		return nil, fmt.Errorf("portal: anchors: %w", err)
	}
	if intermediates != "" {
		if v.Intermediates, err = readCertificates(intermediates); err != nil {
			return nil, fmt.Errorf("portal: intermediates: %w", err)
		}
	}
	return v, nil
}

func readCertificates(path string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var certificates []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, fmt.Errorf("%q holds no certificate", path)
	}
	return certificates, nil
}

// openTPMRoots reads the roots that the settings name; none means that no TPM is believed.
func openTPMRoots(s *Settings) ([]*x509.Certificate, error) {
	if s.TPMRoots == "" {
		return nil, nil
	}
	roots, err := readCertificates(s.TPMRoots)
	if err != nil {
		return nil, fmt.Errorf("portal: TPM roots: %w", err)
	}
	return roots, nil
}

// issuers reads the certificates of authorities below which people's and companies' are.
func (s *Settings) issuers() ([]*x509.Certificate, error) {
	all, err := readCertificates(s.Anchors)
	if err != nil || s.Intermediates == "" {
		return all, err
	}
	more, err := readCertificates(s.Intermediates)
	return append(all, more...), err
}
