package portal

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// clockTolerance is how far the signer's clock may be off, before the code was issued and after
	// the signature arrived.
	clockTolerance = 300 * time.Second
	// verifyTimeout is for all of a verification, the network included.
	verifyTimeout = 45 * time.Second
	recordTimeout = 10 * time.Second

	// maxSignatureBody holds the largest signature in base64 with its JSON around it.
	maxSignatureBody = (protocol.MaxSignature+2)/3*4 + 1024
)

// signatureBody is what the page's program sends.
type signatureBody struct {
	Act       string `json:"act"`
	Signature []byte `json:"signature"` // CMS SignedData, DER; base64 in JSON
}

// signature is the end of the way: it judges a signature over the session's document and records the
// act. What costs nothing is judged first, the signature (which asks the network) next; the
// transaction that records judges again whatever may have changed meanwhile.
func (p *Portal) signature(v *visit) error {
	received := p.now()
	body, err := readSignature(v.r)
	if err != nil {
		return err
	}
	// Before the challenge: an act recorded in between is then seen as a used code, which it is.
	possible, _, err := p.possible(v)
	if err != nil {
		return err
	}
	c, err := p.challenge(v, body.Act, consentKinds...)
	if err != nil {
		return err
	}
	if err := p.open(c, possible, received); err != nil {
		return err
	}
	evidence, err := p.verify(v.r.Context(), body.Signature, c.Document, c.IssuedAt, received)
	if err != nil {
		return err
	}
	if err := evidence.Of(v.session.CitizenNumber); err != nil {
		return err
	}
	if err := p.unchanged(c); err != nil {
		return err
	}
	if err := p.record(v, c, received, body.Signature, evidence); err != nil {
		return err
	}
	p.log.Info("act recorded", "reference", c.Reference, "kind", c.Kind, "text", c.TextVersion[:shortVersion])
	answerJSON(v, location{resultPath})
	return nil
}

func readSignature(r *http.Request) (*signatureBody, error) {
	data, err := readJSON(r)
	if err != nil {
		return nil, err
	}
	return parseSignature(data)
}

func parseSignature(data []byte) (*signatureBody, error) {
	var body signatureBody
	if err := parseJSON(data, &body); err != nil {
		return nil, err
	}
	if len(body.Signature) == 0 || len(body.Signature) > protocol.MaxSignature {
		return nil, protocol.Errorf(protocol.CodeSignatureMalformed, "%d bytes", len(body.Signature))
	}
	return &body, nil
}

// open judges, without the signature, whether the act can still be done.
func (p *Portal) open(c store.Challenge, possible store.Kind, received time.Time) error {
	if c.Used {
		return recordedError{protocol.Errorf(protocol.CodeCodeUsed, "%s is recorded", c.Reference), resultPath}
	}
	if !received.Before(c.ExpiresAt) {
		return protocol.Errorf(protocol.CodeCodeExpired, "%s ended at %v", c.Reference, c.ExpiresAt)
	}
	if possible != c.Kind {
		return protocol.Errorf(protocol.CodeActNotPossible, "%s would %s", c.Reference, c.Kind)
	}
	return p.unchanged(c)
}

// unchanged judges whether the text of the act is still the current one.
func (p *Portal) unchanged(c store.Challenge) error {
	t, err := p.text(c.Kind)
	if err != nil {
		return err
	}
	if t.Version != c.TextVersion {
		return protocol.Errorf(protocol.CodeConsentChanged, "from %s to %s", c.TextVersion, t.Version)
	}
	return nil
}

// verify judges a signature over a document, and its time by that of the act it belongs to.
func (p *Portal) verify(ctx context.Context, signature, document []byte, issued, received time.Time) (*relyingparty.Evidence, error) {
	evidence, err := p.inTurn(ctx, func(ctx context.Context) (*relyingparty.Evidence, error) {
		return p.verifier.Verify(ctx, signature, document)
	})
	if err != nil {
		return nil, err
	}
	earliest, latest := issued.Add(-clockTolerance), received.Add(clockTolerance)
	if evidence.SigningTime.Before(earliest) || evidence.SigningTime.After(latest) {
		return nil, protocol.Errorf(protocol.CodeSignatureTime, "signed at %v, not between %v and %v",
			evidence.SigningTime.UTC(), earliest.UTC(), latest.UTC())
	}
	return evidence, nil
}

// inTurn runs a verification when the process has room for another one.
func (p *Portal) inTurn(ctx context.Context, verify func(context.Context) (*relyingparty.Evidence, error)) (*relyingparty.Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	select {
	case p.verifying <- struct{}{}:
		defer func() { <-p.verifying }()
	case <-ctx.Done():
		return nil, protocol.Errorf(protocol.CodeUnavailable, "verify: %w", ctx.Err())
	}
	evidence, err := verify(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return evidence, nil
}

// record writes act and evidence in one transaction, also when the browser has gone meanwhile: the
// person signed, and finds the result later.
func (p *Portal) record(v *visit, c store.Challenge, received time.Time, signature []byte, e *relyingparty.Evidence) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.r.Context()), recordTimeout)
	defer cancel()
	err := p.store.Complete(ctx, store.Completion{
		Reference: c.Reference, Session: v.session.ID, SessionIdle: sessionIdle, ReceivedAt: received,
		Evidence: store.Evidence{
			Signature: signature, Path: certificates(e.Path), OCSP: answers(e.OCSP), CRLs: answers(e.CRLs...),
			SigningTime: e.SigningTime, VerifiedAt: e.VerifiedAt, RecordedAt: p.now(),
		},
	})
	if err != nil && codeOf(err) == protocol.CodeCodeUsed {
		return recordedError{err, resultPath} // the same signature, sent twice at once
	}
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

func certificates(path []*x509.Certificate) (ders [][]byte) {
	for _, c := range path {
		ders = append(ders, c.Raw)
	}
	return ders
}

func answers(list ...*revocation.Answer) (ders [][]byte) {
	for _, a := range list {
		ders = append(ders, a.DER)
	}
	return ders
}
