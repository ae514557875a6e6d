package service

import (
	"cmp"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// maxPEM is the largest file of certificates, maxRequestKey that of a key, in bytes.
const (
	maxPEM        = 32 << 20
	maxRequestKey = 4 << 10
)

// site is what a site's calls work with.
type site struct {
	name    string
	keys    [][sha256.Size]byte
	origins map[string]*originSite
	first   *originSite

	verifier *relyingparty.Verifier
	policy   *validation.Policy
	stamp    extend.Stamper

	rate   *rate.Limiter
	atOnce chan struct{}       // holds one value for each call under way
	bodies *semaphore.Weighted // bytes of JSON in memory
}

// originSite is what is of one origin of a site.
type originSite struct {
	login    *relyingparty.Login
	requests *relyingparty.RequestSigner // nil where requests are not signed
}

// openSite reads the files that a site's settings name; folder is that of the settings. secret is that of the challenges of all sites.
func openSite(s *Site, folder string, secret []byte, used relyingparty.UsedChallenges) (*site, error) {
	out := &site{name: s.Name, origins: map[string]*originSite{}}
	for _, text := range s.Keys {
		digest, err := parseDigest(text)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, digest)
	}
	var err error
	if out.verifier, err = openVerifier(s); err != nil {
		return nil, err
	}
	if out.policy, err = openPolicy(s.ValidationPolicy, out.verifier.Anchors); err != nil {
		return nil, err
	}
	if out.stamp, err = openStamper(s.TimeStampAuthorities, folder); err != nil {
		return nil, err
	}
	for i, origin := range s.Origins {
		// A challenge is good at one origin of one site: a token names its origin, and the key keeps sites apart.
		key, err := hkdf.Key(sha256.New, secret, nil, "tr.eonay.service challenge\n"+s.Name+"\n"+origin, relyingparty.MinChallengeKey)
		if err != nil {
			return nil, err
		}
		o := &originSite{login: &relyingparty.Login{
			Origin: origin, Verifier: out.verifier, Key: key, Used: used, Unqualified: s.Unqualified, WebEID: s.WebEID,
		}}
		if err := o.login.Check(); err != nil {
			return nil, err
		}
		if o.requests, err = openRequests(s, origin); err != nil {
			return nil, err
		}
		out.origins[origin] = o
		if i == 0 {
			out.first = o
		}
	}
	perMinute := cmp.Or(s.RequestsPerMinute, defaultRequestsPerMinute)
	// A tenth of a minute's calls may come at once.
	out.rate = rate.NewLimiter(rate.Limit(float64(perMinute)/time.Minute.Seconds()), max(perMinute/10, 10))
	out.bodies = semaphore.NewWeighted(maxJSONOfSite)
	out.atOnce = make(chan struct{}, cmp.Or(s.RequestsAtOnce, defaultRequestsAtOnce))
	return out, nil
}

func openVerifier(s *Site) (v *relyingparty.Verifier, err error) {
	v = &relyingparty.Verifier{CRLFallback: s.CRLFallback, OCSPWithoutNonce: s.OCSPWithoutNonce, CRLWithoutDeltas: s.CRLWithoutDeltas}
	if v.Policies, err = parsePolicies(s.Policies); err != nil {
		return nil, err
	}
	if v.Anchors, err = readCertificates(s.Anchors); err != nil {
		return nil, fmt.Errorf("anchors: %w", err)
	}
	if s.Intermediates != "" {
		if v.Intermediates, err = readCertificates(s.Intermediates); err != nil {
			return nil, fmt.Errorf("intermediates: %w", err)
		}
	}
	return v, nil
}

// openPolicy reads a policy, "" for the program's own, and adds anchors to it.
func openPolicy(path string, anchors []*x509.Certificate) (*validation.Policy, error) {
	policy := validation.DefaultPolicy()
	if path != "" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("validation_policy: %w", err)
		}
		defer file.Close()
		if policy, err = validation.ReadPolicy(file); err != nil {
			return nil, fmt.Errorf("validation_policy: %q: %w", path, err)
		}
	}
	for _, c := range anchors {
		policy.Anchors = append(policy.Anchors, validation.Anchor{Certificate: c})
	}
	return policy, nil
}

// stampTimeout is for one authority's answer: others may have to be asked within the call.
const stampTimeout = 10 * time.Second

// openStamper returns what asks a site's time-stamp authorities; without any every time stamp is unavailable.
func openStamper(authorities []timestamp.Settings, folder string) (extend.Stamper, error) {
	client := &timestamp.Client{Hosts: new(outbound.Hosts), Timeout: stampTimeout}
	for _, settings := range authorities {
		a, err := settings.Authority(folder)
		if err != nil {
			return nil, fmt.Errorf("time_stamp_authorities: %w", err)
		}
		client.Authorities = append(client.Authorities, a)
	}
	return extend.StamperOf(client), nil
}

// openRequests returns what signs the requests of one origin; nil where the settings name no key.
func openRequests(s *Site, origin string) (*relyingparty.RequestSigner, error) {
	if s.RequestKeyFile == "" {
		return nil, nil
	}
	signer := &relyingparty.RequestSigner{Origin: origin, Name: s.Title}
	for i, path := range append([]string{s.RequestKeyFile}, s.RequestOtherKeyFiles...) {
		text, err := secretfile.Read(path, maxRequestKey)
		if err != nil {
			return nil, fmt.Errorf("request key: %w", err)
		}
		key, err := relyingparty.ParseRequestKey(text)
		clear(text)
		if err != nil {
			return nil, fmt.Errorf("request key %q: %w", path, err)
		}
		if i == 0 {
			signer.Key = key
		} else {
			signer.Others = append(signer.Others, &key.PublicKey)
		}
	}
	return signer, signer.Check()
}

// readCertificates reads all certificates of a PEM file, one at least.
func readCertificates(path string) (all []*x509.Certificate, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxPEM {
		return nil, fmt.Errorf("%q has more than %d bytes", path, maxPEM)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%q holds a %s, want certificates alone", path, block.Type)
		}
		c, err := pki.ParseX509(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%q holds no certificate", path)
	}
	return all, nil
}
