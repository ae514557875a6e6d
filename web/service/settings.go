package service

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/proxy"
)

// Settings is the settings file, JSON. Unknown members are refused, so that a mistyped name is not silently a default. Paths are relative to
// the file's own folder. The zero value of every field is safe; Sites must be given.
type Settings struct {
	// Listen is host:port; empty means 127.0.0.1:8181. Port 0 takes any free port.
	Listen string `json:"listen,omitempty"`
	// TLSCertificate and TLSKey are PEM files; with them the service speaks HTTPS.
	TLSCertificate string `json:"tls_certificate,omitempty"`
	TLSKey         string `json:"tls_key,omitempty"`
	// PlainHTTP listens beyond loopback without TLS: keys and citizen numbers cross that network in the clear.
	PlainHTTP bool `json:"plain_http,omitempty"`
	// Proxy says which proxies stand in front, and what they say of the sites' servers.
	Proxy proxy.Settings `json:"proxy,omitzero"`
	// MetricsListen is host:port, of this machine only, at which /metrics is served for Prometheus; empty means nowhere.
	MetricsListen string `json:"metrics_listen,omitempty"`
	// Database is an SQLite file; empty means rp.db, unless PostgresFile is given.
	Database string `json:"database,omitempty"`
	// PostgresFile is a file with the connection string of a PostgreSQL database, which takes the place of Database. Everybody on the machine
	// must not be able to read it.
	PostgresFile string `json:"postgres_file,omitempty"`
	// PlainPostgres connects beyond this machine without TLS that verifies the server.
	PlainPostgres bool `json:"plain_postgres,omitempty"`
	// Spool is the folder of files while they are judged; empty means the system's own.
	Spool string `json:"spool,omitempty"`
	// MaxFileBytes is the largest file or document of a multipart body; 0 means 64 MiB, and 1 GiB is the most.
	MaxFileBytes int64 `json:"max_file_bytes,omitempty"`
	// Sites are the sites that may ask.
	Sites []Site `json:"sites"`

	folder string // of the file
}

// Site is one site that the service serves.
type Site struct {
	// Name stands in the log: small letters, digits, "-" and "_".
	Name string `json:"name"`
	// Keys are the SHA-256 digests of the site's keys, in hexadecimal: two while one is replaced.
	Keys []string `json:"keys"`
	// Origins are the site's own, as browsers write them. The first counts where a call names none.
	Origins []string `json:"origins"`
	// Title is what people's windows call the site. RequestKeyFile holds the key that signs what its pages ask for, RequestOtherKeyFiles keys
	// that are published beside it: the one before, or the next. Empty means that requests are not signed.
	Title                string   `json:"title,omitempty"`
	RequestKeyFile       string   `json:"request_key_file,omitempty"`
	RequestOtherKeyFiles []string `json:"request_other_key_files,omitempty"`

	// Anchors and Intermediates are PEM files: the roots at which a signer's path must end, and certificates that may help to build it.
	Anchors       string `json:"anchors"`
	Intermediates string `json:"intermediates,omitempty"`
	// Policies are certificate policies: a signer's path must be valid for one of them. Empty means any.
	Policies []string `json:"policies,omitempty"`
	// CRLFallback, OCSPWithoutNonce and CRLWithoutDeltas take older answers on revocation: the authority's list where its responder does not
	// answer (a list may not know yet of a card that was stolen today), answers that do not repeat the nonce, and lists without the deltas that
	// they name.
	CRLFallback      bool `json:"crl_fallback,omitempty"`
	OCSPWithoutNonce bool `json:"ocsp_without_nonce,omitempty"`
	CRLWithoutDeltas bool `json:"crl_without_deltas,omitempty"`
	// WebEID takes tokens of Web eID in logins too; Unqualified certificates that are not qualified, if they name clientAuth among their extended
	// key usages.
	WebEID      bool `json:"web_eid,omitempty"`
	Unqualified bool `json:"unqualified,omitempty"`
	// ValidationPolicy is a file with a policy of validation (docs/validation-report.md); empty means the program's own. Anchors are added to it.
	ValidationPolicy string `json:"validation_policy,omitempty"`

	// TimeStampAuthorities are asked in turn when a signature is extended; empty means that none can be.
	TimeStampAuthorities []timestamp.Settings `json:"time_stamp_authorities,omitempty"`

	// RequestsPerMinute and RequestsAtOnce bound what the site asks; 0 means 1200 and 64.
	RequestsPerMinute int `json:"requests_per_minute,omitempty"`
	RequestsAtOnce    int `json:"requests_at_once,omitempty"`
}

