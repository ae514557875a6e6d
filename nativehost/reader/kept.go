package reader

import (
	"context"
	"errors"
	"sync"

	"github.com/ebfe/scard"
)

// unanswered are the readers, by name, for which a question of Kept has no answer yet. A silent card keeps the question
// for as long as it stays, and the PC/SC service has few connections: nobody asks a second time meanwhile.
var unanswered sync.Map

// Kept reports whether a program keeps the card in the named reader to itself at this moment. It asks, because PC/SC sends
// no event for that. ctx ends the waiting.
func Kept(ctx context.Context, name string) bool {
	if _, asked := unanswered.LoadOrStore(name, true); asked {
		return false
	}
	kept := make(chan bool, 1)
	go func() {
		k := keeps(name)
		unanswered.Delete(name)
		kept <- k
	}()
	select {
	case k := <-kept:
		return k
	case <-ctx.Done():
		return false
	}
}

// keeps is Kept without an end to the waiting.
func keeps(name string) bool {
	service, err := scard.EstablishContext()
	if err != nil {
		return false
	}
	defer service.Release()
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	if err == nil {
		_ = card.Disconnect(scard.LeaveCard)
	}
	return errors.Is(err, scard.ErrSharingViolation)
}
