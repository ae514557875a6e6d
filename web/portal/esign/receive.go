package esign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// answerWait is how long the request that brought a form waits for the outcome.
	answerWait = 8 * time.Second
	// maxSigned holds the largest form, with several pages of an undertaking, and its signature.
	maxSigned = 512 << 10
	// maxBody holds it in base64 with its JSON around it.
	maxBody = (maxSigned+2)/3*4 + 1024
)

// body is what the page's program sends.
type body struct {
	Act       string `json:"act"`
	Signature []byte `json:"signature"` // the signed PDF; base64 in JSON
}

// arrived is what the page's program is told, as at E-Onay.
type arrived struct {
	Location string `json:"location"`
	Pending  bool   `json:"pending,omitempty"`
}

func parseBody(text []byte) (b body, err error) {
	if err := site.ParseJSON(text, &b); err != nil {
		return b, err
	}
	if len(b.Signature) == 0 || len(b.Signature) > maxSigned {
		return b, fault.Errorf(fault.SignatureMalformed, "%d bytes", len(b.Signature))
	}
	return b, nil
}

// receive puts a signed form on record as received, and has it judged. The browser waits for the outcome, but not for long.
func (s *esign) receive(v *site.Visit) error {
	received := s.Now()
	a, err := s.application(v) // before a body is read: whoever has no key has no turn
	if err != nil {
		return err
	}
	return s.Verification.InTurn(v, s.owner(v, a).Session, func(ctx context.Context) error {
		text, err := v.ReadJSON()
		if err != nil {
			return err
		}
		b, err := parseBody(text)
		if err != nil {
			return err
		}
		a, receipt, evidence, err := s.accept(v, b, received)
		if err != nil {
			return err
		}
		verdict := s.Receipts.Begin(receipt, evidence)
		ctx, cancel := context.WithTimeout(ctx, answerWait)
		defer cancel()
		location := pathOf(a) + resultPath
		switch err := verdict.Wait(ctx); {
		case errors.Is(err, verification.ErrOpen):
			return v.AnswerJSON(http.StatusAccepted, arrived{location, true})
		case err != nil:
			return err
		}
		return v.AnswerJSON(http.StatusOK, arrived{Location: location})
	})
}

// accept judges all that needs no network, and puts what has passed on record. What is on record already is not judged by its time
// again.
func (s *esign) accept(v *site.Visit, b body, received time.Time) (a application.Application, r store.Receipt, e *relyingparty.Evidence, err error) {
	a, act, err := s.find(v, b.Act)
	if err != nil {
		return a, r, nil, err
	}
	known, err := s.receiptOf(v, a)
	if err != nil {
		return a, r, nil, err
	}
	if known != nil && known.Reference == b.Act && bytes.Equal(known.Signature, b.Signature) {
		if known.Open() {
			return a, *known, nil, nil
		}
		return a, r, nil, fault.Errorf(known.Code, "%s was refused at %v", known.Reference, known.RefusedAt)
	}
	if err := checkOpen(act, a, received); err != nil {
		return a, r, nil, err
	}
	if e, err = s.Verification.CheckSignature(store.Approval, b.Signature, act.Document, act.IssuedAt, received); err != nil {
		return a, r, nil, err
	}
	if err := isBy(e, a); err != nil {
		return a, r, nil, err
	}
	if err := s.Refuse(v.R.Context(), e.CitizenNumber, e.Path[0]); err != nil {
		return a, r, nil, err
	}
	r, err = s.recordArrival(v, a, b, received)
	return a, r, e, err
}

// isBy refuses the signature of another person than the application's. Without a login its name was typed like its number, and the desk looks the
// name up among those who act for the company: so a stranger could sign as themselves under the name of such a person.
func isBy(e *relyingparty.Evidence, a application.Application) error {
	if err := e.Of(a.Number()); err != nil {
		return err
	}
	if a.WithoutLogin() && !application.SameName(a.Name, e.Holder) {
		return fault.Errorf(refusal.NameDiffers, "application %s: another name than the certificate has", a.Reference)
	}
	return nil
}

// checkOpen judges, without the signature, whether an application can still be approved by it. The undertaking is the one that stands in
// the form, also where another has come into force since the code was issued.
func checkOpen(act store.Challenge, a application.Application, received time.Time) error {
	switch {
	case act.Used:
		return site.Elsewhere(fault.Errorf(refusal.CodeUsed, "%s is recorded", act.Reference), pathOf(a)+resultPath)
	case act.Subject != store.SubjectOf(a):
		return fault.Errorf(refusal.ApplicationChanged, "application %s has version %d, signed was %s", a.Reference, a.Version, act.Subject)
	case !received.Before(act.ExpiresAt):
		return fault.Errorf(refusal.CodeExpired, "%s ended at %v", act.Reference, act.ExpiresAt)
	}
	return nil
}

// recordArrival puts a signed form on record as received, also when the browser has gone meanwhile.
func (s *esign) recordArrival(v *site.Visit, a application.Application, b body, received time.Time) (store.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.R.Context()), verification.RecordTimeout)
	defer cancel()
	r, err := s.Store.Receive(ctx, store.Arrival{
		Reference: b.Act, Session: s.owner(v, a).Session, SessionIdle: site.SessionIdle,
		ReceivedAt: received, Signature: b.Signature, DueAt: s.Now().Add(verification.Lease),
	})
	if err != nil {
		switch site.CodeOf(err) {
		case refusal.CodeUsed, refusal.SignaturePending:
			return store.Receipt{}, site.Elsewhere(err, pathOf(a)+resultPath)
		}
		return store.Receipt{}, fmt.Errorf("receive: %w", err)
	}
	s.Log.Info("signature received", "reference", r.Reference, "kind", r.Kind)
	return r, nil
}

// receiptOf returns the person's newest receipt if it is of this application, or nil.
func (s *esign) receiptOf(v *site.Visit, a application.Application) (*store.Receipt, error) {
	r, err := s.Store.NewestReceipt(v.R.Context(), a.Number())
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Kind != store.Approval {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	act, err := s.Store.Challenge(v.R.Context(), r.Reference)
	if err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	if !act.IsAbout(a) {
		return nil, nil
	}
	return &r, nil
}
