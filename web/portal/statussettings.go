package portal

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/web/portal/certificatestatus"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statusdesk"
	"github.com/e-onay/e-onay/web/portal/statuses"
)

// StatusSettings say how the authority is told of certificates that are suspended, resumed and revoked here.
type StatusSettings struct {
	// URL is the address of the authority's interface, with https; http is for this machine alone.
	URL string `json:"url"`
	// TokenFile holds the secret that is sent as "Authorization: Bearer".
	TokenFile string `json:"token_file,omitempty"`
	// ClientCertificateFile and ClientKeyFile are what the portal shows in TLS, in PEM; both or neither.
	ClientCertificateFile string `json:"client_certificate_file,omitempty"`
	ClientKeyFile         string `json:"client_key_file,omitempty"`
	// RootsFile holds the roots of the authority's server, in PEM; empty means those of the system.
	RootsFile string `json:"roots_file,omitempty"`
	// HolderMayResume has people resume what they have suspended themselves. Without it only the authority's desk resumes.
	HolderMayResume bool `json:"holder_may_resume,omitempty"`
	// WithoutFreshLogin lets people revoke and resume in any session. Without it they need a login at the gateway as new as for a new PIN.
	WithoutFreshLogin bool `json:"without_fresh_login,omitempty"`
}

const maxStatusToken = 4096 // bytes

func (s *StatusSettings) check() error {
	if s == nil {
		return nil
	}
	_, err := site.ParseAddress(s.URL)
	switch {
	case err != nil:
		return fmt.Errorf("url: %w", err)
	case (s.ClientCertificateFile == "") != (s.ClientKeyFile == ""):
		return errors.New("client_certificate_file and client_key_file must both be given")
	case s.TokenFile == "" && s.ClientKeyFile == "":
		return errors.New("neither token_file nor client_key_file: anybody could revoke")
	}
	return nil
}

func (s *StatusSettings) paths() []*string {
	if s == nil {
		return nil
	}
	return []*string{&s.TokenFile, &s.ClientCertificateFile, &s.ClientKeyFile, &s.RootsFile}
}

// openAuthority reads what the authority is reached by; nil where the settings name none.
func openAuthority(s *StatusSettings) (statuses.Authority, error) {
	if s == nil {
		return nil, nil
	}
	o := statuses.HTTPOptions{URL: s.URL, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}
	if s.TokenFile != "" {
		text, err := secretfile.Read(s.TokenFile, maxStatusToken)
		if err != nil {
			return nil, fmt.Errorf("portal: certificate_status: token_file: %w", err)
		}
		o.Token = strings.TrimSpace(string(text))
		if o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, errors.New("portal: certificate_status: token_file: want one word of ASCII")
		}
	}
	if s.ClientKeyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.ClientCertificateFile, s.ClientKeyFile)
		if err != nil {
			return nil, fmt.Errorf("portal: certificate_status: client certificate: %w", err)
		}
		o.TLS.Certificates = []tls.Certificate{pair}
	}
	if s.RootsFile != "" {
		roots, err := readCertificates(s.RootsFile)
		if err != nil {
			return nil, fmt.Errorf("portal: certificate_status: roots_file: %w", err)
		}
		o.TLS.RootCAs = x509.NewCertPool()
		for _, root := range roots {
			o.TLS.RootCAs.AddCert(root)
		}
	}
	return statuses.NewHTTP(o), nil
}

// startStatuses makes the engine of statuses.
func (a *assembly) startStatuses() (err error) {
	a.statuses, err = statuses.New(statuses.Options{
		Store: a.Store, Progress: a.progress, Secret: a.Settings.secret(),
		HolderMayResume: a.Settings.CertificateStatus != nil && a.Settings.CertificateStatus.HolderMayResume, Log: a.Log, Now: a.Now,
	})
	return err
}

// certificateStatus are the features by which people and the authority's desk change statuses; none where the authority is not told of them.
func (a *assembly) certificateStatus() ([]site.Feature, error) {
	s := a.Settings
	if s.CertificateStatus == nil {
		return nil, nil
	}
	feature, err := certificatestatus.New(certificatestatus.Options{
		Statuses: a.statuses, Gateway: a.gateway, Secret: s.secret(), FreshLogin: !s.CertificateStatus.WithoutFreshLogin,
		LoginMaxAge: s.pukLoginMaxAge(), ACRs: s.PUKACRValues, Log: a.Log, Now: a.Now,
	})
	return []site.Feature{feature, statusdesk.New(statusdesk.Options{Gate: a.gate, Statuses: a.statuses, Log: a.Log})}, err
}
