package newpin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// pageView is the first screen of PIN Oluşturma / Kilit Çözme.
type pageView struct {
	Refused string // why there is no way on; empty where there is one
	Cards   []cardView
	// Lacks is what the person does next: log in anew (refusal.LoginStale, refusal.LoginWeak), have a one-time code sent
	// (refusal.OneTimeCodeOver), or, where it is empty, go on to the act's code.
	Lacks     fault.Code
	Screens   int    // of the act, this one included
	Other     bool   // somebody has logged in in the place of another
	Cancelled bool   // the login for this act was cancelled at the gateway
	Shown     string // where the one-time code goes; empty where there is none
	WaitUntil time.Time
}

// Reasons in pageView.Refused.
const (
	notOffered = "not-offered" // the portal has no PUKs
	noCard     = "no-card"
	noContact  = "no-contact" // no address for the one-time code
	mustWait   = "wait"       // after too many failures
)

// cardView is a card on record as its holder sees it.
type cardView struct {
	Last        string // the end of its serial number
	State       string // cardValid and its like
	From, Until time.Time
}

// States of a card on record.
const (
	cardValid    = "valid"
	cardLater    = "later"    // its certificate is not valid yet
	cardOver     = "over"     // its certificate is not valid any more
	cardWithheld = "withheld" // it has refused its PUK
)

func (n *newpin) view(v *site.Visit) (pageView, error) {
	view := pageView{Screens: 2, Other: gateway.CameAsAnother(v), Cancelled: gateway.CameCancelled(v)}
	cards, err := n.Store.Cards(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return pageView{}, fmt.Errorf("cards: %w", err)
	}
	for _, card := range cards {
		view.Cards = append(view.Cards, viewCard(card, n.Now()))
	}
	switch {
	case n.Safe == nil:
		view.Refused = notOffered
	case len(cards) == 0:
		view.Refused = noCard
	default:
		err = n.viewProgress(v, &view)
	}
	return view, err
}

// viewProgress adds what a release asks of the person beside a card.
func (n *newpin) viewProgress(v *site.Visit, view *pageView) error {
	at, err := n.progress(v)
	if err != nil {
		return err
	}
	view.Lacks = at.Lacks
	if at.Lacks == refusal.PUKWait {
		view.Refused, view.WaitUntil = mustWait, n.waitsUntil(at.Standing)
	}
	if n.WithoutSecondChannel {
		return nil
	}
	view.Screens = 3
	to, err := n.codeAddress(v.R.Context(), v.Session.CitizenNumber)
	if err != nil && fault.CodeOf(err) == refusal.ContactUnknown {
		view.Refused = noContact
		return nil
	}
	view.Shown = to.Shown
	return err
}

// viewCard shows a card by the certificate that is valid now, or else by the one that ends last.
func viewCard(card store.Card, now time.Time) cardView {
	view := cardView{Last: site.LastDigits(card.Serial)}
	for i, c := range card.Certificates {
		state := certificateState(c, now)
		if i == 0 || state == cardValid && view.State != cardValid {
			view.State, view.From, view.Until = state, c.NotBefore, c.NotAfter
		}
	}
	if card.PUKRefused {
		view.State = cardWithheld
	}
	return view
}

func certificateState(c store.CardCertificate, now time.Time) string {
	switch {
	case now.Before(c.NotBefore):
		return cardLater
	case now.After(c.NotAfter):
		return cardOver
	}
	return cardValid
}

func (n *newpin) page(v *site.Visit) error {
	view, err := n.view(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "pin", view, "")
}

// next takes the form of the first screen and does the next step.
func (n *newpin) next(v *site.Visit) error {
	view, err := n.view(v)
	if err != nil {
		return err
	}
	if view.Refused != "" {
		return v.Render(http.StatusConflict, "pin", view, "")
	}
	switch view.Lacks {
	case refusal.LoginStale, refusal.LoginWeak:
		return n.stepUp(v)
	case refusal.OneTimeCodeOver:
		return n.sendOneTimeCode(v)
	}
	return n.issue(v)
}

// stepUp sends the browser to the gateway to log in anew.
func (n *newpin) stepUp(v *site.Visit) error {
	err := n.Gateway.Begin(v, &gateway.StepUp{MaxAge: n.LoginMaxAge, ACRs: n.ACRs, Back: path})
	if err != nil {
		return fmt.Errorf("step-up: %w", err)
	}
	return nil
}

// issue issues the act's code, and shows the last screen.
func (n *newpin) issue(v *site.Visit) error {
	return n.Challenges.Issue(v, n.Challenges.New(challenge.Of(v), store.PIN), actPath)
}
