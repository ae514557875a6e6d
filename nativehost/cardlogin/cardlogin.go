// Package cardlogin logs in to a listed token, has an act do its work there, and ends the login.
//
// Before anything is sent to a card it refuses
//   - a card of another insertion than the listed one;
//   - a PIN that the card would not take, or that the person would not have typed had they known the PIN's present state.
//
// A PIN is sent once, and wiped as soon as it has been passed on. However the act ends, the card is reset after it: a login
// lasts in the card, where any program of the person could use it, and C_Logout need not end it.
package cardlogin

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pinstate"
	"github.com/e-onay/e-onay/nativehost/reader"
)

// Cards logs in to cards. It is for one goroutine.
type Cards struct {
	Readers *reader.Watcher
	// States learns what cards refuse and accept.
	States *pinstate.Tracker
	// HashSites is locked while a digest is signed.
	HashSites hashsites.File
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}

// resetTime is how long an answer waits for the card's reset, which takes a fraction of a second unless another program
// holds the card; resetTimeAtEnd is how long the session's end waits.
const (
	resetTime      = 3 * time.Second
	resetTimeAtEnd = 5 * time.Second
)

// login has work log in to the token, do its part and log out, and resets the card then. card ends when the card is
// removed. The token has what a refusal tells of its PIN from then on.
func (c *Cards) login(ctx context.Context, token *inventory.Token, work func(card context.Context) error) error {
	card, cancel, err := c.Readers.WhileInserted(ctx, token.Place.Insertion())
	if err != nil {
		return notInserted(err)
	}
	defer cancel()
	if len(token.Place.Insertions) > 0 && !mustNotReset(token) {
		var readers []string
		for _, in := range token.Place.Insertions {
			readers = append(readers, in.Reader)
		}
		token.Worker.Guard(readers)
		defer c.reset(token)
	}
	return c.refusedPIN(ctx, token, work(card)) // before the reset: a card tells its tries while its application is selected
}

// notInserted gives the errors of reader.WhileInserted their codes.
func notInserted(err error) error {
	code := fault.TokenRemoved
	switch {
	case errors.Is(err, reader.ErrChanged):
		code = fault.CardChanged
	case errors.Is(err, reader.ErrNoService):
		code = fault.NoService
	}
	return fault.New(code, err)
}

// mustNotReset reports whether the registry forbids to reset the card.
func mustNotReset(token *inventory.Token) bool {
	return token.Place.Family != nil && token.Place.Family.Reset == module.NoReset
}

// reset resets the card, or the cards in all readers that it may be in. Attempts go on beside the session if the card could
// not be reset in time.
func (c *Cards) reset(token *inventory.Token) {
	ctx, cancel := context.WithTimeout(context.Background(), resetTime)
	defer cancel()
	failures := make([]error, len(token.Place.Insertions))
	var resetting sync.WaitGroup
	for i, in := range token.Place.Insertions {
		resetting.Go(func() { failures[i] = c.Readers.Reset(ctx, in, token.Place.Family.VerifyWithoutData()) })
	}
	resetting.Wait()
	if err := errors.Join(failures...); err != nil {
		c.Log.Error("the card may still count as logged in", "module", token.Worker.Module(), "error", err)
		token.Worker.Close() // in case its library is what holds the card
		return
	}
	token.Worker.Unguard(ctx)
}

// WaitForResets gives a card that another program holds some more time before the session ends.
func (c *Cards) WaitForResets() {
	ctx, cancel := context.WithTimeout(context.Background(), resetTimeAtEnd)
	defer cancel()
	c.Readers.WaitForResets(ctx)
}
