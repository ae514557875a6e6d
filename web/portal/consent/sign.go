package consent

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Screen 2/2: the code, the document, and what the page asks the window for.

// latest returns the challenge that screen 2/2 is about, or where to go instead.
func (c *consent) latest(v *site.Visit) (act store.Challenge, instead string, err error) {
	act, instead, err = c.Challenges.Latest(v.R.Context(), challenge.Of(v), path, resultPath, kinds...)
	if err != nil || instead != "" {
		return act, instead, err
	}
	kind, newest, err := c.possibleAct(v)
	if err != nil {
		return act, "", err
	}
	receipt, err := c.unfinishedReceipt(v, newest)
	switch {
	case err != nil:
	case receipt != nil && receipt.Open():
		instead = resultPath
	case kind != act.Kind:
		instead = path // the act was done in another session
	}
	return act, instead, err
}

func (c *consent) signPage(v *site.Visit) error {
	return challenge.With(v, c.latest, func(act store.Challenge) error {
		return v.Render(http.StatusOK, "signature", c.Challenges.View(act, signPath+"/kod"), "")
	})
}

// newCode issues another code for the act that the session has before it. The text is the current
// one: when it has changed, the person reads it first.
func (c *consent) newCode(v *site.Visit) error {
	return challenge.With(v, c.latest, func(act store.Challenge) error {
		t, err := c.text(v.R.Context(), act.Kind)
		if err != nil {
			return err
		}
		if t.Version != act.TextVersion {
			return fault.Errorf(refusal.ConsentChanged, "from %s to %s", act.TextVersion, t.Version)
		}
		return c.issue(v, act.Kind, t)
	})
}

// document returns the exact bytes to be signed: of the act named in the query, which must be this
// session's, or of the session's newest.
func (c *consent) document(v *site.Visit) error {
	var (
		act store.Challenge
		err error
	)
	if reference := v.R.URL.Query().Get("islem"); reference != "" {
		act, err = c.Challenges.Find(v.R.Context(), challenge.Of(v), reference, kinds...)
	} else {
		act, err = c.Store.NewestChallenge(v.R.Context(), v.Session.ID, kinds...)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(refusal.ActUnknown, nil)
	}
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return v.AnswerBytes("text/plain; charset=utf-8", act.Document)
}

// request answers with what the page of an act's signature asks for: of the act named in the query, which must be this
// session's.
func (c *consent) request(v *site.Visit) error {
	act, err := c.Challenges.Find(v.R.Context(), challenge.Of(v), v.R.URL.Query().Get("islem"), kinds...)
	if err != nil {
		return err
	}
	purpose, name := "portal.signature.purpose.give", "e-onay.txt"
	if act.Kind == store.Withdraw {
		purpose, name = "portal.signature.purpose.withdraw", "e-onay-kaldirma.txt"
	}
	request, err := c.Requests.Signature(relyingparty.SignRequest{
		Purpose: message.Text(v.Language, purpose), Code: act.Code,
		Documents: []relyingparty.Document{{Name: name, Data: string(act.Document)}},
	})
	if err != nil {
		return fault.New(fault.Internal, err)
	}
	return v.AnswerJSON(http.StatusOK, request)
}
