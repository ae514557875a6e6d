// Package revocation asks whether a certificate has been revoked: end-entity certificates by OCSP (RFC 6960),
// CA certificates by CRL (RFC 5280, 5). The Turkish providers run no OCSP for their sub-CAs. Which of the two is asked about
// a certificate is the caller's choice.
//
// # Before asking
//
// The address comes from the certificate, never from configuration, and the issuer vouches for the
// answer. So build the path first (internal/pki.Path): only then does a trusted CA stand behind both, and
// nobody can make this machine call an address of their choice. Only http and https are spoken, redirects
// are refused.
//
// # What an answer must be
//
// An OCSP answer names exactly the certificate asked for, carries the nonce of the request (but see
// Checker.WithoutNonce), is signed by the issuer or by a responder that the issuer certified for it (id-kp-OCSPSigning),
// and is fresh. CRLs
// are signed, fresh, and on the certificate for all reasons, one of them or several together. They are the issuer's own, or of
// the issuer of lists that the certificate names. Where certificate or list names a delta by http, it is asked for as well. What
// does not meet this is refused; there is no soft fail.
//
// # Errors
//
//   - fault.RevocationUnavailable: nobody answered, or not in time. Asking later may help.
//   - fault.RevocationInvalid: an answer came that cannot be believed.
//   - fault.CertificateRevoked: a genuine answer says that the certificate is revoked.
package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/outbound"
)

// Defaults of a Checker's fields.
const (
	DefaultTimeout = outbound.DefaultTimeout
	DefaultSkew    = 5 * time.Minute
	DefaultMaxAge  = 24 * time.Hour
)

// Limits of what is read.
const (
	// MaxOCSP is the largest OCSP response.
	MaxOCSP = 64 << 10
	// MaxCRL is the largest CRL.
	MaxCRL = 8 << 20
	// maxURLs is how many addresses of one certificate are tried, or of one delta.
	maxURLs = 4
)

// Checker asks responders. The zero value is ready to use; fields must not be changed while it is in use.
// Its methods are safe for concurrent use.
type Checker struct {
	// Client makes the requests; nil means one of the package's own with http.DefaultTransport. Its
	// CheckRedirect and Jar are not used.
	Client *http.Client
	// Responders bounds what each host may take of the process; nil bounds nothing.
	Responders *Responders
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout is for one request with its answer; 0 means DefaultTimeout.
	Timeout time.Duration
	// Skew is how far another clock may be from ours; 0 means DefaultSkew.
	Skew time.Duration
	// MaxAge is how old an OCSP answer without nextUpdate may be; 0 means DefaultMaxAge. A CRL without
	// nextUpdate is refused (RFC 5280, 5.1.2.5).
	MaxAge time.Duration
	// Nonce is what OCSP answers must repeat: 32 bytes; nil means random ones. The digest of a signature shows later that
	// the answer was given when the signature was there.
	Nonce []byte
	// WithoutNonce also takes OCSP answers without a nonce, if they say until when they are fresh (RFC 5019).
	WithoutNonce bool
	// Lists keeps CRLs between calls; nil keeps none.
	Lists *Lists
	// WithoutDeltas takes complete CRLs without asking for their deltas (use-deltas of RFC 5280, 6.3.1, turned round).
	WithoutDeltas bool
}

// Answer is a genuine answer that the certificate is not revoked, with what is needed to show so later.
type Answer struct {
	// DER is the OCSPResponse or the CertificateList.
	DER []byte
	// URL is where it came from.
	URL string
	// ProducedAt is when an OCSP answer was signed; for a CRL it is ThisUpdate.
	ProducedAt time.Time
	// ThisUpdate is the time for which the status is known to be right.
	ThisUpdate time.Time
	// NextUpdate is when newer information comes; zero where the responder does not say.
	NextUpdate time.Time
	// Responder is the certificate whose key signed the answer.
	Responder *x509.Certificate
	// Further are the lists that count beside this one: its delta, and lists on other reasons, each before its delta.
	Further []*Answer
}

// Lists are the answer and its further ones.
func (a *Answer) Lists() []*Answer { return append([]*Answer{a}, a.Further...) }

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Checker) skew() time.Duration   { return orDefault(c.Skew, DefaultSkew) }
func (c *Checker) maxAge() time.Duration { return orDefault(c.MaxAge, DefaultMaxAge) }

func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// OCSP asks the responders that leaf names (authority information access) in their order, until one gives
// an answer that can be believed. issuer is the certificate that issued leaf.
func (c *Checker) OCSP(ctx context.Context, leaf, issuer *x509.Certificate) (*Answer, error) {
	return firstAnswer(leaf.OCSPServer, func(url string) (*Answer, error) {
		return c.askOCSP(ctx, url, leaf, issuer)
	})
}

// firstAnswer asks one address after the other. A revoked certificate ends it: that is an answer.
func firstAnswer(urls []string, ask func(url string) (*Answer, error)) (*Answer, error) {
	var failure error
	for _, url := range addresses(urls, maxURLs) {
		answer, err := ask(url)
		if err == nil {
			return answer, nil
		}
		if fault.CodeOf(err) == fault.CertificateRevoked {
			return nil, err
		}
		failure = moreTelling(failure, err)
	}
	if failure != nil {
		return nil, failure
	}
	return nil, unavailable(errNoAddress)
}

// addresses returns the http addresses among urls, as far as they are tried.
func addresses(urls []string, limit int) (out []string) {
	for _, url := range urls {
		if len(out) < limit && outbound.IsHTTP(url) {
			out = append(out, url)
		}
	}
	return out
}

// moreTelling returns the first of several failures, unless a later one tells more than that nobody answered.
func moreTelling(first, later error) error {
	if first == nil || fault.CodeOf(first) == fault.RevocationUnavailable {
		return later
	}
	return first
}

var errNoAddress = errors.New("the certificate names no http address to ask")

func unavailable(cause error) error {
	return fault.New(fault.RevocationUnavailable, cause)
}

func invalid(format string, args ...any) error {
	return fault.Errorf(fault.RevocationInvalid, format, args...)
}

func revoked(format string, args ...any) error {
	return fault.Errorf(fault.CertificateRevoked, format, args...)
}
