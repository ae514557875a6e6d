package relyingparty

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/revocation"
)

// Defaults of a Verifier's fields.
const (
	// DefaultAhead is the tolerance that the Turkish guide gives to clocks that are fast.
	DefaultAhead = 300 * time.Second
	// DefaultMaxAge leaves time to sign and to send.
	DefaultMaxAge = 15 * time.Minute
)

// Verifier verifies signatures for one site. Anchors are required; the zero values of the others are safe. Fields must
// not be changed while it is in use; its methods are safe for concurrent use.
type Verifier struct {
	// Anchors are the CA certificates that the site trusts.
	Anchors []*x509.Certificate
	// Intermediates help to build paths, beside those in the signature; they are not trusted.
	Intermediates []*x509.Certificate
	// Policies are the certificate policies that the site accepts, of which the signer's certificate must
	// have one. Empty means any.
	Policies []x509.OID
	// CRLFallback also takes the issuer's list on the signer's certificate, where it names no OCSP responder or none
	// answers. A list may be days old, and whoever sits between can keep OCSP from answering: until the next list is
	// out, a card that was reported stolen is still taken then. Answers that cannot be believed are never made up for.
	CRLFallback bool
	// Client asks OCSP responders and fetches CRLs; nil means one with http.DefaultTransport. Its CheckRedirect and Jar
	// are not used. The addresses are the certificates' own: a site whose network is closed needs a proxy here.
	Client *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Ahead is how far the signing time may be ahead of Now; 0 means DefaultAhead.
	Ahead time.Duration
	// MaxAge is how far the signing time may lie back; 0 means DefaultMaxAge.
	MaxAge time.Duration
}

var errIncomplete = errors.New("relyingparty: Verifier without Anchors")

func (v *Verifier) incomplete() bool { return len(v.Anchors) == 0 }

// Verify checks that signature is a person's qualified signature over document, made just now, and returns
// the evidence. It asks the network last, after everything that can be refused without it.
//
// Errors are *Error with one of the codes of a signature (CodeSignatureMalformed …), of a certificate
// (CodeCertificateExpired …, CodeKeyUnsupported) or of revocation. Any error means: not accepted, record nothing. When
// ctx ends, the code is CodeRevocationUnavailable.
func (v *Verifier) Verify(ctx context.Context, signature, document []byte) (*Evidence, error) {
	if v.incomplete() {
		return nil, errIncomplete
	}
	now := v.now()
	s, err := cades.Parse(signature)
	if err != nil {
		return nil, err
	}
	err = v.checkTime(s.SigningTime, now)
	if err != nil {
		return nil, err
	}
	err = s.Verify(document)
	if err != nil {
		return nil, err
	}
	evidence := &Evidence{
		Signature:          slices.Clone(signature),
		Digest:             s.MessageDigest,
		DigestAlgorithm:    s.Hash,
		SignatureAlgorithm: s.SignatureAlgorithm,
		SigningTime:        s.SigningTime,
	}
	signer, err := v.checkSigner(s.Certificate.Raw, (*pki.Certificate).Usable, s.SigningTime)
	if err != nil {
		return nil, err
	}
	err = v.certify(ctx, evidence, signer, s.Certificates, s.SigningTime)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// VerifyCertificate checks that certificate (DER) is a person's qualified certificate that can be used now, as
// Verify does for a signer's, without a signature. That its key is at hand is not shown. The evidence has none of
// the fields about a signature. Errors are as Verify's.
func (v *Verifier) VerifyCertificate(ctx context.Context, certificate []byte) (*Evidence, error) {
	if v.incomplete() {
		return nil, errIncomplete
	}
	evidence, now := new(Evidence), v.now()
	signer, err := v.checkSigner(certificate, (*pki.Certificate).Usable, now)
	if err != nil {
		return nil, err
	}
	err = v.certify(ctx, evidence, signer, nil, now)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// certify proves at a time what checkSigner has read, and fills in what the evidence has of it. more may help to build
// its path, which must allow one of usages where it names any.
func (v *Verifier) certify(ctx context.Context, e *Evidence, signer *pki.Certificate, more []*x509.Certificate, at time.Time, usages ...x509.ExtKeyUsage) error {
	var err error
	e.Path, err = pki.Path(signer.Certificate, slices.Concat(more, v.Intermediates), v.Anchors, at, usages...)
	if err != nil {
		return err
	}
	e.Signer, e.Holder, e.CitizenNumber = signer.Certificate, signer.Holder(), signer.CitizenNumber()
	err = v.checkRevocation(ctx, e)
	if err != nil {
		return err
	}
	e.VerifiedAt = v.now()
	return nil
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

// checkTime compares the signing time with the clock.
func (v *Verifier) checkTime(signed, now time.Time) error {
	ahead, maxAge := v.Ahead, v.MaxAge
	if ahead == 0 {
		ahead = DefaultAhead
	}
	if maxAge == 0 {
		maxAge = DefaultMaxAge
	}
	if signed.After(now.Add(ahead)) || signed.Before(now.Add(-maxAge)) {
		return protocol.Errorf(protocol.CodeSignatureTime, "signed at %v, received at %v", signed, now.UTC())
	}
	return nil
}

// checkSigner reads a certificate as one that is usable at the given time, and of an accepted policy.
func (v *Verifier) checkSigner(certificate []byte, usable func(*pki.Certificate, time.Time) error, at time.Time) (*pki.Certificate, error) {
	signer, err := pki.Parse(certificate)
	if err != nil {
		return nil, err
	}
	err = usable(signer, at)
	if err != nil {
		return nil, err
	}
	accepted := len(v.Policies) == 0 || slices.ContainsFunc(v.Policies, func(p x509.OID) bool {
		return slices.ContainsFunc(signer.Policies, p.Equal)
	})
	if !accepted {
		return nil, protocol.Errorf(protocol.CodeCertificateNotQualified, "policies %v are not among those accepted", signer.Policies)
	}
	return signer, nil
}

// checkRevocation asks about every certificate of the path but the anchor: the signer's by OCSP (see CRLFallback), CAs by
// CRL.
func (v *Verifier) checkRevocation(ctx context.Context, e *Evidence) error {
	checker := revocation.Checker{Client: v.Client, Now: v.Now}
	var err error
	e.OCSP, err = checker.OCSP(ctx, e.Path[0], e.Path[1])
	if v.CRLFallback && protocol.CodeOf(err) == protocol.CodeRevocationUnavailable {
		e.CRL, err = checker.CRL(ctx, e.Path[0], e.Path[1])
	}
	if err != nil {
		return err
	}
	for i := 1; i < len(e.Path)-1; i++ {
		answer, err := checker.CRL(ctx, e.Path[i], e.Path[i+1])
		if err != nil {
			return err
		}
		e.CRLs = append(e.CRLs, answer)
	}
	return nil
}
