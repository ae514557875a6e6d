// Package reader knows the card readers of this machine, through PC/SC.
//
// The host signs through PKCS#11 alone. PC/SC tells it when to list again, and whether a reader or a card is missing. A
// machine without a PC/SC service works all the same.
package reader

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ebfe/scard"
)

// A Reader is a connected card reader.
type Reader struct {
	Name string
	// Card tells that a card is in it and answers.
	Card bool
	// ATR is the card's answer to reset (ISO/IEC 7816-3), as PC/SC tells it; empty without a card.
	ATR []byte
	// Inserted is the card's insertion.
	Inserted Insertion
	// Busy tells that a program has exclusive access to the card.
	Busy bool
}

// ErrNoService means that the PC/SC service does not run.
var ErrNoService = errors.New("the smart card service is not running")

// ErrDisabled is an ErrNoService: the administrator, or a program that tidies up, lets nothing start the service. Windows says so.
var ErrDisabled = fmt.Errorf("%w: it is disabled", ErrNoService)

// ErrRefused means that the PC/SC service runs, and does not let this person's programs in: on Linux polkit decides.
var ErrRefused = errors.New("the smart card service refuses this program")

// maxReaders is how many readers are looked at; PC/SC Lite has no more than 16 of them.
const maxReaders = 32

// List returns the readers, an empty list if there are none, or an error that wraps ErrNoService
// or ErrRefused.
func List() ([]Reader, error) {
	ctx, err := connect()
	if ctx == nil {
		return nil, err
	}
	defer ctx.Release()
	states, err := readStates(ctx)
	if err != nil {
		return nil, explain(err)
	}
	var out []Reader
	busy := busyAmong(states)
	for _, s := range digest(states) {
		r := s.reader()
		r.Busy = slices.Contains(busy, r.Name)
		out = append(out, r)
	}
	return out, nil
}

// connect connects to the PC/SC service. Both results are nil if the service waits for a first reader.
func connect() (*scard.Context, error) {
	ctx, err := scard.EstablishContext()
	if err == nil {
		return ctx, nil
	}
	if err = explain(err); errors.Is(err, ErrNoService) {
		err = whyStopped()
	}
	return nil, err
}

func explain(err error) error {
	switch {
	case errors.Is(err, scard.ErrNoService), errors.Is(err, scard.ErrServiceStopped):
		return fmt.Errorf("%w (%v)", ErrNoService, err)
	case errors.Is(err, scard.ErrSecurityViolation), errors.Is(err, scard.ErrNoAccess):
		return fmt.Errorf("%w (%v)", ErrRefused, err)
	}
	return err
}

// present reports whether a card is in the reader that answers: one the wrong way round does not.
func present(s scard.ReaderState) bool {
	return s.EventState&scard.StatePresent != 0 && s.EventState&scard.StateMute == 0
}

// readStates returns the state of every reader.
func readStates(ctx *scard.Context) ([]scard.ReaderState, error) {
	names, err := ctx.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, err
	}
	if len(names) == 0 {
		return nil, nil
	}
	states := make([]scard.ReaderState, min(len(names), maxReaders))
	for i := range states {
		states[i].Reader = names[i]
	}
	// All states are unknown to it, so this answers at once.
	if err := ctx.GetStatusChange(states, 0); err != nil && !errors.Is(err, scard.ErrTimeout) {
		return nil, err
	}
	return states, nil
}
