package portal

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// clockTolerance is how far the signer's clock may be off, before the code was issued and after
	// the signature arrived.
	clockTolerance = 300 * time.Second
	// verifyTimeout is for all of a verification, with the wait for the session's turn and the network.
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

// arrivedBody is what the page's program is told: where the person sees what came of the signature, and whether that is
// still to come.
type arrivedBody struct {
	Location string `json:"location"`
	Pending  bool   `json:"pending,omitempty"`
}

// signature is the end of the way: a signature over the session's document is put on record as received, and judged. The
// browser waits for the outcome, but not for long.
func (p *Portal) signature(v *visit) error {
	received := p.now()
	return p.inTurn(v, func(ctx context.Context) error {
		receipt, evidence, err := p.receive(v, received)
		if err != nil {
			return err
		}
		verdict := p.judge(receipt, evidence)
		ctx, cancel := context.WithTimeout(ctx, answerWait)
		defer cancel()
		select {
		case <-verdict.done:
			err = verdict.err
		case <-ctx.Done():
			err = errOpen
		}
		if err != nil && !errors.Is(err, errOpen) {
			return err
		}
		answerArrived(v, err != nil)
		return nil
	})
}

func answerArrived(v *visit, pending bool) {
	v.w.Header().Set("Content-Type", "application/json")
	if pending {
		v.w.WriteHeader(http.StatusAccepted)
	}
	_ = json.NewEncoder(v.w).Encode(arrivedBody{resultPath, pending}) // a browser that left is no concern
}

// receive judges all that needs no network, and puts what has passed on record: from then on the signature counts, whatever
// happens to browser, session and process. One that is on record already is not judged by its time again.
func (p *Portal) receive(v *visit, received time.Time) (store.Receipt, *relyingparty.Evidence, error) {
	body, err := readSignature(v.r)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	// Before the challenge: an act recorded in between is then seen as a used code, which it is.
	possible, _, err := p.possible(v)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	c, err := p.challenge(v, body.Act, consentKinds...)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	if receipt, err := p.arrivedBefore(v, body); err != nil || receipt.Number != 0 {
		return receipt, nil, err
	}
	if err := p.open(c, possible, received); err != nil {
		return store.Receipt{}, nil, err
	}
	evidence, err := p.check(body.Signature, c.Document, c.IssuedAt, received)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	if err := evidence.Of(v.session.CitizenNumber); err != nil {
		return store.Receipt{}, nil, err
	}
	receipt, err := p.keepSignature(v, body, received)
	return receipt, evidence, err
}

// arrivedBefore returns the open receipt of this very signature, one without a number where there is none, and refuses what
// cannot be received beside the person's newest receipt.
func (p *Portal) arrivedBefore(v *visit, body *signatureBody) (store.Receipt, error) {
	r, err := p.newestReceipt(v)
	switch {
	case err != nil:
		return store.Receipt{}, err
	case r == nil:
		return store.Receipt{}, nil
	case r.Reference == body.Act && bytes.Equal(r.Signature, body.Signature):
		if !r.Open() {
			return store.Receipt{}, fault.Errorf(r.Code, "%s was refused at %v", r.Reference, r.RefusedAt)
		}
		return *r, nil
	case r.Open():
		return store.Receipt{}, elsewhereError{fault.Errorf(refusal.SignaturePending, "%s is open", r.Reference), resultPath}
	}
	return store.Receipt{}, nil
}

// keepSignature puts a signature on record, also when the browser has gone meanwhile.
func (p *Portal) keepSignature(v *visit, body *signatureBody, received time.Time) (store.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.r.Context()), recordTimeout)
	defer cancel()
	r, err := p.store.Receive(ctx, store.Arrival{
		Reference: body.Act, Session: v.session.ID, SessionIdle: sessionIdle,
		ReceivedAt: received, Signature: body.Signature, DueAt: p.now().Add(judgeLease),
	})
	if err != nil {
		switch codeOf(err) {
		case refusal.CodeUsed, refusal.SignaturePending: // the same signature, sent twice at once
			return store.Receipt{}, elsewhereError{err, resultPath}
		}
		return store.Receipt{}, fmt.Errorf("receive: %w", err)
	}
	p.log.Info("signature received", "reference", r.Reference, "kind", r.Kind)
	return r, nil
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
		return nil, fault.Errorf(fault.SignatureMalformed, "%d bytes", len(body.Signature))
	}
	return &body, nil
}

