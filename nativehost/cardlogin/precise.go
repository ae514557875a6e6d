package cardlogin

import (
	"context"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/reader"
)

// noticeTime is how long PC/SC may take to report that a card is gone, after a library has met with it: readers are asked
// every 400 ms at the least.
const noticeTime = time.Second

// precise gives an error of a library its true code if the card was removed, the smart card service has ended, or another
// program has exclusive access to the card. Libraries report that in many ways, usually by a failure without a reason, and
// often before PC/SC does. Until it is known the library must not be called again: OpenSC 0.23 then hangs for good. card is
// of reader.WhileInserted.
func precise(card context.Context, token *inventory.Token, err error) error {
	switch fault.CodeOf(err) {
	case fault.TokenRemoved:
		// Some libraries say so of a card that they may not touch.
	case fault.TokenError:
		notice := time.NewTimer(noticeTime)
		defer notice.Stop()
		select {
		case <-card.Done():
		case <-notice.C:
		}
	case fault.Cancelled, fault.ModuleCrashed, fault.ModuleTimeout:
	default:
		return err
	}
	switch cause := context.Cause(card); {
	case errors.Is(cause, reader.ErrRemoved):
		return fault.Errorf(fault.TokenRemoved, "%w", err)
	case errors.Is(cause, reader.ErrNoService):
		return fault.Errorf(fault.NoService, "%w", err)
	}
	ctx, cancel := context.WithTimeout(card, noticeTime)
	defer cancel()
	if name := token.Place.Insertion().Reader; name != "" && reader.HeldExclusively(ctx, name) {
		return fault.Errorf(fault.CardBusy, "%w", err)
	}
	return err
}
