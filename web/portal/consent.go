package portal

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	consentPath   = "/nes/e-onay"
	signaturePath = "/nes/e-onay/imza"
	resultPath    = "/nes/e-onay/sonuc"
	// resultStatePath is where the result's page asks whether its signature is judged.
	resultStatePath = "/nes/e-onay/sonuc/durum"
)

// consentKinds are the kinds of act of these pages.
var consentKinds = []store.Kind{store.Give, store.Withdraw}

func (p *Portal) menu(v *visit) error { return p.render(v, http.StatusOK, "menu", nil, "") }

// consentView is screen 1/2.
type consentView struct {
	Kind store.Kind // the act that is possible now
	Text text
	// Since is when E-Onay was given; nil when it is not.
	Since *time.Time
	// Unchecked is true when the form came back without its tick.
	Unchecked bool
	// Receipt is the person's newest signature where it is no act: while it is open there is nothing to sign.
	Receipt *store.Receipt
}

// possible returns the act that a person's state allows, and the newest act if there is one.
func (p *Portal) possible(v *visit) (store.Kind, *store.Act, error) {
	act, err := p.store.NewestAct(v.r.Context(), v.session.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return store.Give, nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("state: %w", err)
	}
	if store.Give.After(act.Kind) {
		return store.Give, &act, nil
	}
	return store.Withdraw, &act, nil
}

func (p *Portal) consentView(v *visit) (consentView, error) {
	kind, newest, err := p.possible(v)
	if err != nil {
		return consentView{}, err
	}
	t, err := p.text(kind)
	if err != nil {
		return consentView{}, err
	}
	receipt, err := p.unfinished(v, newest)
	if err != nil {
		return consentView{}, err
	}
	view := consentView{Kind: kind, Text: t, Receipt: receipt}
	if kind == store.Withdraw {
		view.Since = &newest.ReceivedAt
	}
	return view, nil
}

func (p *Portal) consentPage(v *visit) error {
	view, err := p.consentView(v)
	if err != nil {
		return err
	}
	return p.render(v, http.StatusOK, "consent", view, "")
}

// consent takes the form of screen 1/2 and issues a code. The form says which act and which text the
// person saw: if either is no longer so, the person sees the new one first.
func (p *Portal) consent(v *visit) error {
	if err := parseForm(v); err != nil {
		return err
	}
	view, err := p.consentView(v)
	if err != nil {
		return err
	}
	switch form := v.r.PostForm; {
	case view.Receipt != nil && view.Receipt.Open():
		return p.render(v, http.StatusConflict, "consent", view, "")
	case form.Get("islem") != string(view.Kind):
		return p.render(v, http.StatusConflict, "consent", view, refusal.ActNotPossible)
	case form.Get("metin") != view.Text.Version:
		return p.render(v, http.StatusConflict, "consent", view, refusal.ConsentChanged)
	case form.Get("onay") != "evet":
		view.Unchecked = true
		return p.render(v, http.StatusUnprocessableEntity, "consent", view, "")
	}
	return p.issue(v, view.Kind, view.Text)
}

// issue gives the session a new challenge, which ends its others, and shows screen 2/2.
func (p *Portal) issue(v *visit, kind store.Kind, t text) error {
	c := p.newChallenge(v, kind)
	c.TextVersion, c.Document = t.Version, p.writeDocument(c, v.session.Name, t)
	return p.keep(v, c, signaturePath)
}

// parseForm reads a form whose body is bounded already.
func parseForm(v *visit) error {
	err := v.r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.RequestTooLarge, err)
	}
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	return nil
}

// current returns the challenge that screen 2/2 is about, or where to go instead.
func (p *Portal) current(v *visit) (c store.Challenge, instead string, err error) {
	c, instead, err = p.standing(v, consentPath, resultPath, consentKinds...)
	if err != nil || instead != "" {
		return c, instead, err
	}
	kind, newest, err := p.possible(v)
	if err != nil {
		return c, "", err
	}
	receipt, err := p.unfinished(v, newest)
	switch {
	case err != nil:
	case receipt != nil && receipt.Open():
		instead = resultPath
	case kind != c.Kind:
		instead = consentPath // the act was done in another session
	}
	return c, instead, err
}

func (p *Portal) signaturePage(v *visit) error {
	return about(v, p.current, func(c store.Challenge) error {
		return p.render(v, http.StatusOK, "signature", p.codeView(c, signaturePath+"/kod"), "")
	})
}

// newCode issues another code for the act that the session has before it. The text is the current
// one: when it has changed, the person reads it first.
func (p *Portal) newCode(v *visit) error {
	return about(v, p.current, func(c store.Challenge) error {
		t, err := p.text(c.Kind)
		if err != nil {
			return err
		}
		if t.Version != c.TextVersion {
			return fault.Errorf(refusal.ConsentChanged, "from %s to %s", c.TextVersion, t.Version)
		}
		return p.issue(v, c.Kind, t)
	})
}

// document returns the exact bytes to be signed: of the act named in the query, which must be this
// session's, or of the session's newest.
func (p *Portal) document(v *visit) error {
	var (
		c   store.Challenge
		err error
	)
	if reference := v.r.URL.Query().Get("islem"); reference != "" {
		c, err = p.challenge(v, reference, consentKinds...)
	} else {
		c, err = p.store.NewestChallenge(v.r.Context(), v.session.ID, consentKinds...)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(refusal.ActUnknown, nil)
	}
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return answerBytes(v, "text/plain; charset=utf-8", c.Document)
}

func answerBytes(v *visit, mediaType string, data []byte) error {
	v.w.Header().Set("Content-Type", mediaType)
	_, _ = v.w.Write(data) // a browser that left is no concern
	return nil
}
