package relyingparty

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

// Kept is what a site has kept of evidence, beside what was signed.
type Kept struct {
	// Path and CRLSigners are those of Evidence, in DER.
	Path, CRLSigners [][]byte
	// OCSP is on the signer's certificate; CRLs are Evidence.CRL and Evidence.CRLs.
	OCSP, CRLs []KeptAnswer
	// ReceivedAt is when the signature or token arrived; VerifiedAt is Evidence.VerifiedAt.
	ReceivedAt, VerifiedAt time.Time
}

// KeptAnswer is an Answer's DER and URL. Without a URL it is the only one of its kind.
type KeptAnswer struct {
	DER []byte
	URL string
}

// Reverify verifies a signature once more from what was kept, as of the times at which it arrived and was verified. It
// asks nobody: the answers are those that were kept, judged by the same rules. v says what the site accepts; a list in
// place of an OCSP answer, or an answer without a nonce, only where v does. Errors are as Verify's; a path other than the one that
// was kept is CodeCertificateUntrusted.
func (v *Verifier) Reverify(ctx context.Context, signature, document []byte, kept Kept) (*Evidence, error) {
	return v.replay(ctx, kept, func(then *Verifier) (*Evidence, error) {
		return then.CheckAt(signature, document, kept.ReceivedAt)
	})
}

// Reverify is Verifier.Reverify for a login's token and the nonce that it answers. Challenges are not looked at.
func (l *Login) Reverify(ctx context.Context, nonce string, token []byte, kept Kept) (*Evidence, error) {
	return l.Verifier.replay(ctx, kept, func(then *Verifier) (*Evidence, error) {
		login := Login{Origin: l.Origin, Verifier: then, Unqualified: l.Unqualified, WebEID: l.WebEID}
		return login.checkAnswer(nonce, token, kept.ReceivedAt)
	})
}

// replay has check make evidence with v as it was when it verified, and proves it with what was kept.
func (v *Verifier) replay(ctx context.Context, kept Kept, check func(then *Verifier) (*Evidence, error)) (*Evidence, error) {
	path, err := parseKept(kept.Path)
	if err != nil {
		return nil, err
	}
	signers, err := parseKept(kept.CRLSigners)
	if err != nil {
		return nil, err
	}
	if len(path) < 2 {
		return nil, fault.Errorf(fault.CertificateUntrusted, "a path of %d certificates was kept", len(path))
	}
	then := v.then(path, signers, kept)
	evidence, err := check(then)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(evidence.Path, path, (*x509.Certificate).Equal) {
		return nil, fault.Errorf(fault.CertificateUntrusted, "the path is another one than was kept")
	}
	if err := then.Prove(ctx, evidence); err != nil {
		return nil, err
	}
	return evidence, nil
}

func parseKept(ders [][]byte) (list []*x509.Certificate, err error) {
	for _, der := range ders {
		c, err := pki.ParseX509(der)
		if err != nil {
			return nil, fault.New(fault.CertificateMalformed, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// then is v as it was when it verified: with that time, that path and those answers.
func (v *Verifier) then(path, signers []*x509.Certificate, kept Kept) *Verifier {
	last := path[len(path)-1]
	anchors := slices.DeleteFunc(slices.Clone(v.Anchors), func(c *x509.Certificate) bool { return !c.Equal(last) })
	if len(anchors) == 0 {
		anchors = v.Anchors // which refuse the path
	}
	return &Verifier{
		Anchors: anchors, Intermediates: slices.Concat(path[1:len(path)-1], signers, v.Intermediates), Policies: v.Policies,
		CRLFallback: v.CRLFallback, OCSPWithoutNonce: v.OCSPWithoutNonce, CRLWithoutDeltas: v.CRLWithoutDeltas, Ahead: v.Ahead, MaxAge: v.MaxAge,
		Client: &http.Client{Transport: replayer(kept)}, Now: func() time.Time { return kept.VerifiedAt }, replays: true,
	}
}

// replayer answers requests with what was kept.
type replayer Kept

var errNotKept = errors.New("relyingparty: no such answer was kept")

// RoundTrip is that of http.RoundTripper.
func (r replayer) RoundTrip(request *http.Request) (*http.Response, error) {
	answers, mediaType := r.CRLs, "application/pkix-crl"
	if request.Method == http.MethodPost {
		answers, mediaType = r.OCSP, "application/ocsp-response"
	}
	der, err := find(answers, request.URL)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {mediaType}}, ContentLength: int64(len(der)), Body: io.NopCloser(bytes.NewReader(der)), Request: request,
	}, nil
}

func find(answers []KeptAnswer, address *url.URL) ([]byte, error) {
	for _, a := range answers {
		kept, err := url.Parse(a.URL)
		if err == nil && kept.String() == address.String() || a.URL == "" && len(answers) == 1 {
			return a.DER, nil
		}
	}
	return nil, fmt.Errorf("%w: %.100q, among %d", errNotKept, address, len(answers))
}
