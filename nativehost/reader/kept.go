package reader

import (
	"context"
	"errors"

	"github.com/ebfe/scard"
)

// Kept reports whether a program keeps the card in the named reader to itself at this moment, of which PC/SC sends
// no event. ctx ends the waiting.
func Kept(ctx context.Context, name string) bool {
	kept := make(chan bool, 1)
	go func() {
		service, err := scard.EstablishContext()
		if err != nil {
			kept <- false
			return
		}
		defer service.Release()
		card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
		if err == nil {
			_ = card.Disconnect(scard.LeaveCard)
		}
		kept <- errors.Is(err, scard.ErrSharingViolation)
	}()
	select {
	case k := <-kept:
		return k
	case <-ctx.Done():
		return false
	}
}
