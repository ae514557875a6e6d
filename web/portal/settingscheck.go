package portal

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/access"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/proxy"
)

// check judges each setting, and those that only together make sense. It opens no file.
func (s *Settings) check() error {
	for name, value := range map[string]string{
		"issuer": s.Issuer, "client_id": s.ClientID, "anchors": s.Anchors,
	} {
		if value == "" {
			return fmt.Errorf("%q is missing", name)
		}
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := s.checkStore(); err != nil {
		return err
	}
	if _, err := proxy.New(s.Proxy); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	if err := metrics.CheckListen(s.MetricsListen); err != nil {
		return fmt.Errorf("metrics_listen: %w", err)
	}
	if s.URL != "" {
		u, err := site.ParseAddress(s.URL)
		if err != nil {
			return fmt.Errorf("url: %w", err)
		}
		if u.Path != "" || u.RawQuery != "" {
			return fmt.Errorf("url: %q has a path or a query", s.URL)
		}
	}
	if _, err := site.ParseAddress(s.Issuer); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if err := checkOrigins(s.GatewayOrigins); err != nil {
		return fmt.Errorf("gateway_origins: %w", err)
	}
	if err := s.LoginWays.Check(); err != nil {
		return fmt.Errorf("login_ways: %w", err)
	}
	if s.CodeLifetimeSeconds < 0 || s.CodeLifetimeSeconds > maxCodeLifetime {
		return fmt.Errorf("code_lifetime_seconds: %d is not between 1 and %d", s.CodeLifetimeSeconds, maxCodeLifetime)
	}
	if s.JudgeWithinSeconds < 0 || s.JudgeWithinSeconds > maxJudgeWithin {
		return fmt.Errorf("judge_within_seconds: %d is not between 1 and %d", s.JudgeWithinSeconds, maxJudgeWithin)
	}
	if n := s.ForgetAfterSeconds; n != 0 && (n < minForgetAfter || n > maxForgetAfter) {
		return fmt.Errorf("forget_after_seconds: %d is not between %d and %d", n, minForgetAfter, maxForgetAfter)
	}
	if _, err := s.policies(); err != nil {
		return err
	}
	if err := s.checkCardLogin(); err != nil {
		return err
	}
	if err := s.SignatureCheck.Check(); err != nil {
		return fmt.Errorf("signature_check: %w", err)
	}
	if err := access.CheckHosts(s.NetworkHosts); err != nil {
		return fmt.Errorf("network_hosts: %w", err)
	}
	if err := s.Desk.check(); err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	if err := s.Applications.check(s.Payment != nil); err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	if err := s.Payment.check(); err != nil {
		return fmt.Errorf("payment: %w", err)
	}
	if err := s.Orders.check(s.Applications, s.Payment != nil); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	if err := s.checkPUKs(); err != nil {
		return err
	}
	if err := s.checkRequests(); err != nil {
		return err
	}
	if s.EvidenceHeads != "" && s.EvidenceKeyFile == "" {
		return fmt.Errorf("evidence_heads without evidence_key_file")
	}
	if err := s.Lasting.check(); err != nil {
		return fmt.Errorf("lasting: %w", err)
	}
	if err := s.CertificateStatus.check(); err != nil {
		return fmt.Errorf("certificate_status: %w", err)
	}
	if err := s.Production.check(); err != nil {
		return fmt.Errorf("production: %w", err)
	}
	if err := s.Courier.check(); err != nil {
		return fmt.Errorf("courier: %w", err)
	}
	return s.checkLinks()
}

// checkRequests leaves what the keys are to openRequests.
func (s *Settings) checkRequests() error {
	switch {
	case s.RequestKeyFile != "" && s.Name == "":
		return fmt.Errorf("request_key_file without name")
	case len(s.RequestOtherKeyFiles) > 0 && s.RequestKeyFile == "":
		return fmt.Errorf("request_other_key_files without request_key_file")
	case slices.Contains(s.RequestOtherKeyFiles, ""):
		return fmt.Errorf("request_other_key_files: a path is empty")
	}
	return nil
}

func (s *Settings) checkCardLogin() error {
	card := s.CardLogin.IdentityCard
	if card == nil {
		return nil
	}
	if card.Anchors == "" || len(card.Policies) == 0 {
		return fmt.Errorf("card_login: identity_card without anchors or policies")
	}
	if _, err := parsePolicies(card.Policies); err != nil {
		return fmt.Errorf("card_login: identity_card: %w", err)
	}
	return nil
}

// policies returns the accepted certificate policies.
func (s *Settings) policies() ([]x509.OID, error) {
	if len(s.Policies) == 0 {
		return parsePolicies([]string{defaultPolicy})
	}
	return parsePolicies(s.Policies)
}

func parsePolicies(written []string) ([]x509.OID, error) {
	if len(written) > maxPolicies {
		return nil, fmt.Errorf("policies: more than %d", maxPolicies)
	}
	var policies []x509.OID
	for _, text := range written {
		policy, err := x509.ParseOID(text)
		if err != nil {
			return nil, fmt.Errorf("policies: %q is not an object identifier", text)
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

func (s *Settings) checkLinks() error {
	if len(s.ExtensionLinks) > maxLinks {
		return fmt.Errorf("extension_links: more than %d", maxLinks)
	}
	for _, link := range s.ExtensionLinks {
		if link.Name == "" || len(link.Name) > maxLinkName {
			return fmt.Errorf("extension_links: a name is empty or longer than %d bytes", maxLinkName)
		}
		if u, err := url.Parse(link.URL); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("extension_links: %q is not an https address", link.URL)
		}
		if !link.NamesKnownBrowser() {
			return fmt.Errorf("extension_links: browser is %q, want chromium, edge or firefox", link.Browser)
		}
	}
	return nil
}

// resolve makes paths absolute.
func (s *Settings) resolve(dir string) error {
	paths := []*string{
		&s.Anchors, &s.Intermediates, &s.Database, &s.PostgresFile, &s.ConsentText, &s.ApplicationForm, &s.Undertaking, &s.TextArchive,
		&s.Announcements, &s.Downloads, &s.ClientSecretFile, &s.SharedKeyFile,
		&s.PUKKeyFile, &s.TPMRoots, &s.RequestKeyFile, &s.EvidenceKeyFile, &s.EvidenceHeads,
		&s.SignatureCheck.Policy,
	}
	if card := s.CardLogin.IdentityCard; card != nil {
		paths = append(paths, &card.Anchors, &card.Intermediates)
	}
	if s.Mail != nil {
		paths = append(paths, &s.Mail.Roots, &s.Mail.PasswordFile)
		if s.Mail.SMSGateway != nil {
			paths = append(paths, &s.Mail.SMSGateway.TokenFile)
		}
	}
	if s.Lasting != nil {
		paths = append(paths, s.Lasting.paths()...)
	}
	if s.Payment != nil {
		paths = append(paths, &s.Payment.KeyFile, &s.Payment.OldKeyFile)
	}
	if s.Production != nil {
		paths = append(paths, &s.Production.KeyFile, &s.Production.ProducerFile)
		for i := range s.Production.OpeningFiles {
			paths = append(paths, &s.Production.OpeningFiles[i])
		}
		for i := range s.Production.ReturnKeyFiles {
			paths = append(paths, &s.Production.ReturnKeyFiles[i])
		}
	}
	if s.Courier != nil {
		paths = append(paths, &s.Courier.TokenFile)
	}
	paths = append(paths, s.CertificateStatus.paths()...)
	for i := range s.PUKOldKeyFiles {
		paths = append(paths, &s.PUKOldKeyFiles[i])
	}
	for i := range s.RequestOtherKeyFiles {
		paths = append(paths, &s.RequestOtherKeyFiles[i])
	}
	return secretfile.Resolve(dir, paths...)
}
