package portal

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Settings is the portal's settings file, JSON. Unknown fields are refused, so that a mistyped name
// is not silently a default. Paths are relative to the file's own folder. The zero value of every
// field is safe; Issuer, ClientID, ClientSecret and Anchors must be given.
type Settings struct {
	// Listen is host:port; empty means 127.0.0.1:8080. Port 0 takes any free port.
	Listen string `json:"listen,omitempty"`
	// URL is the portal's public address without a path, "https://host". Plain http is taken for
	// loopback names only. Empty, or with port 0, means http://localhost and the port listened on.
	URL string `json:"url,omitempty"`

	// Name is what the institution calls itself; people's windows show it where the portal signs its requests.
	Name string `json:"name,omitempty"`

	// Issuer is the OpenID provider; https, or http on loopback.
	Issuer       string `json:"issuer"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`

	// Anchors and Intermediates are PEM files: the roots a signer's path must end at, and
	// certificates that may help to build it. Intermediates may be empty.
	Anchors       string `json:"anchors"`
	Intermediates string `json:"intermediates,omitempty"`

	// Policies are the certificate policies, as "2.16.792.1.2.1.1.5.7.1.1", of which a signer's
	// certificate must have one; empty means that one, of the public sector's qualified certificates.
	Policies []string `json:"policies,omitempty"`

	// CardLogin offers logins with a card, beside the gateway; empty means none.
	CardLogin CardLogin `json:"card_login,omitzero"`

	// Database is the SQLite file; empty means portal.db.
	Database string `json:"database,omitempty"`
	// ConsentText is the file with the consent's text, read at each use; empty means the built-in one.
	ConsentText string `json:"consent_text,omitempty"`
	// Downloads is a folder whose files are offered on the installation page; empty means none.
	Downloads string `json:"downloads,omitempty"`
	// ExtensionLinks are the places where browsers get the extension.
	ExtensionLinks []Link `json:"extension_links,omitempty"`
	// CodeLifetimeSeconds is how long a verification code can be used; 0 means 300.
	CodeLifetimeSeconds int `json:"code_lifetime_seconds,omitempty"`

	// PUKKeyFile holds the key that the PUKs on record are encrypted with: 32 bytes in base64. Empty means
	// that this portal releases none. PUKOldKeyFiles are keys that older PUKs were encrypted with.
	PUKKeyFile     string   `json:"puk_key_file,omitempty"`
	PUKOldKeyFiles []string `json:"puk_old_key_files,omitempty"`
	// PUKsPerDay is how many PUKs a person is released in a day; 0 means 3.
	PUKsPerDay int `json:"puks_per_day,omitempty"`

	// RequestKeyFile holds the key that the portal signs its requests with: PKCS #8 on P-256, in PEM. Empty means that
	// they are not signed. RequestOtherKeyFiles hold keys that are published beside it: the one before, or the next.
	RequestKeyFile       string   `json:"request_key_file,omitempty"`
	RequestOtherKeyFiles []string `json:"request_other_key_files,omitempty"`
}

// CardLogin says with which cards people log in.
type CardLogin struct {
	// ESignature offers E-İmza: the qualified certificates with which people sign here, of the portal's own Anchors
	// and Policies.
	ESignature bool `json:"e_signature,omitempty"`
	// IdentityCard offers T.C. Kimlik Kartı; nil means not.
	IdentityCard *IdentityCard `json:"identity_card,omitempty"`
}

// IdentityCard says which certificates are those of identity cards. The profile of the real ones is not known to this
// project, and so nothing of it is built in. Anchors and Policies must be given.
type IdentityCard struct {
	Anchors       string   `json:"anchors"`
	Intermediates string   `json:"intermediates,omitempty"`
	Policies      []string `json:"policies"`
	// Unqualified also takes certificates that are not qualified, if they name clientAuth among their extended key
	// usages.
	Unqualified bool `json:"unqualified,omitempty"`
}

// Link is a named https address.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

const (
	maxSettings         = 64 << 10
	maxLinks            = 8
	maxLinkName         = 40
	maxPolicies         = 32
	defaultPolicy       = "2.16.792.1.2.1.1.5.7.1.1"
	defaultListen       = "127.0.0.1:8080"
	defaultDatabase     = "portal.db"
	defaultCodeLifetime = 300 * time.Second
	maxCodeLifetime     = 3600
	defaultPUKsPerDay   = 3
	maxPUKsPerDay       = 100
)

