package consent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// answerWait is how long the request that brought a signature waits for the outcome.
	answerWait = 8 * time.Second
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

// receive is the end of the act: a signature over the session's document is put on record as received, and judged. The
// browser waits for the outcome, but not for long.
func (c *consent) receive(v *site.Visit) error {
	received := c.Now()
	return c.Verification.InTurn(v, v.Session.ID, func(ctx context.Context) error {
		receipt, evidence, err := c.accept(v, received)
		if err != nil {
			return err
		}
		verdict := c.Receipts.Begin(receipt, evidence)
		ctx, cancel := context.WithTimeout(ctx, answerWait)
		defer cancel()
		switch err := verdict.Wait(ctx); {
		case errors.Is(err, verification.ErrOpen):
			return v.AnswerJSON(http.StatusAccepted, arrivedBody{resultPath, true})
		case err != nil:
			return err
		}
		return v.AnswerJSON(http.StatusOK, arrivedBody{Location: resultPath})
	})
}

// accept judges all that needs no network, and puts what has passed on record: from then on the signature counts,
// whatever happens to browser, session and process. One that is on record already is not judged by its time again.
func (c *consent) accept(v *site.Visit, received time.Time) (store.Receipt, *relyingparty.Evidence, error) {
	body, err := readSignature(v)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	// Before the challenge: an act recorded in between is then seen as a used code, which it is.
	possible, _, err := c.possibleAct(v)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	act, err := c.Challenges.Find(v.R.Context(), challenge.Of(v), body.Act, kinds...)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	if receipt, err := c.knownReceipt(v, body); err != nil || receipt.Number != 0 {
		return receipt, nil, err
	}
	if err := c.checkChallengeOpen(v.R.Context(), act, possible, received); err != nil {
		return store.Receipt{}, nil, err
	}
	evidence, err := c.Verification.CheckSignature(act.Kind, body.Signature, act.Document, act.IssuedAt, received)
	if err != nil {
		return store.Receipt{}, nil, err
	}
	if err := evidence.Of(v.Session.CitizenNumber); err != nil {
		return store.Receipt{}, nil, err
	}
	if err := c.Refuse(v.R.Context(), evidence.CitizenNumber, evidence.Path[0]); err != nil {
		return store.Receipt{}, nil, err
	}
	receipt, err := c.recordArrival(v, body, received)
	return receipt, evidence, err
}

// knownReceipt returns the open receipt of this very signature, or one without a number, and refuses a signature that cannot
// be received beside the person's newest receipt.
func (c *consent) knownReceipt(v *site.Visit, body *signatureBody) (store.Receipt, error) {
	r, err := c.newestReceipt(v)
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
		return store.Receipt{}, site.Elsewhere(fault.Errorf(refusal.SignaturePending, "%s is open", r.Reference), resultPath)
	}
	return store.Receipt{}, nil
}

// recordArrival puts a signature on record as received, also when the browser has gone meanwhile.
func (c *consent) recordArrival(v *site.Visit, body *signatureBody, received time.Time) (store.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.R.Context()), verification.RecordTimeout)
	defer cancel()
	r, err := c.Store.Receive(ctx, store.Arrival{
		Reference: body.Act, Session: v.Session.ID, SessionIdle: site.SessionIdle,
		ReceivedAt: received, Signature: body.Signature, DueAt: c.Now().Add(verification.Lease),
	})
	if err != nil {
		switch site.CodeOf(err) {
		case refusal.CodeUsed, refusal.SignaturePending: // the same signature, sent twice at once
			return store.Receipt{}, site.Elsewhere(err, resultPath)
		}
		return store.Receipt{}, fmt.Errorf("receive: %w", err)
	}
	c.Log.Info("signature received", "reference", r.Reference, "kind", r.Kind)
	return r, nil
}

func readSignature(v *site.Visit) (*signatureBody, error) {
	data, err := v.ReadJSON()
	if err != nil {
		return nil, err
	}
	return parseSignature(data)
}

func parseSignature(data []byte) (*signatureBody, error) {
	var body signatureBody
	if err := site.ParseJSON(data, &body); err != nil {
		return nil, err
	}
	if len(body.Signature) == 0 || len(body.Signature) > protocol.MaxSignature {
		return nil, fault.Errorf(fault.SignatureMalformed, "%d bytes", len(body.Signature))
	}
	return &body, nil
}

// checkChallengeOpen judges, without the signature, whether the act can still be done, with the text that the person has read.
func (c *consent) checkChallengeOpen(ctx context.Context, act store.Challenge, possible store.Kind, received time.Time) error {
	if act.Used {
		return site.Elsewhere(fault.Errorf(refusal.CodeUsed, "%s is recorded", act.Reference), resultPath)
	}
	if !received.Before(act.ExpiresAt) {
		return fault.Errorf(refusal.CodeExpired, "%s ended at %v", act.Reference, act.ExpiresAt)
	}
	if possible != act.Kind {
		return fault.Errorf(refusal.ActNotPossible, "%s would %s", act.Reference, act.Kind)
	}
	t, err := c.text(ctx, act.Kind)
	if err != nil {
		return err
	}
	if t.Version != act.TextVersion {
		return fault.Errorf(refusal.ConsentChanged, "from %s to %s", act.TextVersion, t.Version)
	}
	return nil
}
