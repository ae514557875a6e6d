package reader

import (
	"context"
	"errors"
	"sync"

	"github.com/ebfe/scard"
)

// asking has the readers, by name, that HeldExclusively is asking about. A silent card holds the question for as long as
// it stays, and the PC/SC service has few connections: no second one is spent meanwhile.
var asking sync.Map

// HeldExclusively reports whether a program has exclusive access to the card in the named reader at this moment. It asks,
// because PC/SC sends no event for that. ctx bounds the waiting; a question without an answer counts as no.
func HeldExclusively(ctx context.Context, name string) bool {
	if _, asked := asking.LoadOrStore(name, true); asked {
		return false
	}
	answer := make(chan bool, 1)
	go func() {
		held := askExclusive(name)
		asking.Delete(name)
		answer <- held
	}()
	select {
	case held := <-answer:
		return held
	case <-ctx.Done():
		return false
	}
}

// askExclusive connects to the card, which may block for as long as the card is silent.
func askExclusive(name string) bool {
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
