package reader

import (
	"context"
	"errors"
	"fmt"

	"github.com/ebfe/scard"
)

// Status words of ISO/IEC 7816-4, 5.6.
const (
	statusDone    = 0x9000
	statusBlocked = 0x6983
	statusTries   = 0x63C0 // and how many are left
)

// Tries asks the card in the named reader how many wrong PINs it will still take. verify is a VERIFY command
// without data (ISO/IEC 7816-4, 11.6.6), which costs no try. known is false if the card does not tell, as after a right
// PIN. Tries takes its turn with other programs, selects nothing and resets nothing. It may hang as long as the card does: ctx
// ends the waiting, not the call.
func Tries(ctx context.Context, name string, verify []byte) (tries int, known bool, err error) {
	type result struct {
		status uint16
		err    error
	}
	done := make(chan result, 1)
	go func() {
		status, err := transmit(name, verify)
		done <- result{status, err}
	}()
	select {
	case r := <-done:
		switch {
		case r.err != nil:
			return 0, false, r.err
		case r.status == statusBlocked:
			return 0, true, nil
		case r.status&0xFFF0 == statusTries:
			return int(r.status & 0xF), true, nil
		}
		return 0, false, nil
	case <-ctx.Done():
		return 0, false, context.Cause(ctx)
	}
}

// transmit sends one command and returns its status.
func transmit(name string, command []byte) (status uint16, err error) {
	service, err := scard.EstablishContext()
	if err != nil {
		return 0, explain(err)
	}
	defer service.Release()
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		return 0, err
	}
	defer card.Disconnect(scard.LeaveCard)
	if err := card.BeginTransaction(); err != nil {
		return 0, err
	}
	answer, err := card.Transmit(command)
	err = errors.Join(err, card.EndTransaction(scard.LeaveCard))
	if err == nil && len(answer) != 2 {
		err = fmt.Errorf("an answer of %d bytes", len(answer))
	}
	if err != nil {
		return 0, err
	}
	return uint16(answer[0])<<8 | uint16(answer[1]), nil
}
