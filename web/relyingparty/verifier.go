package relyingparty

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/signature"
)

// Defaults of a Verifier's fields.
const (
	// DefaultAhead is the tolerance that the Turkish guide gives to clocks that are fast.
	DefaultAhead = 300 * time.Second
	// DefaultMaxAge leaves time to sign and to send.
	DefaultMaxAge = 15 * time.Minute
)

// Verifier verifies signatures for one site, and keeps CRLs until their nextUpdate, a day at most. Anchors are required;
// the zero values of the others are safe. Fields must not be changed while it is in use, and it must not be copied; its
// methods are safe for concurrent use.
type Verifier struct {
	// Anchors are the CA certificates that the site trusts.
	Anchors []*x509.Certificate
	// Intermediates help to build paths, beside those in the signature; they are not trusted.
	Intermediates []*x509.Certificate
	// Policies are the certificate policies that the site accepts: the path from the anchor must be good for one of them by
	// RFC 5280, 6.1, so each CA between anchor and signer must name it too, or anyPolicy. A hierarchy whose CAs name no
	// policy is good for none: make the CA that issues to persons the anchor then. Empty means any.
	Policies []x509.OID
	// CRLFallback also takes the issuer's list on the signer's certificate, where it names no OCSP responder or none
	// answers. A list may be days old, and whoever sits between can keep OCSP from answering: until the next list is
	// out, a card that was reported stolen is still taken then. Answers that cannot be believed are never made up for.
	CRLFallback bool
	// OCSPWithoutNonce also takes answers that do not repeat the nonce of the request, as responders give that sign
	// their answers in advance (RFC 5019). Such an answer may be as old as its nextUpdate allows: until then a card that
	// was reported stolen is still taken. An answer with another nonce is refused all the same.
	OCSPWithoutNonce bool
	// CRLWithoutDeltas takes complete CRLs without their deltas. Otherwise a delta that certificate or list names by http must
	// be had too: a card that was reported stolen since the complete list was issued is taken without it. Only for CAs that
	// name deltas which are not there.
	CRLWithoutDeltas bool
	// RevocationTimeout is for all that is asked about one signature, certificate or login; 0 means
	// DefaultRevocationTimeout.
	RevocationTimeout time.Duration
	// Client asks OCSP responders and fetches CRLs; nil means one with http.DefaultTransport. Its CheckRedirect and Jar
	// are not used. The addresses are the certificates' own: a site whose network is closed needs a proxy here.
	Client *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Ahead is how far the signing time may be ahead of Now; 0 means DefaultAhead.
	Ahead time.Duration
	// MaxAge is how far the signing time may lie back; 0 means DefaultMaxAge.
	MaxAge time.Duration

	lists revocation.Lists // kept between signatures
	// replays is true where Client gives kept answers, and nobody is asked.
	replays bool
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
	evidence, err := v.Check(signature, document)
	if err != nil {
		return nil, err
	}
	err = v.Prove(ctx, evidence)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// Check is the part of Verify that needs no network: form, signed attributes, the document's bytes, signing time, certificate
// and path. The evidence has no answers on revocation and no VerifiedAt yet: a site that has reasons of its own to refuse
// (Evidence.Of) does so now, and then calls Prove. Until that has returned nil nothing is shown.
func (v *Verifier) Check(signature, document []byte) (*Evidence, error) {
	return v.CheckAt(signature, document, v.now())
}

// CheckAt is Check as of the time at which the signature arrived: for a site that keeps what has arrived first, and judges it
// later. Prove asks how the certificates stand now, all the same.
func (v *Verifier) CheckAt(signed, document []byte, received time.Time) (*Evidence, error) {
	if v.incomplete() {
		return nil, errIncomplete
	}
	parsed, err := signature.CAdES.Parse(bytes.NewReader(signed), int64(len(signed)))
	if err != nil {
		return nil, err
	}
	claims := parsed[0].Claims()
	err = v.checkTime(claims.SigningTime, received)
	if err != nil {
		return nil, err
	}
	content := ades.NewDocument("", "", document)
	err = parsed[0].Verify([]ades.Document{content})
	if err != nil {
		return nil, err
	}
	digest, err := content.Digest(claims.Hash)
	if err != nil {
		return nil, err
	}
	evidence := &Evidence{
		Signature:          slices.Clone(signed),
		Digest:             digest,
		DigestAlgorithm:    claims.Hash,
		SignatureAlgorithm: claims.Algorithm,
		SigningTime:        claims.SigningTime,
		nonce:              nonceOf(signed),
	}
	signer, err := v.checkSigner(claims.Certificate.Raw, (*pki.Certificate).Usable, claims.SigningTime)
	if err != nil {
		return nil, err
	}
	err = v.findPath(evidence, signer, claims.Certificates, claims.SigningTime)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// nonceOf is the nonce with which OCSP is asked about who has signed: so the answer shows that it was given when the signature,
// or the login's token, was there.
func nonceOf(signed []byte) []byte {
	digest := sha256.Sum256(signed)
	return digest[:]
}

// VerifyCertificate checks that certificate (DER) is a person's qualified certificate that can be used now, as
// Verify does for a signer's, without a signature. That its key is at hand is not shown. The evidence has none of
// the fields about a signature. Errors are as Verify's.
func (v *Verifier) VerifyCertificate(ctx context.Context, certificate []byte) (*Evidence, error) {
	evidence, err := v.CheckCertificate(certificate)
	if err != nil {
		return nil, err
	}
	err = v.Prove(ctx, evidence)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// CheckCertificate is the part of VerifyCertificate that needs no network; Prove is the other.
func (v *Verifier) CheckCertificate(certificate []byte) (*Evidence, error) {
	if v.incomplete() {
		return nil, errIncomplete
	}
	evidence, now := new(Evidence), v.now()
	signer, err := v.checkSigner(certificate, (*pki.Certificate).Usable, now)
	if err != nil {
		return nil, err
	}
	err = v.findPath(evidence, signer, nil, now)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// Prove asks about every certificate of the evidence's path but the anchor whether it is revoked, and completes the
// evidence of Check or CheckCertificate. It asks the network. Errors are of revocation, and when ctx ends
// CodeRevocationUnavailable: the same evidence may then be proven later.
func (v *Verifier) Prove(ctx context.Context, e *Evidence) error {
	err := v.checkRevocation(ctx, e)
	if err != nil {
		return err
	}
	e.VerifiedAt = v.now()
	return nil
}

// findPath builds the path of what checkSigner has read, as it was at a time, and fills in what the evidence has of it.
// more may help to build it; it must allow one of usages where it names any.
func (v *Verifier) findPath(e *Evidence, signer *pki.Certificate, more []*x509.Certificate, at time.Time, usages ...x509.ExtKeyUsage) error {
	validation := pki.Validation{At: at, Policies: v.Policies, ExplicitPolicy: len(v.Policies) > 0, Usages: usages}
	var err error
	e.Path, err = validation.Path(signer.Certificate, slices.Concat(more, v.Intermediates), v.Anchors)
	if err != nil {
		return err
	}
	e.more = more
	e.Signer, e.Holder, e.CitizenNumber = signer.Certificate, signer.Holder(), signer.CitizenNumber()
	return nil
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

// checkTime compares the signing time with the time of arrival.
func (v *Verifier) checkTime(signed, received time.Time) error {
	ahead, maxAge := v.Ahead, v.MaxAge
	if ahead == 0 {
		ahead = DefaultAhead
	}
	if maxAge == 0 {
		maxAge = DefaultMaxAge
	}
	if signed.After(received.Add(ahead)) || signed.Before(received.Add(-maxAge)) {
		return fault.Errorf(fault.SignatureTime, "signed at %v, received at %v", signed, received.UTC())
	}
	return nil
}

// checkSigner reads a certificate as one that is usable at the given time.
func (v *Verifier) checkSigner(certificate []byte, usable func(*pki.Certificate, time.Time) error, at time.Time) (*pki.Certificate, error) {
	signer, err := pki.Parse(certificate)
	if err != nil {
		return nil, err
	}
	err = usable(signer, at)
	if err != nil {
		return nil, err
	}
	return signer, nil
}

// responders are those that this process asks, for all of its Verifiers.
var responders revocation.Responders

func (v *Verifier) responders() *revocation.Responders {
	if v.replays {
		return nil
	}
	return &responders
}
