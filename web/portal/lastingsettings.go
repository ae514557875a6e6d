package portal

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/lasting"
)

// LastingSettings say how recorded acts are made to last (docs/lasting.md).
type LastingSettings struct {
	// Authorities give time stamps; they are asked in turn.
	Authorities []timestamp.Settings `json:"authorities"`
	// Anchors is a PEM file with anchors of the authorities, beside the portal's own; empty means none.
	Anchors string `json:"anchors,omitempty"`
	// MarginDays is how long before a copy fades it is stamped again; 0 means 90.
	MarginDays int `json:"margin_days,omitempty"`
}

const maxMarginDays = 3650

func (l *LastingSettings) check() error {
	switch {
	case l == nil:
		return nil
	case len(l.Authorities) == 0 || len(l.Authorities) > timestamp.MaxAuthorities:
		return fmt.Errorf("authorities: %d, want 1 to %d", len(l.Authorities), timestamp.MaxAuthorities)
	case l.MarginDays < 0 || l.MarginDays > maxMarginDays:
		return fmt.Errorf("margin_days: %d is not between 1 and %d", l.MarginDays, maxMarginDays)
	}
	return nil
}

// hasSecret reports whether an authority's header may have a password.
func (l *LastingSettings) hasSecret() bool {
	return l != nil && slices.ContainsFunc(l.Authorities, func(a timestamp.Settings) bool { return len(a.Header) > 0 })
}

// paths are those of its files.
func (l *LastingSettings) paths() []*string {
	paths := []*string{&l.Anchors}
	for _, a := range l.Authorities {
		if a.KamuSM != nil {
			paths = append(paths, &a.KamuSM.PasswordFile)
		}
	}
	return paths
}

func (l *LastingSettings) margin() time.Duration {
	if l.MarginDays == 0 {
		return extend.Margin
	}
	return time.Duration(l.MarginDays) * 24 * time.Hour
}

// lastingPolicy is what lasting copies are judged by: the portal's anchors, those of time-stamp authorities, and further ones. intermediates
// are the portal's.
func lastingPolicy(s *Settings, more ...*x509.Certificate) (policy *validation.Policy, intermediates []*x509.Certificate, err error) {
	verifier, err := LoadVerifier(s)
	if err != nil {
		return nil, nil, err
	}
	of, err := timeStampAnchors(s)
	if err != nil {
		return nil, nil, err
	}
	anchors := slices.Concat(verifier.Anchors, more, of)
	policy = validation.DefaultPolicy()
	for _, c := range anchors {
		policy.Anchors = append(policy.Anchors, validation.Anchor{Certificate: c})
	}
	return policy, verifier.Intermediates, nil
}

// timeStampAnchors reads the roots of time-stamp authorities; there are none where the settings name no file of them.
func timeStampAnchors(s *Settings) ([]*x509.Certificate, error) {
	if s.Lasting == nil || s.Lasting.Anchors == "" {
		return nil, nil
	}
	anchors, err := readCertificates(s.Lasting.Anchors)
	if err != nil {
		return nil, fmt.Errorf("portal: lasting: anchors: %w", err)
	}
	return anchors, nil
}

// openLasting returns what makes acts last, nil where the settings name no authority.
func openLasting(s *Settings, database lasting.Store, log *slog.Logger) (*lasting.Keeper, error) {
	if s.Lasting == nil {
		return nil, nil
	}
	policy, intermediates, err := lastingPolicy(s)
	if err != nil {
		return nil, err
	}
	client := new(timestamp.Client)
	for _, one := range s.Lasting.Authorities {
		a, err := one.Authority("")
		if err != nil {
			return nil, fmt.Errorf("portal: lasting: %w", err)
		}
		client.Authorities = append(client.Authorities, a)
	}
	checker := &revocation.Checker{Responders: new(revocation.Responders)}
	return lasting.New(lasting.Options{
		Store: database, Policy: policy, Stamp: extend.StamperOf(client), Certificates: intermediates, Margin: s.Lasting.margin(), Log: log,
		Source: func(ctx context.Context) validation.Source { return &revocationSource{ctx, checker} },
	}), nil
}

// revocationSource asks the responders and lists that certificates name. What it cannot get is not there.
type revocationSource struct {
	ctx     context.Context
	checker *revocation.Checker
}

func (s *revocationSource) Revocation(subject, issuer *x509.Certificate) validation.Data {
	ocsps, crls, _ := s.checker.Fetch(s.ctx, subject, issuer)
	return validation.Data{CRLs: crls, OCSPs: ocsps}
}
