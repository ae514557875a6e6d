// Package challenge is the engine of acts with a verification code. It issues a challenge, which is an act that may be done
// from now on; looks up the one that a page or a signature is about; and has what every act's last screen shows: the code
// and its countdown.
package challenge

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

//go:embed parts static
var files embed.FS

// Store is the part of the store that this engine needs, as store.Store has it.
type Store interface {
	IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error
	Challenge(ctx context.Context, reference string) (store.Challenge, error)
	NewestChallenge(ctx context.Context, session store.Hash, kinds ...store.Kind) (store.Challenge, error)
}

// Engine issues challenges and finds them.
type Engine struct {
	Store    Store
	Lifetime time.Duration // of a code
	Now      func() time.Time
}

// Feature has the engine's files for the site.
func (e *Engine) Feature() site.Feature { return site.Feature{Files: files} }

// codeLimit is generous for a person and small for a program.
var codeLimit = store.Limit{Count: 30, Window: 10 * time.Minute}

// Owner is whose a challenge is: of a session and its person, or of a browser's key to an application that was made without a login, and whom
// that application names.
type Owner struct {
	Session       store.Hash
	CitizenNumber string
}

// Of is the owner who has logged in.
func Of(v *site.Visit) Owner { return Owner{v.Session.ID, v.Session.CitizenNumber} }

// New returns an act of the owner's that may be done from now on, with a code of its own.
func (e *Engine) New(o Owner, kind store.Kind) store.Challenge {
	now := e.Now().UTC()
	return store.Challenge{
		Reference: reference.New(), Session: o.Session, CitizenNumber: o.CitizenNumber,
		Kind: kind, Code: newVerificationCode(), IssuedAt: now, ExpiresAt: now.Add(e.Lifetime),
	}
}

// Issue gives its owner a challenge, which ends their others, and shows the page of its code.
func (e *Engine) Issue(v *site.Visit, c store.Challenge, page string) error {
	if err := e.Store.IssueChallenge(v.R.Context(), c, codeLimit); err != nil {
		return fmt.Errorf("new code: %w", err)
	}
	return v.See(page)
}

// Find returns one of the owner's challenges, of one of these kinds.
func (e *Engine) Find(ctx context.Context, o Owner, name string, kinds ...store.Kind) (store.Challenge, error) {
	if !reference.Valid(name) {
		return store.Challenge{}, fault.Errorf(refusal.ActUnknown, "%.40q is not a reference", name)
	}
	c, err := e.Store.Challenge(ctx, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && !slices.Contains(kinds, c.Kind) {
		return store.Challenge{}, fault.Errorf(refusal.ActUnknown, "%s is not known", name)
	}
	if err != nil {
		return store.Challenge{}, fmt.Errorf("code: %w", err)
	}
	if c.Session != o.Session {
		return store.Challenge{}, fault.Errorf(refusal.CodeElsewhere, "%s is another session's", name)
	}
	return c, nil
}

// Latest returns the owner's newest challenge of these kinds, which a screen 2/2 is about, or where to go instead:
// to begin if there is no challenge, to end if its code is used.
func (e *Engine) Latest(ctx context.Context, o Owner, begin, end string, kinds ...store.Kind) (c store.Challenge, instead string, err error) {
	c, err = e.Store.NewestChallenge(ctx, o.Session, kinds...)
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

// With calls serve with the challenge that find returns, or goes where find says.
func With(v *site.Visit, find func(*site.Visit) (store.Challenge, string, error), serve func(store.Challenge) error) error {
	c, instead, err := find(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.See(instead)
	}
	return serve(c)
}

// View is what every act's screen 2/2 shows.
type View struct {
	Challenge store.Challenge
	// Groups are the code's digits in threes.
	Groups []string
	// Remaining is whole seconds, rounded up: 0 means that the code is of no use any more.
	Remaining int
	// NewCode is where the form for another code goes.
	NewCode string
}

// View returns what screen 2/2 shows of a challenge. newCode is where the form for another code goes.
func (e *Engine) View(c store.Challenge, newCode string) View {
	view := View{Challenge: c, Remaining: max(0, int(math.Ceil(c.ExpiresAt.Sub(e.Now()).Seconds()))), NewCode: newCode}
	for digits := range slices.Chunk([]byte(c.Code), 3) {
		view.Groups = append(view.Groups, string(digits))
	}
	return view
}

// newVerificationCode returns 15 decimal digits.
func newVerificationCode() string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(protocol.CodeDigits), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // the system's random source never fails
	}
	return fmt.Sprintf("%0*d", protocol.CodeDigits, n)
}
