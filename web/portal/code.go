package portal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// codeLimit is generous for a person and small for a program.
var codeLimit = store.Limit{Count: 30, Window: 10 * time.Minute}

// newChallenge is an act of the session's that may be done from now on, with a code of its own.
func (p *Portal) newChallenge(v *visit, kind store.Kind) store.Challenge {
	now := p.now().UTC()
	return store.Challenge{
		Reference: newReference(), Session: v.session.ID, CitizenNumber: v.session.CitizenNumber,
		Kind: kind, Code: newVerificationCode(), IssuedAt: now, ExpiresAt: now.Add(p.settings.codeLifetime()),
	}
}

// keep gives the session a challenge, which ends its others, and shows the page of its code.
func (p *Portal) keep(v *visit, c store.Challenge, page string) error {
	if err := p.store.IssueChallenge(v.r.Context(), c, codeLimit); err != nil {
		return fmt.Errorf("new code: %w", err)
	}
	return v.see(page)
}

// challenge returns one of this session's challenges, of one of these kinds.
func (p *Portal) challenge(v *visit, reference string, kinds ...store.Kind) (store.Challenge, error) {
	if !referenceForm.MatchString(reference) {
		return store.Challenge{}, fault.Errorf(refusal.ActUnknown, "%.40q is not a reference", reference)
	}
	c, err := p.store.Challenge(v.r.Context(), reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && !slices.Contains(kinds, c.Kind) {
		return store.Challenge{}, fault.Errorf(refusal.ActUnknown, "%s is not known", reference)
	}
	if err != nil {
		return store.Challenge{}, fmt.Errorf("code: %w", err)
	}
	if c.Session != v.session.ID {
		return store.Challenge{}, fault.Errorf(refusal.CodeElsewhere, "%s is another session's", reference)
	}
	return c, nil
}

// standing returns the session's newest challenge of these kinds, which a screen 2/2 is about, or where to go instead:
// to begin where there is none, to end where its code is used up.
func (p *Portal) standing(v *visit, begin, end string, kinds ...store.Kind) (c store.Challenge, instead string, err error) {
	c, err = p.store.NewestChallenge(v.r.Context(), v.session.ID, kinds...)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return c, begin, nil
	case err != nil:
		return c, "", fmt.Errorf("code: %w", err)
	case c.Used:
		return c, end, nil
	}
	return c, "", nil
}

// about does something about the challenge that current has found, or goes where current says.
func about(v *visit, current func(*visit) (store.Challenge, string, error), do func(store.Challenge) error) error {
	c, instead, err := current(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.see(instead)
	}
	return do(c)
}

// codeView is what every act's screen 2/2 shows.
type codeView struct {
	Challenge store.Challenge
	// Groups are the code's digits in threes.
	Groups []string
	// Remaining is whole seconds, rounded up: 0 means that the code is of no use any more.
	Remaining int
	// NewCode is where the form for another code goes.
	NewCode string
}

func (p *Portal) codeView(c store.Challenge, newCode string) codeView {
	view := codeView{Challenge: c, Remaining: max(0, int(math.Ceil(c.ExpiresAt.Sub(p.now()).Seconds()))), NewCode: newCode}
	for digits := range slices.Chunk([]byte(c.Code), 3) {
		view.Groups = append(view.Groups, string(digits))
	}
	return view
}
