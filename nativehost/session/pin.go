package session

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// triesTime is how long a card may take to tell its tries; it needs milliseconds. One that was late is not asked
// again in the session.
const triesTime = time.Second

// familyOf returns the kind of the card that a token is on, nil where it is not known.
func (s *sight) familyOf(t *worker.Token) *module.Family {
	for i, card := range s.cards {
		if t.In(card.Name) {
			return s.families[i]
		}
	}
	return nil
}

// describePIN adds to a token's PIN what the registry knows of such a card, and what the card itself tells.
func (s *session) describePIN(ctx context.Context, t *worker.Token, sight *sight) {
	if family := sight.familyOf(t); family != nil {
		t.PIN.Alphabet = family.PIN
		s.askTries(ctx, t.Reader, family, &t.PIN)
	}
}

// askTries asks the card for the tries that are left. What it says counts for more than the library's flags.
func (s *session) askTries(ctx context.Context, name string, family *module.Family, state *protocol.PINState) {
	if family.Tries == "" || s.mute[name] {
		return
	}
	command, err := hex.DecodeString(family.Tries)
	if err != nil {
		return // the registry has been checked
	}
	ctx, cancel := context.WithTimeout(ctx, triesTime)
	defer cancel()
	tries, known, err := reader.Tries(ctx, name, command)
	if errors.Is(err, context.DeadlineExceeded) {
		s.mute[name] = true
	}
	if err != nil {
		s.Log.Warn("asking for the tries of a PIN", "reader", name, "error", err)
		return
	}
	switch {
	case !known:
	case tries == 0:
		state.State = protocol.PINLocked
	default:
		state.Tries = tries
		state.State = stateOf(tries, state.State)
	}
}

// usualTries is how many wrong PINs a card takes that nobody has given a wrong one, or more.
const usualTries = 3

// stateOf is what so many tries say of a PIN that is known to be in a state.
func stateOf(tries int, state string) string {
	switch {
	case tries == 1:
		return protocol.PINFinal
	case tries < usualTries && state == protocol.PINReady:
		return protocol.PINLow
	}
	return state
}

// refusedPIN takes the token's state after a refusal in, and returns the refusal with all that is known of it.
func (s *session) refusedPIN(ctx context.Context, h *holder, err error) error {
	e, ok := errors.AsType[*worker.PINError](err)
	if !ok || protocol.CodeOf(err) != e.Err.Code {
		return err // a card that has gone, or that another program has, has refused nothing
	}
	state := e.State
	if h.family != nil {
		state.Alphabet = h.family.PIN
		s.askTries(ctx, h.reader, h.family, &state)
	}
	*h.pin = state
	return &worker.PINError{State: state, Err: e.Err}
}
