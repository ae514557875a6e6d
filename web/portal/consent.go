package portal

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	consentPath   = "/nes/e-onay"
	signaturePath = "/nes/e-onay/imza"
	resultPath    = "/nes/e-onay/sonuc"
)

// codeLimit is generous for a person and small for a program.
var codeLimit = store.Limit{Count: 30, Window: 10 * time.Minute}

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
	view := consentView{Kind: kind, Text: t}
	if kind == store.Withdraw {
		view.Since = &newest.RecordedAt
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
	case form.Get("islem") != string(view.Kind):
		return p.render(v, http.StatusConflict, "consent", view, protocol.CodeActNotPossible)
	case form.Get("metin") != view.Text.Version:
		return p.render(v, http.StatusConflict, "consent", view, protocol.CodeConsentChanged)
	case form.Get("onay") != "evet":
		view.Unchecked = true
		return p.render(v, http.StatusUnprocessableEntity, "consent", view, "")
	}
	return p.issue(v, view.Kind, view.Text)
}

// issue gives the session a new challenge, which ends its others, and shows screen 2/2.
func (p *Portal) issue(v *visit, kind store.Kind, t text) error {
	now := p.now().UTC()
	c := store.Challenge{
		Reference: newReference(), Session: v.session.ID, CitizenNumber: v.session.CitizenNumber,
		Kind: kind, Code: newVerificationCode(), TextVersion: t.Version,
		IssuedAt: now, ExpiresAt: now.Add(p.settings.codeLifetime()),
	}
	c.Document = p.writeDocument(c, v.session.Name, t)
	if err := p.store.IssueChallenge(v.r.Context(), c, codeLimit); err != nil {
		return fmt.Errorf("new code: %w", err)
	}
	return v.see(signaturePath)
}

// parseForm reads a form whose body is bounded already.
func parseForm(v *visit) error {
	err := v.r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return protocol.NewError(protocol.CodeRequestTooLarge, err)
	}
	if err != nil {
		return protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	return nil
}

// signatureView is screen 2/2.
type signatureView struct {
	Challenge store.Challenge
	// Groups are the code's digits in threes.
	Groups []string
	// Remaining is whole seconds, rounded up: 0 means that the code is of no use any more.
	Remaining int
}

// current returns the challenge that screen 2/2 is about, or where to go instead.
func (p *Portal) current(v *visit) (c store.Challenge, instead string, err error) {
	c, err = p.store.NewestChallenge(v.r.Context(), v.session.ID, consentKinds...)
	if errors.Is(err, store.ErrNotFound) {
		return c, consentPath, nil
	}
	if err != nil {
		return c, "", fmt.Errorf("code: %w", err)
	}
	if c.Used {
		return c, resultPath, nil
	}
	kind, _, err := p.possible(v)
	if err == nil && kind != c.Kind {
		instead = consentPath // the act was done in another session
	}
	return c, instead, err
}

func (p *Portal) signaturePage(v *visit) error {
	c, instead, err := p.current(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.see(instead)
	}
	view := signatureView{Challenge: c, Remaining: max(0, int(math.Ceil(c.ExpiresAt.Sub(p.now()).Seconds())))}
	for i := 0; i < len(c.Code); i += 3 {
		view.Groups = append(view.Groups, c.Code[i:i+3])
	}
	return p.render(v, http.StatusOK, "signature", view, "")
}

// newCode issues another code for the act that the session has before it. The text is the current
// one: when it has changed, the person reads it first.
func (p *Portal) newCode(v *visit) error {
	c, instead, err := p.current(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.see(instead)
	}
	t, err := p.text(c.Kind)
	if err != nil {
		return err
	}
	if t.Version != c.TextVersion {
		return protocol.Errorf(protocol.CodeConsentChanged, "from %s to %s", c.TextVersion, t.Version)
	}
	return p.issue(v, c.Kind, t)
}

// document returns the exact bytes to be signed: of the act named in the query, which must be this
// session's, or of the session's newest.
func (p *Portal) document(v *visit) error {
	var (
		c   store.Challenge
		err error
	)
	if reference := v.r.URL.Query().Get("islem"); reference != "" {
		c, err = p.challenge(v, reference)
	} else {
		c, err = p.store.NewestChallenge(v.r.Context(), v.session.ID, consentKinds...)
	}
	if errors.Is(err, store.ErrNotFound) {
		return protocol.NewError(protocol.CodeActUnknown, nil)
	}
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return answerBytes(v, "text/plain; charset=utf-8", c.Document)
}

// challenge returns one of this session's challenges.
func (p *Portal) challenge(v *visit, reference string) (store.Challenge, error) {
	if !referenceForm.MatchString(reference) {
		return store.Challenge{}, protocol.Errorf(protocol.CodeActUnknown, "%.40q is not a reference", reference)
	}
	c, err := p.store.Challenge(v.r.Context(), reference)
	if errors.Is(err, store.ErrNotFound) {
		return store.Challenge{}, protocol.Errorf(protocol.CodeActUnknown, "%s is not known", reference)
	}
	if err != nil {
		return store.Challenge{}, fmt.Errorf("code: %w", err)
	}
	if c.Session != v.session.ID {
		return store.Challenge{}, protocol.Errorf(protocol.CodeCodeElsewhere, "%s is another session's", reference)
	}
	return c, nil
}

func answerBytes(v *visit, mediaType string, data []byte) error {
	v.w.Header().Set("Content-Type", mediaType)
	_, _ = v.w.Write(data) // a browser that left is no concern
	return nil
}