// ReadSettings reads and checks a settings file and fills in the defaults.
func ReadSettings(path string) (*Settings, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSettings+1))
	if err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	s, err := parseSettings(data)
	if err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	s.resolve(filepath.Dir(path))
	return s, nil
}

// parseSettings decodes and checks settings; paths stay as they are written.
func parseSettings(data []byte) (*Settings, error) {
	if len(data) > maxSettings {
		return nil, fmt.Errorf("longer than %d bytes", maxSettings)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var s Settings
	if err := decoder.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	if s.Listen == "" {
		s.Listen = defaultListen
	}
	if s.Database == "" {
		s.Database = defaultDatabase
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

func (s *Settings) check() error {
	for name, value := range map[string]string{
		"issuer": s.Issuer, "client_id": s.ClientID, "client_secret": s.ClientSecret, "anchors": s.Anchors,
	} {
		if value == "" {
			return fmt.Errorf("%q is missing", name)
		}
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if s.URL != "" {
		u, err := parseAddress(s.URL)
		if err != nil {
			return fmt.Errorf("url: %w", err)
		}
		if u.Path != "" || u.RawQuery != "" {
			return fmt.Errorf("url: %q has a path or a query", s.URL)
		}
	}
	if _, err := parseAddress(s.Issuer); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if s.CodeLifetimeSeconds < 0 || s.CodeLifetimeSeconds > maxCodeLifetime {
		return fmt.Errorf("code_lifetime_seconds: %d is not between 1 and %d", s.CodeLifetimeSeconds, maxCodeLifetime)
	}
	if _, err := s.policies(); err != nil {
		return err
	}
	if err := s.checkCardLogin(); err != nil {
		return err
	}
	if err := s.checkPUKs(); err != nil {
		return err
	}
	if err := s.checkRequests(); err != nil {
		return err
	}
	return s.checkLinks()
}

func (s *Settings) checkPUKs() error {
	switch {
	case s.PUKsPerDay < 0 || s.PUKsPerDay > maxPUKsPerDay:
		return fmt.Errorf("puks_per_day: %d is not between 1 and %d", s.PUKsPerDay, maxPUKsPerDay)
	case len(s.PUKOldKeyFiles) >= maxPUKKeys:
		return fmt.Errorf("puk_old_key_files: more than %d", maxPUKKeys-1)
	case len(s.PUKOldKeyFiles) > 0 && s.PUKKeyFile == "":
		return fmt.Errorf("puk_old_key_files without puk_key_file")
	case slices.Contains(s.PUKOldKeyFiles, ""):
		return fmt.Errorf("puk_old_key_files: a path is empty")
	}
	return nil
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
	}
	return nil
}

// parseAddress takes https addresses, and http ones that stay on this machine.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not an address of a site", address)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("%q is neither https nor on this machine", address)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *Settings) resolve(dir string) {
	paths := []*string{&s.Anchors, &s.Intermediates, &s.Database, &s.ConsentText, &s.Downloads, &s.PUKKeyFile, &s.RequestKeyFile}
	if card := s.CardLogin.IdentityCard; card != nil {
		paths = append(paths, &card.Anchors, &card.Intermediates)
	}
	for i := range s.PUKOldKeyFiles {
		paths = append(paths, &s.PUKOldKeyFiles[i])
	}
	for i := range s.RequestOtherKeyFiles {
		paths = append(paths, &s.RequestOtherKeyFiles[i])
	}
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
}

func (s *Settings) codeLifetime() time.Duration {
	if s.CodeLifetimeSeconds == 0 {
		return defaultCodeLifetime
	}
	return time.Duration(s.CodeLifetimeSeconds) * time.Second
}

func (s *Settings) puksPerDay() int {
	if s.PUKsPerDay == 0 {
		return defaultPUKsPerDay
	}
	return s.PUKsPerDay
}

// address is the portal's public address, once it listens on the given port.
func (s *Settings) address(port int) (*url.URL, error) {
	if s.URL == "" {
		return &url.URL{Scheme: "http", Host: fmt.Sprintf("localhost:%d", port)}, nil
	}
	u, err := parseAddress(s.URL)
	if err != nil {
		return nil, err
	}
	if u.Port() == "0" {
		u.Host = net.JoinHostPort(u.Hostname(), fmt.Sprint(port))
	}
	return u, nil
}