// Limits of settings, and defaults.
const (
	DefaultMaxFile           = 64 << 20
	maxMaxFile               = 1 << 30
	defaultListen            = "127.0.0.1:8181"
	defaultDatabase          = "rp.db"
	defaultRequestsPerMinute = 1200
	maxRequestsPerMinute     = 1_000_000
	defaultRequestsAtOnce    = 64
	maxRequestsAtOnce        = 1024
	maxSettings              = 256 << 10
	maxSites                 = 256
	maxKeys                  = 4
	maxOrigins               = 16
	maxPolicies              = 32
)

// ReadSettings reads and checks a settings file and fills in the defaults. The files that it names are read when the service starts.
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
	if err := s.resolve(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	if s.hasSecret() {
		if err := secretfile.Check(file); err != nil {
			return nil, fmt.Errorf("settings %q: time_stamp_authorities: %w", path, err)
		}
	}
	return s, nil
}

// parseSettings decodes and checks settings; paths stay as they are written.
func parseSettings(data []byte) (*Settings, error) {
	if len(data) > maxSettings {
		return nil, fmt.Errorf("longer than %d bytes", maxSettings)
	}
	var s Settings
	if err := strictjson.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Listen == "" {
		s.Listen = defaultListen
	}
	if s.Database == "" && s.PostgresFile == "" {
		s.Database = defaultDatabase
	}
	if s.MaxFileBytes == 0 {
		s.MaxFileBytes = DefaultMaxFile
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// hasSecret reports whether an authority's header may have a password.
func (s *Settings) hasSecret() bool {
	return slices.ContainsFunc(s.Sites, func(site Site) bool {
		return slices.ContainsFunc(site.TimeStampAuthorities, func(a timestamp.Settings) bool { return len(a.Header) > 0 })
	})
}

func (s *Settings) check() error {
	switch {
	case (s.TLSCertificate == "") != (s.TLSKey == ""):
		return errors.New("tls_certificate and tls_key: one without the other")
	case s.Database != "" && s.PostgresFile != "":
		return errors.New("database and postgres_file: want one of them")
	case s.PlainPostgres && s.PostgresFile == "":
		return errors.New("plain_postgres without postgres_file")
	case s.MaxFileBytes < 1 || s.MaxFileBytes > maxMaxFile:
		return fmt.Errorf("max_file_bytes: %d is not between 1 and %d", s.MaxFileBytes, maxMaxFile)
	case len(s.Sites) < 1 || len(s.Sites) > maxSites:
		return fmt.Errorf("sites: %d, want 1 to %d", len(s.Sites), maxSites)
	}
	if _, err := proxy.New(s.Proxy); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	if err := metrics.CheckListen(s.MetricsListen); err != nil {
		return fmt.Errorf("metrics_listen: %w", err)
	}
	names, keys := map[string]bool{}, map[string]bool{}
	for i := range s.Sites {
		site := &s.Sites[i]
		if err := site.check(); err != nil {
			return fmt.Errorf("site %d %q: %w", i+1, site.Name, err)
		}
		if names[site.Name] {
			return fmt.Errorf("site %d: the name %q is another site's", i+1, site.Name)
		}
		names[site.Name] = true
		for _, key := range site.Keys {
			if keys[key] {
				return fmt.Errorf("site %d %q: a key is there twice", i+1, site.Name)
			}
			keys[key] = true
		}
	}
	return nil
}

var siteName = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

func (s *Site) check() error {
	switch {
	case !siteName.MatchString(s.Name):
		return errors.New("name: want 1 to 40 small letters, digits, - and _")
	case len(s.Keys) < 1 || len(s.Keys) > maxKeys:
		return fmt.Errorf("keys: %d, want 1 to %d", len(s.Keys), maxKeys)
	case len(s.Origins) < 1 || len(s.Origins) > maxOrigins:
		return fmt.Errorf("origins: %d, want 1 to %d", len(s.Origins), maxOrigins)
	case s.Anchors == "":
		return errors.New("anchors are missing")
	case (s.RequestKeyFile == "") != (s.Title == ""):
		return errors.New("request_key_file and title: one without the other")
	case len(s.RequestOtherKeyFiles) > 0 && s.RequestKeyFile == "":
		return errors.New("request_other_key_files without request_key_file")
	case slices.Contains(s.RequestOtherKeyFiles, ""):
		return errors.New("request_other_key_files: a path is empty")
	case len(s.TimeStampAuthorities) > timestamp.MaxAuthorities:
		return fmt.Errorf("time_stamp_authorities: %d, want %d at most", len(s.TimeStampAuthorities), timestamp.MaxAuthorities)
	case s.RequestsPerMinute < 0 || s.RequestsPerMinute > maxRequestsPerMinute:
		return fmt.Errorf("requests_per_minute: %d is not between 1 and %d", s.RequestsPerMinute, maxRequestsPerMinute)
	case s.RequestsAtOnce < 0 || s.RequestsAtOnce > maxRequestsAtOnce:
		return fmt.Errorf("requests_at_once: %d is not between 1 and %d", s.RequestsAtOnce, maxRequestsAtOnce)
	}
	for _, key := range s.Keys {
		if _, err := parseDigest(key); err != nil {
			return err
		}
	}
	for i, origin := range s.Origins {
		if err := login.CheckOrigin(origin); err != nil {
			return fmt.Errorf("origins: %w", err)
		}
		if slices.Contains(s.Origins[:i], origin) {
			return fmt.Errorf("origins: %q is there twice", origin)
		}
	}
	_, err := parsePolicies(s.Policies)
	return err
}

// parseDigest reads the digest of a key. Only small letters are taken, so that one key is written in one way.
func parseDigest(text string) (digest [sha256.Size]byte, err error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(digest) || hex.EncodeToString(data) != text {
		return digest, errors.New("keys: want SHA-256 digests, 64 hexadecimal digits in small letters")
	}
	return [sha256.Size]byte(data), nil
}

func parsePolicies(written []string) (policies []x509.OID, err error) {
	if len(written) > maxPolicies {
		return nil, fmt.Errorf("policies: more than %d", maxPolicies)
	}
	for _, text := range written {
		policy, err := x509.ParseOID(text)
		if err != nil {
			return nil, fmt.Errorf("policies: %q is not an object identifier", text)
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

// resolve makes paths absolute.
func (s *Settings) resolve(dir string) error {
	s.folder = dir
	paths := []*string{&s.TLSCertificate, &s.TLSKey, &s.Database, &s.PostgresFile, &s.Spool}
	for i := range s.Sites {
		site := &s.Sites[i]
		paths = append(paths, &site.RequestKeyFile, &site.Anchors, &site.Intermediates, &site.ValidationPolicy)
		for j := range site.RequestOtherKeyFiles {
			paths = append(paths, &site.RequestOtherKeyFiles[j])
		}
		for _, authority := range site.TimeStampAuthorities {
			if authority.KamuSM != nil {
				paths = append(paths, &authority.KamuSM.PasswordFile)
			}
		}
	}
	return secretfile.Resolve(dir, paths...)
}
