package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// resultView is what has become of a person's signatures: the newest act, and the newest signature where it is no act.
type resultView struct {
	Act     *store.Act
	Receipt *store.Receipt
	// State is where the page's script asks for news of an open receipt.
	State string
}

// result shows what became of the person's newest signature, in whichever session it arrived.
func (p *Portal) result(v *visit) error {
	view, err := p.resultView(v)
	if err != nil {
		return err
	}
	if view.Act == nil && view.Receipt == nil {
		return v.see(consentPath)
	}
	return p.render(v, http.StatusOK, "result", view, "")
}

func (p *Portal) resultView(v *visit) (view resultView, err error) {
	view.State = resultStatePath
	if _, view.Act, err = p.possible(v); err != nil {
		return view, err
	}
	view.Receipt, err = p.unfinished(v, view.Act)
	return view, err
}

// resultState tells the page's script whether the person's signature is still being judged.
func (p *Portal) resultState(v *visit) error {
	receipt, err := p.newestReceipt(v)
	if err != nil {
		return err
	}
	answerJSON(v, struct {
		Pending bool `json:"pending"`
	}{receipt != nil && receipt.Open()})
	return nil
}

// newestReceipt returns the receipt of the person's that arrived last, nil where there is none.
func (p *Portal) newestReceipt(v *visit) (*store.Receipt, error) {
	r, err := p.store.NewestReceipt(v.r.Context(), v.session.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return &r, nil
}

// unfinished returns the person's newest receipt, unless an act has arrived after it.
func (p *Portal) unfinished(v *visit, newest *store.Act) (*store.Receipt, error) {
	r, err := p.newestReceipt(v)
	if err != nil || r == nil || newest != nil && !r.Open() && !r.ReceivedAt.After(newest.ReceivedAt) {
		return nil, err
	}
	return r, nil
}

// evidence hands a person the document and the signature of one of the person's own acts.
func (p *Portal) evidence(v *visit) error {
	reference := v.r.PathValue("reference")
	if !referenceForm.MatchString(reference) {
		return fault.New(refusal.NotFound, nil)
	}
	act, err := p.store.Act(v.r.Context(), reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && act.CitizenNumber != v.session.CitizenNumber {
		return fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	evidence, err := p.store.Evidence(v.r.Context(), reference)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	switch v.r.PathValue("part") {
	case "belge":
		attach(v, "e-onay-"+reference+".txt")
		return answerBytes(v, "text/plain; charset=utf-8", evidence.Document)
	case "imza":
		attach(v, "e-onay-"+reference+".p7s")
		return answerBytes(v, "application/pkcs7-signature", evidence.Signature)
	}
	return fault.New(refusal.NotFound, nil)
}

// attach makes the browser save the answer under a name.
func attach(v *visit, name string) {
	v.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}