// open judges, without the signature, whether the act can still be done, with the text that the person has read.
func (p *Portal) open(c store.Challenge, possible store.Kind, received time.Time) error {
	if c.Used {
		return elsewhereError{fault.Errorf(refusal.CodeUsed, "%s is recorded", c.Reference), resultPath}
	}
	if !received.Before(c.ExpiresAt) {
		return fault.Errorf(refusal.CodeExpired, "%s ended at %v", c.Reference, c.ExpiresAt)
	}
	if possible != c.Kind {
		return fault.Errorf(refusal.ActNotPossible, "%s would %s", c.Reference, c.Kind)
	}
	t, err := p.text(c.Kind)
	if err != nil {
		return err
	}
	if t.Version != c.TextVersion {
		return fault.Errorf(refusal.ConsentChanged, "from %s to %s", c.TextVersion, t.Version)
	}
	return nil
}

// check judges a signature over a document by all that needs no network, and its time by that of the act it belongs to.
func (p *Portal) check(signature, document []byte, issued, received time.Time) (*relyingparty.Evidence, error) {
	evidence, err := p.verifier.CheckAt(signature, document, received)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	earliest, latest := issued.Add(-clockTolerance), received.Add(clockTolerance)
	if evidence.SigningTime.Before(earliest) || evidence.SigningTime.After(latest) {
		return nil, fault.Errorf(fault.SignatureTime, "signed at %v, not between %v and %v",
			evidence.SigningTime.UTC(), earliest.UTC(), latest.UTC())
	}
	return evidence, nil
}

// prove asks the network whether the certificates of the evidence are revoked. Nobody waits for a place here: the
// responders have theirs, so one that hangs fills only its own.
func (p *Portal) prove(ctx context.Context, e *relyingparty.Evidence) error {
	leave, err := p.enterNetwork()
	if err != nil {
		return err
	}
	defer leave()
	if err := p.verifier.Prove(ctx, e); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// enterNetwork takes one of the places for requests that wait for the network.
func (p *Portal) enterNetwork() (leave func(), err error) {
	select {
	case p.proving <- struct{}{}:
		return func() { <-p.proving }, nil
	default:
		return nil, fault.Errorf(fault.Unavailable, "%d requests wait for the network already", maxProving)
	}
}

// inTurn runs judge when the session has no other request that is judged. verifyTimeout is for both. judge reads the body,
// so that one session fills the memory with one body at a time.
func (p *Portal) inTurn(v *visit, judge func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(v.r.Context(), verifyTimeout)
	defer cancel()
	leave, err := p.turns.take(ctx, v.session.ID)
	if err != nil {
		return err
	}
	defer leave()
	if err := http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return fmt.Errorf("read deadline: %w", err)
	}
	return judge(ctx)
}

// evidenceOf is what the store keeps of evidence that was recorded at a time.
func evidenceOf(e *relyingparty.Evidence, recorded time.Time) store.Evidence {
	return store.Evidence{
		Path: certificates(e.Path), OCSP: answers(e.OCSP), CRLs: answers(append([]*revocation.Answer{e.CRL}, e.CRLs...)...),
		CRLSigners: certificates(e.CRLSigners), SigningTime: e.SigningTime, VerifiedAt: e.VerifiedAt, RecordedAt: recorded,
	}
}

func certificates(path []*x509.Certificate) (ders [][]byte) {
	for _, c := range path {
		ders = append(ders, c.Raw)
	}
	return ders
}

// answers returns those that are there: a list may stand in place of an OCSP answer.
func answers(list ...*revocation.Answer) (kept []store.Answer) {
	for _, a := range list {
		if a != nil {
			kept = append(kept, store.Answer{DER: a.DER, URL: a.URL})
		}
	}
	return kept
}
