package newpin

import (
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// latest returns the challenge that screen 2/2 is about, or where to go instead.
func (n *newpin) latest(v *site.Visit) (c store.Challenge, instead string, err error) {
	if n.Safe == nil {
		return c, path, nil
	}
	return n.Challenges.Latest(v.R.Context(), challenge.Of(v), path, resultPath, store.PIN)
}

// actView is the last screen. Attest has the computer's TPM show that it holds the computer's key.
type actView struct {
	challenge.View
	Screens int
	Attest  bool
}

func (n *newpin) actPage(v *site.Visit) error {
	return challenge.With(v, n.latest, func(c store.Challenge) error {
		view := actView{n.Challenges.View(c, actPath+"/kod"), 2, len(n.TPMRoots) > 0}
		if !n.WithoutSecondChannel {
			view.Screens = 3
		}
		return v.Render(http.StatusOK, "pinact", view, "")
	})
}

// newCode issues another code of the act, if the person may still have the PUK.
func (n *newpin) newCode(v *site.Visit) error {
	return challenge.With(v, n.latest, func(store.Challenge) error {
		at, err := n.progress(v)
		if err != nil {
			return err
		}
		if at.Lacks != "" {
			return v.See(path)
		}
		return n.issue(v)
	})
}

// resultView is what has become of a PUK that was released.
type resultView struct {
	store.Release
	Last string // the end of the card's serial number
	// Sentence is the code under whose sentence the person reads why it failed; empty where there is none.
	Sentence fault.Code
	// Unsure is true where the card may have its PIN all the same.
	Unsure bool
	// Again is true where the person can try again themselves.
	Again bool
}

// result shows the person's newest release, from whichever session it was asked for.
func (n *newpin) result(v *site.Visit) error {
	list, err := n.Store.ReleasedTo(v.R.Context(), v.Session.CitizenNumber, 1)
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	if len(list) == 0 {
		return v.See(path)
	}
	view := resultView{Release: list[0], Last: site.LastDigits(list[0].Card)}
	view.Sentence, view.Again = explain(view.Outcome)
	view.Unsure = protocol.Unsure(view.Outcome)
	return v.Render(http.StatusOK, "pinresult", view, "")
}
