package portal

import (
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	pinPath       = "/nes/pin"
	pinActPath    = "/nes/pin/islem"
	claimPath     = "/nes/pin/talep"
	pinResultPath = "/nes/pin/sonuc"
)

// pinView is the first screen of PIN Oluşturma / Kilit Çözme.
type pinView struct {
	Refused string // why there is no way on; empty where there is one
	Cards   []cardView
	// Lacks is what the person does next: log in anew (refusal.LoginStale, refusal.LoginWeak), have a one-time code sent
	// (refusal.OneTimeCodeOver), or, where it is empty, go on to the act's code.
	Lacks     fault.Code
	Screens   int    // of the act, this one included
	Other     bool   // somebody has logged in in the place of another
	Shown     string // where the one-time code goes; empty where there is none
	WaitUntil time.Time
}

// Reasons in pinView.Refused.
const (
	pinNotOffered = "not-offered" // the portal has no PUKs
	pinNoCard     = "no-card"
	pinNoContact  = "no-contact" // no address for the one-time code
	pinWait       = "wait"       // after too many failures
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

func (p *Portal) pinView(v *visit) (pinView, error) {
	view := pinView{Screens: 2, Other: v.r.URL.Query().Get("giris") == "baska"}
	cards, err := p.store.Cards(v.r.Context(), v.session.CitizenNumber)
	if err != nil {
		return pinView{}, fmt.Errorf("cards: %w", err)
	}
	for _, card := range cards {
		view.Cards = append(view.Cards, viewCard(card, p.now()))
	}
	switch {
	case p.puks == nil:
		view.Refused = pinNotOffered
	case len(cards) == 0:
		view.Refused = pinNoCard
	default:
		err = p.viewProgress(v, &view)
	}
	return view, err
}

// viewProgress adds what a release asks of the person beside a card.
func (p *Portal) viewProgress(v *visit, view *pinView) error {
	at, err := p.progress(v)
	if err != nil {
		return err
	}
	view.Lacks = at.Lacks
	if at.Lacks == refusal.PUKWait {
		view.Refused, view.WaitUntil = pinWait, p.waitsUntil(at.Standing)
	}
	if !p.settings.usesOneTimeCodes() {
		return nil
	}
	view.Screens = 3
	to, err := p.codeAddress(v.r.Context(), v.session.CitizenNumber)
	if err != nil && fault.CodeOf(err) == refusal.ContactUnknown {
		view.Refused = pinNoContact
		return nil
	}
	view.Shown = to.shown
	return err
}

// viewCard shows a card by the certificate that is valid now, or else by the one that ends last.
func viewCard(card store.Card, now time.Time) cardView {
	view := cardView{Last: lastDigits(card.Serial)}
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

// lastDigits is what is shown of a serial number.
func lastDigits(serial string) string { return serial[max(0, len(serial)-4):] }

func (p *Portal) pinPage(v *visit) error {
	view, err := p.pinView(v)
	if err != nil {
		return err
	}
	return p.render(v, http.StatusOK, "pin", view, "")
}

// pin takes the form of the first screen and does what is next.
func (p *Portal) pin(v *visit) error {
	view, err := p.pinView(v)
	if err != nil {
		return err
	}
	if view.Refused != "" {
		return p.render(v, http.StatusConflict, "pin", view, "")
	}
	switch view.Lacks {
	case refusal.LoginStale, refusal.LoginWeak:
		return p.stepUp(v)
	case refusal.OneTimeCodeOver:
		return p.sendOneTimeCode(v)
	}
	return p.keep(v, p.newChallenge(v, store.PIN), pinActPath)
}

// currentPIN returns the challenge that screen 2/2 is about, or where to go instead.
func (p *Portal) currentPIN(v *visit) (c store.Challenge, instead string, err error) {
	if p.puks == nil {
		return c, pinPath, nil
	}
	return p.standing(v, pinPath, pinResultPath, store.PIN)
}

// pinActView is the last screen. Attest has the computer's TPM show that it holds the computer's key.
type pinActView struct {
	codeView
	Screens int
	Attest  bool
}

func (p *Portal) pinActPage(v *visit) error {
	return about(v, p.currentPIN, func(c store.Challenge) error {
		view := pinActView{p.codeView(c, pinActPath+"/kod"), 2, len(p.tpmRoots) > 0}
		if p.settings.usesOneTimeCodes() {
			view.Screens = 3
		}
		return p.render(v, http.StatusOK, "pinact", view, "")
	})
}

// newPINCode issues another code of the act, if the person may still have the PUK.
func (p *Portal) newPINCode(v *visit) error {
	return about(v, p.currentPIN, func(store.Challenge) error {
		at, err := p.progress(v)
		if err != nil {
			return err
		}
		if at.Lacks != "" {
			return v.see(pinPath)
		}
		return p.keep(v, p.newChallenge(v, store.PIN), pinActPath)
	})
}

// pinResultView is what has become of a PUK that was released.
type pinResultView struct {
	store.Release
	Last string // the end of the card's serial number
	// Sentence is the code under whose sentence the person reads why it failed; empty where there is none.
	Sentence fault.Code
	// Unsure is true where the card may have its PIN all the same.
	Unsure bool
	// Again is true where the person can try again themselves.
	Again bool
}

// pinResult shows the person's newest release, from whichever session it was asked for.
func (p *Portal) pinResult(v *visit) error {
	list, err := p.store.ReleasedTo(v.r.Context(), v.session.CitizenNumber, 1)
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	if len(list) == 0 {
		return v.see(pinPath)
	}
	view := pinResultView{Release: list[0], Last: lastDigits(list[0].Card)}
	view.Sentence, view.Again = explain(view.Outcome)
	view.Unsure = protocol.Unsure(view.Outcome)
	return p.render(v, http.StatusOK, "pinresult", view, "")
}
