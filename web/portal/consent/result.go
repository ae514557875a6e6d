package consent

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// resultView is what has become of a person's signatures: the newest act, and the newest signature where it is no act.
type resultView struct {
	Act     *store.Act
	Receipt *store.Receipt
	// Approved are the texts that the act's document names.
	Approved []approved
	// SignatureCheck is the page on which anybody can verify the signature; "" where there is none.
	SignatureCheck string
	// ActLogin and ReceiptLogin are by which ways the person had logged in.
	ActLogin, ReceiptLogin gateway.Way
	// State is where the page's script asks for news of an open receipt.
	State string
}

// result shows what became of the person's newest signature, in whichever session it arrived.
func (c *consent) result(v *site.Visit) error {
	view, err := c.resultView(v)
	if err != nil {
		return err
	}
	if view.Act == nil && view.Receipt == nil {
		return v.See(path)
	}
	return v.Render(http.StatusOK, "result", view, "")
}

func (c *consent) resultView(v *site.Visit) (view resultView, err error) {
	view.State, view.SignatureCheck = statePath, c.SignatureCheck
	if _, view.Act, err = c.possibleAct(v); err != nil {
		return view, err
	}
	if view.Act != nil {
		view.ActLogin = c.LoginWays.Of(view.Act.ACR, view.Act.AMR)
		// The challenge has the document that was signed; the evidence would bring megabytes of lists too.
		signed, err := c.Store.Challenge(v.R.Context(), view.Act.Reference)
		if err != nil {
			return view, fmt.Errorf("challenge: %w", err)
		}
		if view.Approved, err = c.approvedTexts(v.R.Context(), signed.Document); err != nil {
			return view, err
		}
	}
	if view.Receipt, err = c.unfinishedReceipt(v, view.Act); err != nil {
		return view, err
	}
	if view.Receipt != nil {
		view.ReceiptLogin = c.LoginWays.Of(view.Receipt.ACR, view.Receipt.AMR)
	}
	return view, nil
}

// state tells the page's script whether the person's signature is still being judged.
func (c *consent) state(v *site.Visit) error {
	receipt, err := c.newestReceipt(v)
	if err != nil {
		return err
	}
	return v.AnswerJSON(http.StatusOK, struct {
		Pending bool `json:"pending"`
	}{receipt != nil && receipt.Open()})
}

// newestReceipt returns the person's newest receipt, nil if they have none.
func (c *consent) newestReceipt(v *site.Visit) (*store.Receipt, error) {
	r, err := c.Store.NewestReceipt(v.R.Context(), v.Session.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return &r, nil
}

// unfinishedReceipt returns the person's newest receipt, unless an act has arrived after it.
func (c *consent) unfinishedReceipt(v *site.Visit, newest *store.Act) (*store.Receipt, error) {
	r, err := c.newestReceipt(v)
	if r != nil && !r.Open() && !r.Kind.IsConsent() {
		r = nil // the page of its application says what became of it
	}
	if err != nil || r == nil || newest != nil && !r.Open() && !r.ReceivedAt.After(newest.ReceivedAt) {
		return nil, err
	}
	return r, nil
}

// evidence hands a person the document and the signature of one of the person's own acts.
func (c *consent) evidence(v *site.Visit) error {
	name := v.R.PathValue("reference")
	if !reference.Valid(name) {
		return fault.New(refusal.NotFound, nil)
	}
	act, err := c.Store.Act(v.R.Context(), name)
	if errors.Is(err, store.ErrNotFound) || err == nil && (act.CitizenNumber != v.Session.CitizenNumber || !act.Kind.IsConsent()) {
		return fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	evidence, err := c.Store.Evidence(v.R.Context(), name)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	switch v.R.PathValue("part") {
	case "belge":
		v.Attach("e-onay-" + name + ".txt")
		return v.AnswerBytes("text/plain; charset=utf-8", evidence.Document)
	case "imza":
		v.Attach("e-onay-" + name + ".p7s")
		return v.AnswerBytes("application/pkcs7-signature", evidence.Signature)
	}
	return fault.New(refusal.NotFound, nil)
}
